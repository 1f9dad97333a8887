"""Putting back what the history holds: one part as it was before or after a change, or everything as a snapshot has it.

Nothing is taken out of the history: what is put back is a new change with the action "restore". A removed row returns
under its old uid and number, at its place, and the rows that pointed at it point at it again.
"""

from django.db import models, transaction
from django.utils import timezone

from postmortems.models.changes import Change
from postmortems.models.parts import Conflict, rendered
from postmortems.models.states import NotPossible

# Who owns and writes decides about who sees: a restored text must not change that.
HEAD_STAYS = {"owner", "authors", "teams", "facilitator"}
SAME = "It says that already; nothing was changed."


def put_back(changes, by, side, version=None):
    """The parts of `changes` as they were "before" or "after" them, all or none; returns the new Changes.

    Raises NotPossible where there is nothing to do, Conflict where the part no longer has `version` (if one is given),
    ValidationError or IntegrityError where what came meanwhile leaves no room, such as a second milestone of its type.
    Renders first.
    """
    writes = [_prepared(change, by, side, version) for change in changes]
    with transaction.atomic():
        return [write() for write in writes]


def _prepared(change, by, side, version):
    """What is to be written, as a function without arguments that returns the new Change; its texts are rendered."""
    part = find(change)
    if part is not None and version is not None and version_of(part) != version:
        raise Conflict(part)
    if side == "before" and change.action == "add":
        if part is None or change.part_kind == "postmortem":
            raise NotPossible("It is not there; nothing was changed.")
        return lambda: part.remove(by, part.version)
    data = state(change, side)
    if part is None:
        html = _html(model_of(change.part_kind), data)
        return lambda: bring_back(change, by, data, html)
    changed = differing(part, data)
    if not changed:
        raise NotPossible(SAME)
    html = _html(type(part), changed)
    return lambda: _write(part, by, {**values_of(type(part), changed), **html})


def model_of(kind):
    from postmortems.models import PART_MODELS, Postmortem

    return Postmortem if kind == "postmortem" else PART_MODELS[kind]


def find(change):
    """The part as it is now; None if it was removed."""
    if change.part_kind == "postmortem":
        return change.postmortem
    part = model_of(change.part_kind).objects.filter(postmortem=change.postmortem_id, uid=change.part_uid).first()
    if part is not None:
        part.postmortem = change.postmortem
    return part


def version_of(part):
    return getattr(part, "details_version", part.version)


def state(change, side):
    """{field: JSON value} of the part right after or before `change`, as far as this or a later change wrote it: what
    each of them found is what was there. One query."""
    later = {"pk__gt": change.pk} if side == "after" else {"pk__gte": change.pk}
    found = {}
    changes = Change.objects.filter(postmortem=change.postmortem_id, part_uid=change.part_uid, **later)
    for before in changes.order_by("pk").values_list("before", flat=True):
        found = {**before, **found}
    return found


def differing(part, data):
    """The fields of `data` that people fill in and that the part now has otherwise."""
    stays = HEAD_STAYS if part.KIND == "postmortem" else set()
    names = [name for name in part.data_fields() if name in data and name not in stays]
    now = part.as_data(names) if names else {}
    return {name: data[name] for name in names if not _is_same(part, name, now[name], data[name])}


def _is_same(part, name, one, other):
    """Whether both JSON values mean the same: a snapshot of an import has 61 where the column has 61.000."""
    target = part._meta.get_field(name)
    return one == other or not target.is_relation and target.to_python(one) == target.to_python(other)


def values_of(model, data):
    """The fields of a Change or Snapshot as Python has them: rows for uids, instants for texts. A row that is gone is
    left out of a list, and nothing in a single field."""
    values = {}
    for field in (*model._meta.concrete_fields, *model._meta.many_to_many):
        if field.name not in data:
            continue
        value = data[field.name]
        if field.is_relation and value is not None:
            rows = field.related_model.objects.filter(**{f"{_key(field.related_model)}__in": _listed(value)})
            value = list(rows) if field.many_to_many else rows.first()
        elif not field.is_relation:
            value = field.to_python(value)
        values[field.name] = value
    return values


def _key(model):
    names = {field.name for field in model._meta.concrete_fields}
    return next(name for name in ("uid", "slug", "pk") if name in names or name == "pk")


def _listed(value):
    return value if isinstance(value, list) else [value]


