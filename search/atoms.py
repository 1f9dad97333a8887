"""The smallest questions a query asks, and their answers for one document in memory.

Engines answer the same questions from their index; a contract test holds both to the same result.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from search.analysis import Words, expand
from search.document import Document

Parts = frozenset[str]
NAMES = re.compile(r"[./:@\\]")


@dataclass(frozen=True)
class Word:
    """A word as typed. It is held by a document that has one of `keys` as a token (the stem, or
    the whole identifier), or, for an identifier, its base tokens side by side."""

    text: str
    keys: tuple[str, ...]
    pieces: tuple[str, ...] = ()

    @classmethod
    def of(cls, run: str) -> "Word":
        base, wholes, _ = expand(run)
        if len(base) < 2:
            return cls(run, base)
        # A report may say SocketTimeoutException where the log says java.net.SocketTimeoutException.
        last = NAMES.split(run)[-1]
        keys = dict.fromkeys((*wholes[:1], *(expand(last).wholes[:1] if last.isalnum() else ())))
        return cls(run, tuple(keys), base)

    def held_by(self, document: Document, parts: Parts) -> bool:
        if not parts and any(key in document.analysis.weights for key in self.keys):
            return True
        return any(
            any(key in words.base or key in words.wholes for key in self.keys)
            or bool(self.pieces and _adjacent(words.base, self.pieces))
            for words in _sections(document, parts)
        )


@dataclass(frozen=True)
class Phrase:
    """Base tokens side by side within one section."""

    text: str
    pieces: tuple[str, ...]

    def held_by(self, document: Document, parts: Parts) -> bool:
        return any(_adjacent(words.base, self.pieces) for words in _sections(document, parts))


@dataclass(frozen=True)
class Prefix:
    """Any token, as written or as stem, that begins with `start` (casefolded, ≥ 3 letters)."""

    text: str
    start: str

    def held_by(self, document: Document, parts: Parts) -> bool:
        return any(
            token.startswith(self.start)
            for words in _sections(document, parts)
            for token in (*words.base, *words.wholes, *words.forms)
        )


@dataclass(frozen=True)
class Facet:
    """`field:value`; compared casefolded, spaces as hyphens ("Card Gateway" is card-gateway)."""

    field: str
    value: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", facet_value(self.value))

    def held_by(self, document: Document, parts: Parts) -> bool:
        values = document.facets.get(self.field, ())
        return any(facet_value(value) == self.value for value in values)


@dataclass(frozen=True)
class Period:
    """start ≤ when < end; None is open. Aware, UTC."""

    start: datetime | None
    end: datetime | None

    def held_by(self, document: Document, parts: Parts) -> bool:
        return (self.start is None or document.when >= self.start) and (self.end is None or document.when < self.end)


Atom = Word | Phrase | Prefix | Facet | Period
Group = tuple[Atom, ...]


def facet_value(value: str) -> str:
    """The form in which facet values are compared and indexed."""
    return "-".join(value.casefold().split())


def _sections(document: Document, parts: Parts) -> Iterator[Words]:
    sections = document.analysis.sections
    return (words for words in sections if not parts or words.part in parts)


def _adjacent(base: tuple[str, ...], pieces: tuple[str, ...]) -> bool:
    first, size = pieces[0], len(pieces)
    return any(token == first and base[i : i + size] == pieces for i, token in enumerate(base))
