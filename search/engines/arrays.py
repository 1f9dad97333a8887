"""Searching over arrays: masks, scores and counts of one segment, whatever wrote it.

A segment numbers its documents 0 … size-1. Everything said about them is a *posting*: a sorted
array of numbers and one of weights. Filters, NOT and permissions are boolean arrays; scores are
sums of arrays; facets are `bincount`s. Terms are strings `kind␟space␟token`.
"""

import threading
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

import numpy as np

from search.analysis import token_hash
from search.atoms import Atom, Facet, Period, Phrase, Prefix, Word

MOST_CACHED = 4_000_000  # postings kept per segment, 8 bytes each
# These numbers stand in the files of an index: new parts come at the end.
CODED = (
    "title", "takeaway", "summary", "impact", "timeline", "factors", "countermeasures", "learnings", "observations",
    "narrative", "labels", "reference", "perspectives", "questions",
)  # fmt: skip
PART_CODES = {part: code for code, part in enumerate(CODED)}
NUMBERS = np.dtype([("when", "<i8"), ("length", "<f4"), ("version", "<i4")])


class Posting(NamedTuple):
    """Sorted document numbers (int32) and how often each (float32)."""

    ids: np.ndarray
    weights: np.ndarray


NOTHING = Posting(np.empty(0, np.int32), np.empty(0, np.float32))


class Source(Protocol):
    """What a segment on disk must be able to tell. Calls come one at a time."""

    size: int
    numbers: np.ndarray  # of NUMBERS

    def posting(self, term: str) -> Posting: ...
    def terms(self, prefix: str) -> list[str]: ...
    def texts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """(sections, sections per document, base, extra): see `Texts`."""

    def about(self, number: int) -> tuple[str, ...]: ...


def term(kind: str, space: str, token: str) -> str:
    """The spaces: w words, x forms, f facets ("field=value"), r references; of no kind: k kind,
    g group, a audience."""
    return f"{kind}\x1f{space}\x1f{token}"


class Texts:
    """The tokens of a segment's documents in order, as 32-bit hashes.

    sections  one row per section: part code, number of base tokens, of wholes, of forms
    base      base tokens, a 0 after each section, so that no phrase crosses
    extra     wholes, then forms of each section
    """

    def __init__(self, sections: np.ndarray, per_document: np.ndarray, base: np.ndarray, extra: np.ndarray):
        self.base, self.extra = base, extra
        self.part = sections[:, 0].astype(np.uint8)  # a copy: a view would keep all of `sections` in memory
        self.document = np.repeat(np.arange(len(per_document), dtype=np.int32), per_document)
        self.base_start = _starts(sections[:, 1] + 1)
        self.extra_start = _starts(sections[:, 2] + sections[:, 3])
        self.forms_start = (self.extra_start + sections[:, 2]).astype(np.int32)
        self.document_start = np.append(self.base_start[_starts(per_document)], len(base))

    def adjacent(self, hashes: list[int], candidates: np.ndarray) -> np.ndarray:
        """Where these base tokens stand side by side: the section of each place."""
        if len(candidates) < 400:
            spans = [np.arange(self.document_start[n], self.document_start[n + 1]) for n in candidates]
            places = np.concatenate(spans) if spans else np.empty(0, np.int64)
            places = places[self.base[places] == hashes[0]]
        else:
            places = np.flatnonzero(self.base == hashes[0])
        places = places[places + len(hashes) <= len(self.base)]
        for step, wanted in enumerate(hashes[1:], 1):
            places = places[self.base[places + step] == wanted]
        return _owners(self.base_start, places)

    def holding(self, hashes: Iterable[int], forms: bool) -> np.ndarray:
        """Where one of these tokens stands: the section of each place. About 1 ns per token held."""
        wanted = np.fromiter(hashes, np.uint32)
        places = np.flatnonzero(_among(self.base, wanted))
        found = _owners(self.base_start, places)
        places = np.flatnonzero(_among(self.extra, wanted))
        extra = _owners(self.extra_start, places)
        if not forms:
            extra = extra[places < self.forms_start[extra]]
        return np.concatenate((found, extra))

    def posting(self, sections: np.ndarray, parts: frozenset[str]) -> Posting:
        """The documents of these sections, counted, if they are of one of these parts."""
        if parts:
            codes = [PART_CODES[part] for part in parts]
            sections = sections[np.isin(self.part[sections], codes)]
        return _counted(self.document[sections])


def _among(tokens: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    if len(wanted) > 16:
        return np.isin(tokens, wanted)
    found = np.zeros(len(tokens), bool)
    for token in wanted:
        found |= tokens == token
    return found


def _starts(lengths: np.ndarray) -> np.ndarray:
    """Where each piece begins; in 32 bits, since a segment holds far less than 2,000,000,000 tokens."""
    return np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))[: len(lengths)].astype(np.int32)


