"""One search over the segments of an index: who matches, who may be shown, in which order.

Scores are BM25 (Robertson, Zaragoza: "The Probabilistic Relevance Framework", 2009) over one field
in which title and takeaway count more (search.analysis.WEIGHTS). The constants were chosen with
benchmarks/relevance.py, which prints what they achieve; neighbours of these values differ by less
than 0.01 there.
"""

import math
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from typing import NamedTuple

import numpy as np

from search.analysis import STOP_WORDS
from search.atoms import Atom, Phrase, Word
from search.engines.arrays import Posting, Segment, term
from search.engines.base import Ask, Found, Hit, Key
from search.query import Query, needed_of

K1, B = 2.0, 0.5
ALL_WORDS_BONUS = 0.3  # of the score, for a short query's document that holds all its words
WRITTEN_SHARE = 0.3  # of a word's score goes to its form as written, the rest to its stem
NEXT_SHARE = 0.4  # what two words add that stand side by side as in the query
PIECE_SHARE = 0.5  # what the pieces of an identifier add beside the identifier itself
LONGEST_PAIRED = 12  # words of a query whose neighbours are looked at
REFERENCE_BONUS = 1000.0

Masks = dict[str, np.ndarray]


class View(NamedTuple):
    """A segment at one moment: `live` tells which of its documents are not replaced or dropped."""

    segment: Segment
    live: np.ndarray


Chosen = list[tuple[View, np.ndarray]]  # per view, the numbers of its hits


class Matches(NamedTuple):
    """Per kind, which documents of a view answer the query and may be counted."""

    view: View
    is_open: bool
    masks: Masks


class Statistics:
    """Document counts of the open half alone: what scores are made of."""

    def __init__(self, views: Iterable[View], kind: str, parts: frozenset[str]):
        self.views, self.kind, self.parts = list(views), kind, parts
        masks = [view.live & view.segment.mask(term("", "k", kind)) for view in self.views]
        self.count = int(sum(mask.sum() for mask in masks))
        pairs = zip(self.views, masks, strict=True)
        total = sum(view.segment.numbers["length"][mask].sum(dtype=float) for view, mask in pairs)
        self.average = max(total / self.count, 1.0) if self.count else 1.0

    def frequency(self, atom: Atom, kind: str = "") -> int:
        """The number of open documents that hold it."""
        kind = kind or self.kind
        return int(sum(v.live[v.segment.found(kind, atom, self.parts).ids].sum() for v in self.views))

    def found(self, segment: Segment, atom: Atom | str) -> Posting:
        """The posting of an atom, or of a word as written."""
        if isinstance(atom, str):
            return segment.posting(term(self.kind, "x", atom))
        return segment.found(self.kind, atom, self.parts)

    def rarity(self, atom: Atom | str) -> float:
        frequency = sum(int(live[self.found(segment, atom).ids].sum()) for segment, live in self.views)
        return math.log(1 + (self.count - frequency + 0.5) / (frequency + 0.5))


def answer(ask: Ask, open_views: list[View], private_views: list[View]) -> Found:
    """Cost: about 20 ns per posting of the query's words, plus the re-check."""
    statistics = Statistics(open_views, ask.kind, ask.query.parts)
    kinds = tuple(dict.fromkeys((ask.kind, *ask.kinds)))
    query = ask.query.narrowed(lambda word: sum(statistics.frequency(word, kind) for kind in kinds))
    found = [Matches(view, True, _masks(view, query, kinds, ask.audiences)) for view in open_views]
    if ask.visible:
        found += [Matches(v, False, _masks(v, query, kinds, ask.audiences)) for v in private_views]
        _take_away_unseen(ask, found)
    chosen = [(m.view, np.flatnonzero(m.masks[ask.kind])) for m in found]
    return Found(
        hits=_ranked(ask, query, chosen, statistics),
        total=sum(len(ids) for _, ids in chosen),
        query=query,
        facets={field: _counts(chosen, ask.kind, field) for field in ask.facets},
        totals={kind: int(sum(m.masks[kind].sum() for m in found)) for kind in kinds},
    )


def _masks(view: View, query: Query, kinds: Iterable[str], audiences: frozenset[str]) -> Masks:
    allowed = np.zeros(view.segment.size, bool)
    for audience in audiences:
        allowed[view.segment.posting(term("", "a", audience)).ids] = True
    allowed &= view.live
    if not allowed.any():
        return dict.fromkeys(kinds, allowed)
    return {kind: allowed & _answering(view.segment, query, kind) for kind in kinds}


def _answering(segment: Segment, query: Query, kind: str) -> np.ndarray:
    mask = segment.mask(term("", "k", kind))
    needed = needed_of(len(query.words))
    if needed:
        counts = np.zeros(segment.size, np.int16)
        for word in query.words:
            counts[segment.found(kind, word, query.parts).ids] += 1
        mask &= counts >= needed
    for group in query.required:
        either = np.zeros(segment.size, bool)
        for atom in group:
            either[segment.found(kind, atom, query.parts).ids] = True
        mask &= either
    for atom in query.excluded:
        mask[segment.found(kind, atom, query.parts).ids] = False
    return mask


