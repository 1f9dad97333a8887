"""Files → postmortems, batch by batch: the new is built, the changed renewed, every file gets its answer."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.utils import timezone

from kb.accounts.models import User
from kb.events.record import consumers_of, nudge
from postmortems.exporting.markdown import as_markdown
from postmortems.exporting.record import record_of
from postmortems.importing import exported, files, markdown
from postmortems.importing.build import Parts, build, prepare, render, store
from postmortems.importing.renewal import Edited, renew
from postmortems.importing.reports.rows import people_named, rows_of
from postmortems.models import ImportSource, Postmortem, Service, Severity, Tag
from postmortems.models.numbers import given_numbers

KIND = "markdown"
BATCH = 20
FAULTS = (ValidationError, DatabaseError, ValueError)


@dataclass(frozen=True)
class Outcome:
    """The answer for one file. `outcome`: created, updated, unchanged, skipped or failed."""

    path: str
    source: str
    outcome: str
    reference: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class _Read:
    """A file that could be read."""

    file: files.File
    digest: str
    reading: markdown.Reading

    def outcome(self, outcome: str, postmortem=None, reason: str = "") -> Outcome:
        notes = [reason] if reason else self.reading.notes
        reference = postmortem.reference if postmortem and postmortem.number else None
        return Outcome(str(self.file.path), self.file.key, outcome, reference, "; ".join(notes) or None)


@dataclass
class _Batch:
    """Files on their way: read, compared with what is known, and the new ones being rendered."""

    items: list["_Read | Outcome"]
    known: dict[str, ImportSource]
    new: list[_Read] = field(default_factory=list)
    made: list = field(default_factory=list)
    rendered: Future | None = None


class Import:
    """One run. `publish`: what comes in new is published at its own date, else it is a draft."""

    def __init__(self, by: User, *, publish: bool = False, dry_run: bool = False):
        self.by, self.publish, self.dry_run = by, publish, dry_run
        self.severities = {severity.slug: severity for severity in Severity.objects.all()}
        self.keys: set[str] = set()
        self.given = given_numbers()

    def take_in(self, found: Iterable[files.File | tuple[str, str]]) -> Iterator[Outcome]:
        """One Outcome per file, in their order. Consumers are nudged once, at the end."""
        found, before = iter(found), None
        try:
            with ThreadPoolExecutor(1) as renderer:  # one batch is rendered while the one before is written
                while items := [self._read(item) for item in islice(found, BATCH)]:
                    batch = self._begin(items, renderer)
                    yield from self._finish(before)
                    before = batch
                yield from self._finish(before)
        finally:
            for consumer in [] if self.dry_run else consumers_of("postmortem.changed"):
                nudge(consumer)

    def _read(self, item: files.File | tuple[str, str]) -> _Read | Outcome:
        if not isinstance(item, files.File):
            return Outcome(item[0], item[0], "failed", reason=item[1])
        try:
            self._claim(item.key)
            text, digest = files.read(item.path)
            if exported.is_export(text):
                return self._take_back(item, text, digest)
            return _Read(item, digest, markdown.read(text, item.key, frozenset(self.severities)))
        except files.Refused as fault:
            return Outcome(str(item.path), item.key, "failed", reason=str(fault))

    def _take_back(self, item: files.File, text: str, digest: str) -> Outcome:
        """A file that `export_postmortems` wrote: one transaction of its own."""
        found = exported.read(text)
        here = Postmortem.objects.filter(uid=found.uid).first()
        if here:
            same = as_markdown(record_of(here)) == text
            reason = None if same else f"{here.reference} lives here already; change it there"
            return Outcome(str(item.path), item.key, "unchanged" if same else "skipped", here.reference, reason)
        try:
            parts = exported.parts_of(found, digest, self.by, publish=self.publish, given=self.given)
            with transaction.atomic():
                made = None if self.dry_run else build([parts], self.by, announce=False)[0]
                if made:
                    exported.take_files(found, made, self.by, item.path.parent)
        except (*FAULTS, OSError) as fault:
            raise files.Refused(_said(fault)) from fault
        return Outcome(str(item.path), item.key, "created", made and made.reference)

    def _claim(self, key: str) -> None:
        """A key stands for one file: in this run, and in the database."""
        if key in self.keys:
            raise files.Refused("Another file of this run has the same name; import the folder above both.")
        if len(key) > 500 or not key.isprintable():
            raise files.Refused("Its name is too long or holds characters that cannot be stored; rename it.")
        self.keys.add(key)

    def _begin(self, items: list[_Read | Outcome], renderer: ThreadPoolExecutor) -> _Batch:
        read = [item for item in items if isinstance(item, _Read)]
        known = {
            source.key: source
            for source in ImportSource.objects.filter(
                kind=KIND, key__in=[item.file.key for item in read]
            ).select_related("postmortem")
        }
        batch = _Batch(items, known, new=[item for item in read if item.file.key not in known])
        if batch.new and not self.dry_run:
            batch.made = prepare(self.parts(batch.new), self.by)
            batch.rendered = renderer.submit(render, batch.made)
        return batch

    def _finish(self, batch: _Batch | None) -> Iterator[Outcome]:
        if batch:
            done = self._create(batch)
            for item in batch.items:
                if isinstance(item, Outcome):
                    yield item
                else:
                    yield done.get(item.file.key) or self._renew(item, batch.known[item.file.key])

    def _create(self, batch: _Batch) -> dict[str, Outcome]:
        """All in one transaction; where that fails, each in its own, so that one bad file hurts no other."""
        if self.dry_run or not batch.new:
            return {item.file.key: item.outcome("created") for item in batch.new}
        batch.rendered.result()
        try:
            made = store(batch.made, self.by, announce=False)
        except FAULTS:
            return {item.file.key: self._create_alone(item) for item in batch.new}
        return {i.file.key: i.outcome("created", p) for i, p in zip(batch.new, made, strict=True)}

    def _create_alone(self, item: _Read) -> Outcome:
        try:
            return item.outcome("created", build(self.parts([item]), self.by, announce=False)[0])
        except FAULTS as fault:
            return item.outcome("failed", reason=_said(fault))

    def _renew(self, item: _Read, source: ImportSource) -> Outcome:
        postmortem = source.postmortem
        publishes = self.publish and postmortem.status == "draft"
        if source.sha256 == item.digest and not publishes:
            return item.outcome("unchanged", postmortem)
        if postmortem.trashed_at or postmortem.version != source.version:
            where = "lies in the trash" if postmortem.trashed_at else "was edited here since its import"
            return item.outcome("skipped", postmortem, f"{postmortem.reference} {where}; the file was not taken over")
        try:
            if not self.dry_run:
                renew(source, self.parts([item])[0], self.by, publish=publishes)
        except Edited:
            return item.outcome("skipped", postmortem, f"{postmortem.reference} is being edited; import it again")
        except FAULTS as fault:
            return item.outcome("failed", postmortem, _said(fault))
        return item.outcome("updated", postmortem)

    def parts(self, read: list[_Read]) -> list[Parts]:
        """What build() takes, with the rows of the vocabularies, made where missing."""
        services = _named(Service, [name for item in read for name in item.reading.services])
        tags = _named(Tag, [name for item in read for name in item.reading.tags])
        people = people_named(item.reading.lifted for item in read)
        return [self._parts(item, services, tags, people) for item in read]

    def _parts(self, item: _Read, services: dict, tags: dict, people: dict[str, User]) -> Parts:
        reading = item.reading
        own = min(reading.published_at or timezone.now(), timezone.now())
        state = {"status": "published", "published_at": own, "visible_since": own} if self.publish else {}
        zone = next((instant.zone for instant in reading.milestones.values()), "") or reading.lifted.recognized.zone
        zone = zone or "UTC"
        head = {
            "title": reading.title,
            "origin": "imported",
            "owner": self.by,
            "zone": zone,
            "source_url": reading.source_url,
            "severity": self.severities.get(reading.severity),
            "services": list(dict.fromkeys(services[name] for name in reading.services)),
            "tags": list(dict.fromkeys(tags[name] for name in reading.tags)),
            **state,
        }
        sections = [{"kind": kind, "title": title, "text": text} for kind, title, text in reading.sections]
        milestones = [
            {"type": kind, "at": i.at, "zone": i.zone, "precision": i.precision, "typed": i.typed}
            for kind, i in reading.milestones.items()
        ]
        rows = rows_of(reading.lifted, people, zone)
        rows["milestone"] = milestones + [row for row in rows["milestone"] if row["type"] not in reading.milestones]
        return Parts(head, {"section": sections, **rows}, source=(KIND, item.file.key, item.digest))


def _named(model, names: list[str]) -> dict:
    names = list(dict.fromkeys(names))
    return dict(zip(names, model.objects.many_named(names), strict=True)) if names else {}


def _said(fault: Exception) -> str:
    """What a failed check says, in one line."""
    if isinstance(fault, ValidationError):
        if hasattr(fault, "message_dict"):
            return "; ".join(f"{name}: {' '.join(said)}" for name, said in fault.message_dict.items())
        return "; ".join(fault.messages)
    return f"It could not be stored: {str(fault).splitlines()[0] if str(fault) else type(fault).__name__}."