def _owners(starts: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The piece in which each place lies. In the type of `starts`: else all of them would be converted each time."""
    return np.searchsorted(starts, places.astype(starts.dtype), side="right") - 1


def _counted(numbers: np.ndarray) -> Posting:
    ids, counts = np.unique(numbers, return_counts=True)
    return Posting(ids.astype(np.int32), counts.astype(np.float32))


def union(postings: list[Posting]) -> Posting:
    """All documents of several postings, with the highest weight of each."""
    postings = [posting for posting in postings if len(posting.ids)]
    if len(postings) < 2:
        return postings[0] if postings else NOTHING
    ids, places = np.unique(np.concatenate([p.ids for p in postings]), return_inverse=True)
    weights = np.zeros(len(ids), np.float32)
    np.maximum.at(weights, places, np.concatenate([p.weights for p in postings]))
    return Posting(ids, weights)


class Segment:
    """A Source with its answers remembered; safe to share between threads."""

    def __init__(self, source: Source):
        self.source, self.size, self.numbers = source, source.size, source.numbers
        self._lock = threading.RLock()
        self._cache: dict = {}
        self._cached = 0
        self._texts: Texts | None = None

    def remembered(self, key, compute: Callable, cost: Callable = lambda value: len(value[0])):
        found = self._cache.get(key)
        if found is None:
            with self._lock:
                found = compute()
                self._cached += cost(found) + 50
                if self._cached > MOST_CACHED:
                    self._cache, self._cached = {}, cost(found)
                self._cache[key] = found
        return found

    def posting(self, name: str) -> Posting:
        return self.remembered(name, lambda: self.source.posting(name))

    def mask(self, name: str) -> np.ndarray:
        mask = np.zeros(self.size, bool)
        mask[self.posting(name).ids] = True
        return mask

    def about(self, number: int) -> tuple[str, ...]:
        with self._lock:
            return self.source.about(number)

    @property
    def texts(self) -> Texts:
        with self._lock:
            if self._texts is None:
                self._texts = Texts(*self.source.texts())
            return self._texts

    def found(self, kind: str, atom: Atom, parts: frozenset[str]) -> Posting:
        """The documents of a kind that hold an atom."""
        return self.remembered((kind, atom, parts), lambda: self._found(kind, atom, parts))

    def _found(self, kind: str, atom: Atom, parts: frozenset[str]) -> Posting:
        match atom:
            case Word():
                return self._found_word(kind, atom, parts)
            case Phrase():
                return self._found_adjacent(kind, atom.pieces, parts)
            case Prefix():
                return self._found_prefix(kind, atom, parts)
            case Facet():
                return self.posting(term(kind, "f", f"{atom.field}={atom.value}"))
            case Period():
                return self._found_period(atom)

    def _found_word(self, kind: str, word: Word, parts: frozenset[str]) -> Posting:
        keys = [self.posting(term(kind, "w", key)) for key in word.keys]
        if parts and any(len(posting.ids) for posting in keys):
            keys = [self._of_kind(kind, self._in_parts(word.keys, parts, forms=False))]
        if word.pieces:
            keys.append(self._found_adjacent(kind, word.pieces, parts))
        return union(keys)

    def _found_adjacent(self, kind: str, pieces: tuple[str, ...], parts: frozenset[str]) -> Posting:
        lists = sorted((self.posting(term(kind, "w", p)).ids for p in set(pieces)), key=len)
        candidates = lists[0]
        for other in lists[1:]:
            candidates = np.intersect1d(candidates, other, assume_unique=True)
        if not len(candidates):
            return NOTHING
        places = self.texts.adjacent([token_hash(piece) for piece in pieces], candidates)
        return self._of_kind(kind, self.texts.posting(places, parts))

    def _found_prefix(self, kind: str, prefix: Prefix, parts: frozenset[str]) -> Posting:
        names = [name for space in "wx" for name in self._terms(term(kind, space, prefix.start))]
        found = union([self.posting(name) for name in names])
        if parts and len(found.ids):
            tokens = tuple(dict.fromkeys(name.rpartition("\x1f")[2] for name in names))
            found = self._of_kind(kind, self._in_parts(tokens, parts, forms=True))
        return Posting(found.ids, np.ones(len(found.ids), np.float32))

    def _in_parts(self, tokens: tuple[str, ...], parts: frozenset[str], forms: bool) -> Posting:
        """Who holds one of these tokens in these parts: one pass for the documents of every kind."""

        def compute():
            places = self.texts.holding(map(token_hash, tokens), forms)
            return self.texts.posting(places, parts)

        return self.remembered(("in", tokens, parts, forms), compute)

    def _found_period(self, period: Period) -> Posting:
        when = self.numbers["when"]
        mask = np.ones(self.size, bool)
        if period.start:
            mask &= when >= period.start.timestamp()
        if period.end:
            mask &= when < period.end.timestamp()
        ids = np.flatnonzero(mask).astype(np.int32)
        return Posting(ids, np.ones(len(ids), np.float32))

    def _of_kind(self, kind: str, posting: Posting) -> Posting:
        keep = self.mask(term("", "k", kind))[posting.ids]
        return Posting(posting.ids[keep], posting.weights[keep])

    def _terms(self, prefix: str) -> list[str]:
        with self._lock:
            return self.source.terms(prefix)

    @property
    def groups(self) -> frozenset[str]:
        """The groups it holds documents of: thousands may have changed, of which it mostly holds none."""
        start = term("", "g", "")

        def compute():
            return frozenset(name.removeprefix(start) for name in self._terms(start))

        return self.remembered(("groups",), compute, cost=len)

    def facet(self, kind: str, field: str) -> tuple[np.ndarray, np.ndarray, list[str]]:
        """(document numbers, value numbers, values): who has which value of a field."""
        start = term(kind, "f", f"{field}=")

        def compute():
            names = self._terms(start)
            lists = [self.source.posting(name).ids for name in names]
            which = np.repeat(np.arange(len(lists)), [len(ids) for ids in lists])
            ids = np.concatenate(lists) if lists else np.empty(0, np.int32)
            return ids, which, [name.removeprefix(start) for name in names]

        return self.remembered(("facet", start), compute)
