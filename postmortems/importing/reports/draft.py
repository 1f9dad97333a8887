"""A report that somebody looked over on the page → a draft of his own."""

import hashlib
from dataclasses import dataclass, field

from django.db import transaction

from kb.accounts.models import User
from kb.events.record import consumers_of, nudge
from kb.lib.uids import new_uid
from postmortems.importing import markdown
from postmortems.importing.build import Parts, prepare, render, store
from postmortems.importing.reports.rows import people_named, rows_of
from postmortems.models import ImportSource, Postmortem, Section, Service, Severity, Tag

KIND = "page"  # of the ImportSource


@dataclass
class Choices:
    """What somebody decided: `without`, lines that stay text; `entries` and `items`, {line: fields} put right;
    `no_milestones`, types that are not taken; `zone`, of times that name none."""

    title: str = ""
    zone: str = "UTC"
    without: frozenset[int] = frozenset()
    entries: dict[int, dict] = field(default_factory=dict)
    items: dict[int, dict] = field(default_factory=dict)
    no_milestones: frozenset[str] = frozenset()


def taken_before(text: str, by: User) -> Postmortem | None:
    """The draft that this person made of just this text before, if it still is there."""
    source = ImportSource.objects.filter(kind=KIND, key=_key(text, by)).select_related("postmortem").first()
    return source.postmortem if source and not source.postmortem.trashed_at else None


def draft_of(text: str, name: str, by: User, choices: Choices) -> Postmortem:
    """Write it in one transaction, rendered before. Raises Refused or ValidationError; then nothing is written."""
    severities = {severity.slug: severity for severity in Severity.objects.all()}
    reading = markdown.read(text, name, frozenset(severities), choices.without)
    parts = _parts(text, reading, by, choices)
    parts.head["severity"] = severities.get(reading.severity)
    made = prepare([parts], by)
    render(made)
    with transaction.atomic():
        postmortem = store(made, by, announce=False)[0]
        Section.lay_out(postmortem)
    for consumer in consumers_of("postmortem.changed"):
        nudge(consumer)
    return postmortem


def _parts(text: str, reading: markdown.Reading, by: User, choices: Choices) -> Parts:
    rows = rows_of(reading.lifted, people_named([reading.lifted]), choices.zone)
    for line, row in zip((row.line for row in reading.lifted.rows), rows["entry"], strict=True):
        row |= choices.entries.get(line, {})
    for item, row in zip(reading.lifted.items, rows["countermeasure"], strict=True):
        row |= choices.items.get(item.line, {})
    kept = {row["key"] for row in rows["entry"]}
    times = {row["key"]: row for row in rows["entry"]}
    milestones = [row for row in rows["milestone"] if row["type"] not in choices.no_milestones]
    for row in milestones:
        if row.get("entry") in kept:  # it follows its entry, put right or not
            row |= {name: times[row["entry"]][name] for name in ("at", "zone", "precision", "approximate", "typed")}
    told = [
        {"type": kind, "at": i.at, "zone": i.zone, "precision": i.precision, "typed": i.typed}
        for kind, i in reading.milestones.items() if kind not in choices.no_milestones
    ]  # fmt: skip
    rows["milestone"] = told + [row for row in milestones if row["type"] not in reading.milestones]
    rows["section"] = [{"kind": kind, "title": title, "text": said} for kind, title, said in reading.sections]
    head = {
        "title": choices.title or reading.title,
        "owner": by,
        "zone": reading.lifted.recognized.zone or choices.zone,
        "source_url": reading.source_url,
        "services": Service.objects.many_named(reading.services) if reading.services else [],
        "tags": Tag.objects.many_named(reading.tags) if reading.tags else [],
    }
    key = _key(text, by)
    if ImportSource.objects.filter(kind=KIND, key=key).exists():
        key = f"{key}:{new_uid()}"  # the one made of it before lies in the trash
    return Parts(head, rows, source=(KIND, key, _digest(text)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _key(text: str, by: User) -> str:
    return f"{by.uid}:{_digest(text)}"
