"""A source that changed → the postmortem made of it, as long as nobody has edited that here."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from kb.accounts.models import User
from kb.events.record import record
from postmortems.importing.build import Parts, prepare, render_rows
from postmortems.models import PART_MODELS, Change, ImportSource, Postmortem, Section
from postmortems.models.numbers import next_numbers

# Kinds that an import writes beside sections, and the fields by which a row is the same as before; a milestone may name
# an entry, so it comes behind.
SAME = {
    "entry": ("at", "text"),
    "factor": ("statement",),
    "observation": ("kind", "text"),
    "countermeasure": ("statement",),
    "impact": ("metric",),
    "milestone": ("type", "at"),
}


class Edited(Exception):
    """Somebody saved a part of it since its import; nothing was changed."""


def renew(source: ImportSource, parts: Parts, by: User, *, publish: bool) -> None:
    """Write the parts over what the import wrote before. Nothing is, where it raises Edited or ValidationError.

    `publish`: also publish it, if it is still a draft; otherwise its state and its dates stay.
    """
    postmortem = source.postmortem
    making = prepare([parts], by)[0]
    making.check()
    rows = {kind: making.rows.get(kind, []) for kind in ("section", *SAME)}
    for row in [row for some in rows.values() for row in some]:
        row.postmortem = postmortem
    render_rows([row for some in rows.values() for row in some])
    with transaction.atomic():
        _claim(source, _head(parts, publish))
        _replace_sections(postmortem, rows.pop("section"))
        for kind, new in rows.items():
            _replace_rows(postmortem, kind, new)
        postmortem.services.set(parts.head["services"])
        postmortem.tags.set(parts.head["tags"])
        _remember(source, parts, by)


def _head(parts: Parts, publish: bool) -> dict:
    names = ["title", "zone", "source_url", "severity"]
    names += ["status", "published_at", "visible_since"] if publish else []
    return {name: parts.head[name] for name in names}


def _claim(source: ImportSource, head: dict) -> None:
    """The head, written only if the version is still that of the import."""
    claimed = Postmortem.objects.filter(pk=source.postmortem_id, version=source.version, trashed_at=None).update(
        version=F("version") + 1, details_version=F("details_version") + 1, updated_at=timezone.now(), **head
    )
    if not claimed:
        raise Edited
    source.postmortem.refresh_from_db()


def _replace_sections(postmortem: Postmortem, sections: list[Section]) -> None:
    """Sections of the same kind and title stay the same rows, so that links to them hold."""
    old = {(row.kind, row.title): row for row in Section.objects.filter(postmortem=postmortem)}
    for new in sections:
        row = old.pop((new.kind, new.title), None)
        if row is None:
            new.save(force_insert=True)
        else:
            Section.objects.filter(pk=row.pk).update(
                text=new.text,
                text_html=new.text_html,
                renderer=new.renderer,
                position=new.position,
                version=F("version") + 1,
                updated_at=timezone.now(),
            )
    Section.objects.filter(pk__in=[row.pk for row in old.values()]).delete()


def _replace_rows(postmortem: Postmortem, kind: str, new: list) -> None:
    """Rows that say the same stay the same rows, with their numbers and addresses; the others go and come."""
    model, same = PART_MODELS[kind], SAME[kind]
    old: dict[tuple, list] = {}
    for row in model.objects.filter(postmortem=postmortem).order_by("position"):
        old.setdefault(tuple(getattr(row, name) for name in same), []).append(row)
    fresh, kept = [], []
    for row in new:
        found = old.get(tuple(getattr(row, name) for name in same))
        if not found:
            fresh.append(row)
            continue
        kept.append(found.pop(0))
        kept[-1].position, row.pk, row.uid = row.position, kept[-1].pk, kept[-1].uid
    model.objects.filter(pk__in=[row.pk for rows in old.values() for row in rows]).delete()
    model.objects.bulk_update(kept, ["position"])
    if kind == "countermeasure" and fresh:
        for row, number in zip(fresh, next_numbers(kind, len(fresh)), strict=True):
            row.number = number
    for row in fresh:
        if kind == "milestone" and row.entry:
            row.entry = row.entry  # its key, now that the entry has one
    model.objects.bulk_create(fresh)


def _remember(source: ImportSource, parts: Parts, by: User) -> None:
    postmortem, before = source.postmortem, source.sha256
    _, _, digest = parts.source
    source.sha256, source.version, source.at = digest, postmortem.version, timezone.now()
    source.save(update_fields=["sha256", "version", "at"])
    Change.objects.write(postmortem, by, postmortem, "import", {"sha256": before}, {"sha256": digest})
    postmortem.take_snapshot(by, "imported")
    subject = f"postmortem:{postmortem.uid}"
    record("postmortem.imported", actor=by, subject=subject, group=postmortem.uid, announce=False)
