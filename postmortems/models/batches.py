"""Many rows of the timeline written at once: added, shifted, told in another zone, removed; and all of that undone.

Each verb is one transaction, one new version of the postmortem and one Change per row with that version, by which
`undo` finds them again. Rows are named by {uid: version}; if one of them was changed or removed meanwhile, nothing is
written. A handful of statements per 500 rows, whatever the verb.
"""

import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from kb.lib import instants, markdown
from postmortems.models.parts import STEP, as_json
from postmortems.models.questions import Question
from postmortems.models.restoring import put_back, values_of
from postmortems.models.states import NotPossible
from postmortems.models.timeline import Milestone, TimelineEntry

MOST = 500
TIMES = ("at", "until", "zone", "precision", "approximate", "typed")
VERBS = {"shift": "moved", "zone": "told in another zone", "remove": "removed", "add": "added"}


def add(postmortem, by, rows):
    """Add entries, [{field: value}], in one go; returns them in their order. Raises ValidationError, then nothing is
    added. Texts are rendered before the transaction, in one round trip."""
    entries = [TimelineEntry(postmortem=postmortem, **fields) for fields in rows]
    _render(entries)
    for entry in entries:
        entry.full_clean(exclude=["postmortem", "participant", "uid"])
    with transaction.atomic():
        _lock(postmortem)
        spread = _put(list(TimelineEntry.objects.filter(postmortem=postmortem)), entries)
        TimelineEntry.objects.bulk_update(spread, ["position"], batch_size=200)
        TimelineEntry.objects.bulk_create(entries, batch_size=500)
        postmortem.note_changes(by, "add", [(entry, {}, entry.as_data(), {}) for entry in entries])
    return entries


def shift(postmortem, by, chosen, length):
    """Move the rows of `chosen`, {uid: version}, by `length` (a timedelta), and the milestones that follow them.
    Those without a time stay as they are. Returns how many moved."""

    def moved(row):
        if row.at is None:
            return None
        until = {"until": row.until + length} if getattr(row, "until", None) else {}
        return {"at": row.at + length, **until, "typed": ""}

    return _rewrite(postmortem, by, chosen, "shift", moved)


def tell_in_zone(postmortem, by, chosen, zone, keep):
    """Tell the rows in `zone`. `keep` is "clock" (14:03 stays 14:03, which is another moment) or "moment" (it is the
    same moment, told anew). Raises NotPossible where a change of clocks makes a time unclear there."""

    def told(row):
        if keep == "moment" or row.at is None:
            return {"zone": zone, "typed": ""}
        until = {"until": _same_clock(row, row.until, zone)} if getattr(row, "until", None) else {}
        return {"at": _same_clock(row, row.at, zone), **until, "zone": zone, "typed": ""}

    return _rewrite(postmortem, by, chosen, "zone", told)


def remove(postmortem, by, chosen):
    """Remove the rows; what pointed at them is kept, so that undo() links it again. Returns how many."""
    with transaction.atomic():
        rows, _ = _chosen(postmortem, chosen)
        links = _links(rows)
        told = [(row, row.as_data(), {}, {**_hidden(row), "links": links.get(row.pk, [])}) for row in rows]
        TimelineEntry.objects.filter(pk__in=[row.pk for row in rows]).delete()
        postmortem.note_changes(by, "remove", told)
    return len(rows)


def undo(postmortem, by, version):
    """Take back what was written as `version`: (how many rows, references of those that were changed since and stay).

    Only the fields that the batch wrote are taken back, and only where they still say what it wrote.
    """
    changes = list(postmortem.changes.filter(version=version, action__in=VERBS).order_by("-pk"))
    if not changes:
        raise NotPossible("There is nothing to undo here.")
    for change in changes:
        change.postmortem = postmortem
    if changes[0].action == "remove":
        return len(put_back(changes, by, "before")), []
    with transaction.atomic():
        return (_take_out if changes[0].action == "add" else _take_back)(postmortem, by, changes)


def _take_out(postmortem, by, changes):
    """Remove the rows that a batch added, but for those that somebody worked on."""
    rows = TimelineEntry.objects.filter(postmortem=postmortem, uid__in=[change.part_uid for change in changes])
    fresh = {row.uid: row.version for row in rows if row.version == 1}
    if fresh:
        remove(postmortem, by, fresh)
    return len(fresh), [str(row) for row in rows if row.version > 1]


def _take_back(postmortem, by, changes):
    found = {change.part_uid: change for change in changes}
    rows = [*_rows(TimelineEntry, postmortem, found), *_rows(Milestone, postmortem, found)]
    same = [row for row in rows if row.as_data(found[row.uid].after) == found[row.uid].after]
    fields = {row.uid: values_of(type(row), found[row.uid].before) for row in same}
    _write(postmortem, by, "restore", same, lambda row: fields[row.uid])
    return len([row for row in same if row.KIND == "entry"]), [str(row) for row in rows if row not in same]


