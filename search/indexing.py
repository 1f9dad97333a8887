"""Keeping the index equal to the database: the only caller of engine.put and engine.rebuild."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.utils import timezone

from search.document import Document
from search.engines import engine
from search.engines.base import Ask, Broken, Busy, Health, Store
from search.query import parse
from search.subjects import all_done, group_of, subjects

log = logging.getLogger(__name__)
BATCH = 200
SAMPLE = 20
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Difference:
    """What index and database disagree on: keys to add, to replace, to take away; their groups."""

    missing: tuple[tuple[str, str], ...]
    outdated: tuple[tuple[str, str], ...]
    surplus: tuple[tuple[str, str], ...]

    def __bool__(self) -> bool:
        return bool(self.missing or self.outdated or self.surplus)


class Unfit(Exception):
    """A rebuilt index is not as the database says; the old one was kept."""


def consume(changed: list[str]) -> None:
    """Index these subjects ("postmortem:<uid>") as they are now; returns when that is on disk.

    Idempotent. A missing or damaged index is rebuilt instead. Raises Busy while somebody else
    rebuilds, OSError when the disk refuses: the caller tries again later.
    """
    groups = list(dict.fromkeys(map(group_of, changed)))
    try:
        for batch in _batches(groups, BATCH):
            _put(engine(), batch)
    except Broken as error:
        log.warning("Rebuilding the search index: %s", error)
        rebuild()


def rebuild(progress: Progress = lambda done, total: None) -> int:
    """Write a new index beside the current one, verify it, swap. Returns the number of documents.

    Pages keep answering from the old one, or from the database. `progress(groups done, all)`. What was
    pending for the index is done then.
    Raises Busy, Unfit, OSError.
    """
    groups, count = [], 0

    def batches() -> Iterator[list[Document]]:
        nonlocal count
        done = 0
        for batch in _batches(groups, BATCH):
            documents = list(subjects().load(batch))
            count += len(documents)
            yield documents
            subjects().keep(batch, documents)
            done += len(batch)
            progress(done, len(groups))

    with all_done():
        groups += subjects().groups()
        engine().rebuild(batches(), _settle, _marker())
    return count


def _settle(store: Store) -> None:
    """Catch up with what changed while it was built; then it must equal the database and find."""
    repair(store)
    if differences(store):
        repair(store)
    found = differences(store)
    if len(found.missing) + len(found.surplus) > SAMPLE:
        raise Unfit(f"{len(found.missing)} documents are missing and {len(found.surplus)} too many")
    for document in subjects().load(list(islice(subjects().groups(), SAMPLE))):
        if document.kind == "postmortem" and not _finds(store, document):
            raise Unfit(f"{document.reference} is not found by its own reference")


def _finds(store: Store, document: Document) -> bool:
    ask = Ask(
        query=parse(f"{document.reference} {document.title}"),
        audiences=document.audiences,
        kind=document.kind,
        limit=50,
        visible=lambda keys: keys,
    )
    return document.key in {hit.key for hit in store.search(ask).hits}


def differences(store: Store | None = None) -> Difference:
    """Compare every key and version: three queries and a pass over the index. Raises Broken."""
    wanted = dict(subjects().versions())
    held = {entry.key: entry.version for entry in (store or engine()).entries()}
    return Difference(
        missing=tuple(sorted(key for key in wanted if key not in held)),
        outdated=tuple(sorted(key for key in wanted if key in held and held[key] != wanted[key])),
        surplus=tuple(sorted(key for key in held if key not in wanted)),
    )


def repair(store: Store | None = None) -> Difference:
    """Re-index every group with a difference; returns what was different. Raises Broken."""
    store = store or engine()
    found = differences(store)
    if not found:
        return found
    owners = {entry.key: entry.group for entry in store.entries()}
    groups = {owners[key] for key in (*found.outdated, *found.surplus)}
    if found.missing:
        # Which group a missing learning belongs to, only its postmortem tells: look through all.
        missing = set(found.missing)
        groups |= {key[1] for key in missing if key[0] == "postmortem"}
        left = {key for key in missing if key[0] != "postmortem"}
        for batch in _batches(subjects().groups(), BATCH) if left else ():
            groups |= {document.group for document in subjects().load(batch) if document.key in left}
    for batch in _batches(sorted(groups), BATCH):
        _put(store, batch)
    return found


def _put(store: Store, groups: list[str]) -> None:
    """Index these groups as they are now, and keep what hits show of them."""
    documents = list(subjects().load(groups))
    store.put(groups, documents, _marker())
    subjects().keep(groups, documents)


def keep_missing(seconds: float) -> int:
    """Keep what hits show where it is not kept (after an update of this program, say), for about `seconds`; returns of
    how many groups. One query when there are none."""
    until, done = time.monotonic() + seconds, 0
    for batch in _batches(subjects().unkept(), 20):
        subjects().keep(batch, subjects().load(batch))
        done += len(batch)
        if time.monotonic() > until:
            break
    return done


def heal(thorough: bool = False) -> Health:
    """Look at the index and rebuild it if it is missing or damaged. Never raises for damage.

    A few milliseconds when all is well; `thorough` reads every file and compares every version.
    """
    health = engine().health()
    if thorough or not health.ok:
        health = engine().health(thorough=True)
    if health.ok:
        engine().clear_report()
        if thorough:
            repair()
        return health
    log.warning("Rebuilding the search index: %s", health.reason)
    try:
        rebuild()
    except Busy:
        log.info("Another process is rebuilding the search index.")
    return engine().health()


def _marker() -> str:
    return timezone.now().isoformat(timespec="milliseconds")


def _batches(items: Iterable, size: int) -> Iterator[list]:
    items = iter(items)
    while batch := list(islice(items, size)):
        yield batch
