"""What every search engine can do; the rest of search talks to nothing else.

An engine keeps a cache of the database that may be thrown away at any moment. It holds documents
in two halves, *open* and *private*; frequencies for scores come from the open half alone, so that
a secret shifts no score.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

from search.document import Document
from search.query import Query

Key = tuple[str, str]


class Broken(Exception):
    """The index is missing, damaged or of another version: answer from elsewhere and rebuild it."""


@dataclass(frozen=True)
class Ask:
    """One search.

    audiences  what the reader may read: a document needs one of them
    order      "relevance" or "newest"
    facets     fields whose values are counted
    kinds      kinds whose totals are counted beside `kind`
    visible    given keys, the ones the reader may see now by the database. Asked once, before
               anything is counted, for every match of the private half and of `suspects`.
               None: no re-check (nothing private is searched then)
    suspects   groups that changed since they were indexed
    """

    query: Query
    audiences: frozenset[str]
    kind: str = "postmortem"
    offset: int = 0
    limit: int = 20
    order: str = "relevance"
    facets: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    visible: Callable[[Collection[Key]], Collection[Key]] | None = None
    suspects: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Hit:
    """A document found; `score` is comparable within one answer only."""

    kind: str
    id: str
    group: str
    reference: str
    source: str
    score: float

    @property
    def key(self) -> Key:
        return (self.kind, self.id)


@dataclass(frozen=True)
class Found:
    """An answer: the slice of hits asked for, and exact counts over all of them.

    facets  field → value → number of hits of `kind`; totals  kind → number of hits
    query   as it was searched (a long one is narrowed)
    """

    hits: tuple[Hit, ...]
    total: int
    query: Query
    facets: dict[str, dict[str, int]] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """What the index says it holds of one document."""

    kind: str
    id: str
    group: str
    version: int
    is_open: bool

    @property
    def key(self) -> Key:
        return (self.kind, self.id)


@dataclass(frozen=True)
class Health:
    """`ok`, or the reason in words; `documents` counted in both halves; the last put's `marker`."""

    ok: bool
    reason: str = ""
    documents: int = 0
    marker: str = ""


class Store(ABC):
    """Something that holds documents: the engine's current index, or one being built beside it."""

    @abstractmethod
    def put(self, groups: Iterable[str], documents: Iterable[Document], marker: str = "") -> None:
        """Replace everything of these groups by these documents; returns when it is on disk.

        `marker` is kept with them. Idempotent. Raises Broken, or OSError when the disk is full or
        read-only (nothing is changed then).
        """

    @abstractmethod
    def search(self, ask: Ask) -> Found:
        """Raises Broken; nothing else."""

    @abstractmethod
    def entries(self) -> Iterator[Entry]:
        """Every document held, in no order. Raises Broken."""


class Engine(Store):
    """The current index of this site, and its replacement."""

    @abstractmethod
    def rebuild(self, batches: Iterable[list[Document]], settle: Callable[[Store], None], marker: str = "") -> None:
        """Write all batches into a new place, call `settle(new)` while nobody else writes, swap.

        `settle` brings the new one up to date and raises if it is not as expected; the current
        index stays then. Raises Busy when another process is rebuilding.
        """

    @abstractmethod
    def health(self, thorough: bool = False) -> Health:
        """A few milliseconds; `thorough` reads every file (about 1 s per GB). Never raises."""

    @abstractmethod
    def report_broken(self) -> None:
        """Called by who got Broken, so that the next health() says so even if it looks well."""

    @abstractmethod
    def clear_report(self) -> None:
        """Forget that report: a thorough look found nothing."""


class Busy(Exception):
    """Another process is rebuilding the index."""