def _write(part, by, fields):
    if part.KIND == "postmortem":
        return part.change_details(by, part.details_version, action="restore", **fields).changes.last()
    part.change(by, part.version, action="restore", **fields)
    return part.postmortem.changes.last()


def bring_back(change, by, data, html):
    """A removed row under its uid, with what its removal kept and its rendered texts; returns the new Change."""
    model, postmortem = model_of(change.part_kind), change.postmortem
    data = {name: value for name, value in data.items() if name in model.data_fields()}
    removal = postmortem.changes.filter(part_uid=change.part_uid, action="remove").last()
    kept = removal.kept if removal else {}
    with transaction.atomic():
        fields = {**values_of(model, {**data, **kept.get("hidden", {})}), **html}
        row = model(postmortem=postmortem, uid=change.part_uid)
        columns, many = row._split(fields)
        for name, value in columns.items():
            setattr(row, name, value)
        row.version, row.updated_at = row.version + 1, timezone.now()
        row.full_clean(exclude=["postmortem"])
        if not kept:
            row.take_place()
            row.on_add()
        row.save(force_insert=True)
        for name, rows in many.items():
            getattr(row, name).set(rows)
        _link(row, kept.get("links", []))
        return postmortem.note_change(by, row, "restore", {}, row.as_data())


def _link(row, links):
    """Let the rows of `links` point at `row` again, unless they point elsewhere by now or are gone."""
    for kind, name, uids in links:
        pointing = model_of(kind).objects.filter(uid__in=uids)
        if isinstance(model_of(kind)._meta.get_field(name), models.ManyToManyField):
            for other in pointing:
                getattr(other, name).add(row)
        else:
            pointing.filter(**{name: None}).update(**{name: row})


def put_back_whole(snapshot, by, version):
    """Everything as `snapshot` has it: rows that came later are removed, those that are gone come back, the others get
    their texts and values. All of it or nothing; two new snapshots stand around it, so that it can be taken back.
    Who owns, writes and sees it stays as it is.

    Raises Conflict where the whole no longer has `version`, NotPossible where nothing differs.
    """
    postmortem = snapshot.postmortem
    changed, missing, extra = plan(snapshot)
    if not (changed or missing or extra):
        raise NotPossible("Everything is as it was then; nothing was changed.")
    htmls = {part.uid: _html(type(part), data) for part, data in changed} | {
        data["uid"]: _html(model, data) for model, data in missing
    }
    with transaction.atomic():
        current = type(postmortem).objects.select_for_update().get(pk=postmortem.pk)
        if current.version != version:
            raise Conflict(current)
        current.take_snapshot(by, "before_restore")
        for part in extra:
            part.remove(by, part.version)
        for model, data in missing:
            gone = Change(postmortem=current, part_kind=model.KIND, part_uid=data["uid"])
            bring_back(gone, by, data, htmls[data["uid"]])
        for part, data in changed:
            part = find(Change(postmortem=current, part_kind=part.KIND, part_uid=part.uid))
            _write(part, by, {**values_of(type(part), data), **htmls[part.uid]})
        current.refresh_from_db()
        return current.take_snapshot(by, "restored")


def plan(snapshot):
    """([(part, what differs)], [(model, data of a row that is gone)], [row that came later]); a query per kind."""
    from postmortems.models import PART_MODELS

    postmortem, changed, missing, extra = snapshot.postmortem, [], [], []
    if head := differing(postmortem, snapshot.data["postmortem"]):
        changed.append((postmortem, head))
    # A milestone may follow a timeline entry, which comes back before it.
    for kind, model in sorted(PART_MODELS.items(), key=lambda item: item[0] == "milestone"):
        if kind not in snapshot.data:
            continue  # a kind that did not exist yet: what is there now stays
        then = {row["uid"]: row for row in snapshot.data[kind]}
        for row in model.rows_with_data(postmortem):
            data = then.pop(row.uid, None)
            if data is None:
                extra.append(row)
            elif differs := differing(row, data):
                changed.append((row, differs))
        missing += [(model, data) for data in then.values()]
    return changed, missing, extra


def _html(model, data):
    """The rendered texts of `data` and nothing else of it."""
    texts = {name: data[name] for name in model.MARKDOWN if name in data}
    return {name: value for name, value in rendered(texts, model.MARKDOWN).items() if name not in data}