def _take_away_unseen(ask: Ask, found: list[Matches]) -> None:
    """Ask the database about everything that is private or changed meanwhile; drop what it hides."""
    doubtful: dict[Key, list[tuple[np.ndarray, int]]] = {}
    for matches in found:
        segment = matches.view.segment
        if matches.is_open:
            lists = [segment.posting(term("", "g", group)).ids for group in ask.suspects & segment.groups]
            changed = np.zeros(segment.size, bool)
            changed[np.concatenate(lists) if lists else []] = True
        for mask in matches.masks.values():
            for number in np.flatnonzero(mask & changed if matches.is_open else mask):
                doubtful.setdefault(segment.about(number)[:2], []).append((mask, number))
    if not doubtful:
        return
    seen = {tuple(key) for key in ask.visible(list(doubtful))}
    for key, places in doubtful.items():
        if key not in seen:
            for mask, number in places:
                mask[number] = False


def _ranked(ask: Ask, query: Query, chosen: Chosen, statistics: Statistics) -> tuple[Hit, ...]:
    size = sum(len(ids) for _, ids in chosen)
    if not size or ask.limit < 1 or ask.offset >= size:
        return ()
    scores = np.concatenate(_scores(query, chosen, statistics))
    when = np.concatenate([view.segment.numbers["when"][ids] for view, ids in chosen])
    if ask.order == "newest":
        ranks, ties = when.astype(float), scores
    else:
        ranks, ties = scores, when
    end = min(ask.offset + ask.limit, size)
    border = np.partition(ranks, size - end)[size - end]
    places = np.flatnonzero(ranks >= border)
    places = places[np.lexsort((-ties[places], -ranks[places]))]
    owners = np.repeat(np.arange(len(chosen)), [len(ids) for _, ids in chosen])
    numbers = np.concatenate([ids for _, ids in chosen])
    places = _settled(places, ranks, ties, lambda p: chosen[owners[p]][0].segment.about(numbers[p])[1], end)
    hits = []
    for place in places[ask.offset : end]:
        about = chosen[owners[place]][0].segment.about(numbers[place])
        hits.append(Hit(*about, score=round(float(scores[place]), 4)))
    return tuple(hits)


def _settled(places, ranks, ties, name, end: int) -> list[int]:
    """Equal ones in the order of their ids, so that where they are stored changes nothing."""
    order: list[int] = []
    for _, equal in groupby(places, key=lambda place: (ranks[place], ties[place])):
        run = list(equal)
        order += sorted(run, key=name) if len(run) > 1 else run
        if len(order) >= end:
            break
    return order


def _scores(query: Query, chosen: Chosen, statistics: Statistics) -> list[np.ndarray]:
    shares = [*_atoms(query), *_pairs(query), *_pieces(query)]
    wanted = [(atom, share * statistics.rarity(atom)) for atom, share in shares]
    return [_score(view, ids, query, wanted, statistics)[ids] for view, ids in chosen]


def _score(view: View, ids: np.ndarray, query: Query, wanted, statistics: Statistics) -> np.ndarray:
    segment, kind = view.segment, statistics.kind
    scores = np.zeros(segment.size)
    if not len(ids):
        return scores
    held = np.zeros(segment.size, np.int16)
    norm = K1 * (1 - B + B * segment.numbers["length"] / statistics.average)
    words = set(query.words)
    for atom, rarity in wanted:
        numbers, often = statistics.found(segment, atom)
        scores[numbers] += rarity * often * (K1 + 1) / (often + norm[numbers])
        if atom in words:
            held[numbers] += 1
    if 1 < len(words) < 5:
        scores[held == len(words)] *= 1 + ALL_WORDS_BONUS
    if len(words) == 1:
        for key in query.words[0].keys:
            scores[segment.posting(term(kind, "r", key)).ids] += REFERENCE_BONUS
    return np.round(scores, 6)


def _atoms(query: Query) -> Iterator[tuple[Atom | str, float]]:
    """What is ranked with its share; a word as written beside its stem where they differ."""
    for atom in dict.fromkeys(query.spoken()):
        written = atom.text.casefold() if isinstance(atom, Word) and not atom.pieces else ""
        if written and (written,) != atom.keys and not query.parts:
            yield atom, 1 - WRITTEN_SHARE
            yield written, WRITTEN_SHARE
        else:
            yield atom, 1.0


def _pairs(query: Query) -> Iterator[tuple[Phrase, float]]:
    """Neighbours in the query; in a long text they are too many to look for."""
    for one, other in pairwise(query.words if len(query.words) <= LONGEST_PAIRED else ()):
        pieces = (one.pieces or one.keys) + (other.pieces or other.keys)
        yield Phrase(" ".join(pieces), pieces), NEXT_SHARE


def _pieces(query: Query) -> Iterator[tuple[Word, float]]:
    known = {word.keys for word in query.words}
    pieces = dict.fromkeys(piece for word in query.words for piece in word.pieces)
    telling = [piece for piece in pieces if piece not in STOP_WORDS and len(piece) > 1]
    return ((Word(piece, (piece,)), PIECE_SHARE) for piece in telling if (piece,) not in known)


def _counts(chosen: Chosen, kind: str, field: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for view, ids in chosen:
        if not len(ids):
            continue
        mask = np.zeros(view.segment.size, bool)
        mask[ids] = True
        numbers, which, values = view.segment.facet(kind, field)
        often = np.bincount(which[mask[numbers]], minlength=len(values))
        for place in np.flatnonzero(often):
            counts[values[place]] = counts.get(values[place], 0) + int(often[place])
    return counts
