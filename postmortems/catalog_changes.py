"""Renaming and merging services, tags, themes and teams: old addresses keep working, the index follows."""

from collections import defaultdict

from django.db import IntegrityError, models, transaction

from kb.accounts.models import Team
from kb.events.record import consumers_of, record, request_delivery
from postmortems.models import OldAddress, Postmortem, Service, Tag, Theme
from postmortems.models.catalog import slug_of
from postmortems.models.states import NotPossible


def kind_of(item):
    """One of "service", "tag", "theme" and "team"."""
    return item._meta.model_name


def touched_by(item):
    """Queryset of the postmortems whose documents name `item`, directly or through their rows."""
    wanted = models.Q()
    for relation in item._meta.related_objects:
        path = _path_to_postmortem(relation.related_model)
        if path is not None:
            name = f"{path}__{relation.field.name}" if path else relation.field.name
            wanted |= models.Q(**{name: item})
    return Postmortem.objects.filter(wanted).distinct() if wanted else Postmortem.objects.none()


def _path_to_postmortem(model):
    if model is Postmortem:
        return ""
    field = next((f for f in model._meta.concrete_fields if f.related_model is Postmortem and f.many_to_one), None)
    return field.remote_field.name if field and field.remote_field.name else None


def rename(item, name, by):
    """Give `item` another name and address. Raises NotPossible if the address belongs to another one."""
    slug = slug_of(name)
    model, kind = type(item), kind_of(item)
    if model.objects.filter(slug=slug).exclude(pk=item.pk).exists():
        raise NotPossible(f"There is already a {kind} “{slug}”. Merge the two instead.")
    with transaction.atomic():
        old = {"name": item.name, "slug": item.slug}
        if slug != item.slug:
            OldAddress.objects.filter(kind=kind, slug=slug).delete()  # it is a living address again
            OldAddress.objects.update_or_create(kind=kind, slug=item.slug, defaults={"target_uid": item.uid})
        item.name, item.slug = name, slug
        item.full_clean()
        item.save(update_fields=["name", "slug"])
        record("catalog.renamed", actor=by, subject=f"{kind}:{item.uid}", data={"from": old, "to": name})
        _reindex(touched_by(item))
    return item


def merge(item, into, by):
    """Everything that pointed to `item` points to `into`; `item` is gone, its addresses lead to `into`."""
    if type(item) is not type(into) or item.pk == into.pk:
        raise NotPossible("Only two different ones of the same kind can become one.")
    kind = kind_of(item)
    with transaction.atomic():
        uids = list(touched_by(item).values_list("uid", flat=True))
        for relation in item._meta.related_objects:
            _repoint(relation, item, into)
        OldAddress.objects.filter(kind=kind, target_uid=item.uid).update(target_uid=into.uid)
        OldAddress.objects.update_or_create(kind=kind, slug=item.slug, defaults={"target_uid": into.uid})
        record("catalog.merged", actor=by, subject=f"{kind}:{into.uid}", data={"from": item.name, "into": into.name})
        item.delete()
        _reindex(Postmortem.objects.filter(uid__in=uids))
    return into


def _repoint(relation, item, into):
    """Move one relation's rows over; a row that would be there twice is dropped."""
    if relation.many_to_many:
        through, field = relation.through, relation.field.m2m_reverse_field_name()
    else:
        through, field = relation.related_model, relation.field.name
    for row in through._default_manager.filter(**{field: item}):
        try:
            with transaction.atomic():
                through._default_manager.filter(pk=row.pk).update(**{field: into})
        except IntegrityError:
            row.delete()


def _reindex(postmortems):
    """The documents of these postmortems say another name now: new versions, new to-dos for the index."""
    uids = list(postmortems.values_list("uid", flat=True))
    Postmortem.objects.filter(uid__in=uids).update(version=models.F("version") + 1)
    request_delivery(consumers_of("postmortem.changed"), [f"postmortem:{uid}" for uid in uids])


def current_address(kind, slug):
    """The uid that an old address leads to, or None. One query."""
    return OldAddress.objects.filter(kind=kind, slug=slug).values_list("target_uid", flat=True).first()


def moved_slugs():
    """{(kind, old slug): present slug} of everything that was renamed or merged; one in use again is left out.

    One query, and one for each kind that has any.
    """
    old = defaultdict(list)
    for kind, slug, uid in OldAddress.objects.values_list("kind", "slug", "target_uid"):
        old[kind].append((slug, uid))
    found = {}
    for model in (Service, Tag, Theme, Team):
        kind = model._meta.model_name
        slugs, uids = zip(*old[kind], strict=True) if old[kind] else ((), ())
        rows = model.objects.filter(models.Q(uid__in=uids) | models.Q(slug__in=slugs)) if uids else []
        now = {row.uid: row.slug for row in rows}
        found |= {(kind, slug): now[uid] for slug, uid in old[kind] if uid in now and slug not in now.values()}
    return found