def _rows(model, postmortem, uids):
    return list(model.objects.filter(postmortem=postmortem, uid__in=list(uids)))


def _rewrite(postmortem, by, chosen, action, fields_of):
    with transaction.atomic():
        rows, marks = _chosen(postmortem, chosen)
        written = _write(postmortem, by, action, [*rows, *marks], fields_of)
    return len([row for row in written if row.KIND == "entry"])


def _write(postmortem, by, action, rows, fields_of):
    """Write the fields that `fields_of(row)` gives (None: none), put the rows in their places; returns the written."""
    told = []
    for row in rows:
        fields = fields_of(row)
        if not fields:
            continue
        before = row.as_data(list(fields))
        for name, value in fields.items():
            setattr(row, name, value)
        row.version, row.updated_at = row.version + 1, timezone.now()
        told.append((row, before, {name: as_json(value) for name, value in fields.items()}, {}))
    if not told:
        raise NotPossible("None of these rows has a time; nothing was changed.")
    for model in (TimelineEntry, Milestone):
        written = [row for row, *_ in told if isinstance(row, model)]
        if not written:
            continue
        names = [name for name in TIMES if hasattr(model, name)]
        others = model.objects.filter(postmortem=postmortem).exclude(pk__in=[row.pk for row in written])
        spread = _put(list(others), written)
        model.objects.bulk_update(written, [*names, "position", "version", "updated_at"], batch_size=100)
        model.objects.bulk_update(spread, ["position"], batch_size=200)
    postmortem.note_changes(by, action, told)
    return [row for row, *_ in told]


def _chosen(postmortem, chosen):
    """(rows, milestones that follow them), if all of them still have the version that was read."""
    _lock(postmortem)
    if not chosen or len(chosen) > MOST:
        raise NotPossible(f"Choose some rows first, {MOST} at most." if not chosen else f"At most {MOST} rows at once.")
    rows = _rows(TimelineEntry, postmortem, chosen)
    stale = len(chosen) - len([row for row in rows if row.version == chosen[row.uid]])
    if stale:
        were = "one of these rows was" if stale == 1 else f"{stale} of these rows were"
        raise NotPossible(
            f"Meanwhile {were} changed or removed by somebody. Nothing was done; look at them and choose again."
        )
    return rows, list(Milestone.objects.filter(entry__in=rows))


def _lock(postmortem):
    """The first write of the transaction is to the postmortem, so that batches wait for each other."""
    type(postmortem).objects.filter(pk=postmortem.pk).update(version=F("version"))


def _put(there, rows):
    """Give `rows` places among `there` by their times, as TimedPart.take_place does; returns those of `there` that had
    to make room."""
    order = list(there)
    for row in sorted(rows, key=lambda row: (row.at is None, row.at or datetime.datetime.min)):
        index = len(order)
        if row.at:
            index = next((i for i in range(len(order), 0, -1) if order[i - 1].at and order[i - 1].at <= row.at), 0)
            while index < len(order) and not order[index].at and index:
                index += 1
        elif row.pk:  # it had a place; it stays behind the row it stood behind
            index = next((i for i, other in enumerate(order) if other.position > row.position), len(order))
        order.insert(index, row)
    spread, mine = [], set(map(id, rows))
    for place, row in enumerate(order):
        position = (place + 1) * STEP
        if row.position != position and id(row) not in mine:
            spread.append(row)
        row.position = position
    return spread


def _same_clock(row, at, zone):
    local = at.astimezone(instants.zone(row.zone)).replace(tzinfo=None)
    try:
        return instants.to_utc(local, zone).at
    except instants.ClockChange as question:
        raise NotPossible(f"“{row}”: {question} Change that row alone; nothing was changed.") from None


def _hidden(row):
    return {
        "hidden": {name: as_json(getattr(row, name)) for name in ("version", "created_at", "updated_at", "position")}
    }


def _links(rows):
    """{pk: [[kind, field, uids]]} of what points at these entries; a query per kind."""
    found = {}
    for model in (Milestone, Question):
        pointing = {}
        for pk, uid in model.objects.filter(entry__in=rows).order_by("pk").values_list("entry_id", "uid"):
            pointing.setdefault(pk, []).append(uid)
        for pk, uids in pointing.items():
            found.setdefault(pk, []).append([model.KIND, "entry", uids])
    return found


def _render(entries):
    todo = [(entry, name) for entry in entries for name in entry.MARKDOWN if getattr(entry, name)]
    htmls = markdown.render_many([(getattr(entry, name), entry.MARKDOWN[name] == "inline") for entry, name in todo])
    for (entry, name), html in zip(todo, htmls, strict=True):
        setattr(entry, f"{name}_html", html)
    for entry in entries:
        entry.renderer = markdown.RENDERER
