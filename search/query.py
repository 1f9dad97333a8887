"""The query language: text → Query; and whether a Query matches a Document, in memory.

    timeout redis            plain words: one is enough, the more a document holds the higher it stands
    "connection pool"        a phrase (or a word), required
    -flaky  -"dry run"  -tag:drill     none of these
    redis OR memcached       either, required
    kube*                    words that begin so, required; from three letters
    service:payments tag: severity: status: team: kind: theme: owner:    filters
    before:2026 after:2025-06-30       by date, UTC; `after` includes the day itself
    in:timeline              the words are looked for in that part only

The same field twice means either value. Whatever is not understood is searched as words and a
note says so: there are no errors. Engines read a Query, never its text.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from search.atoms import Atom, Facet, Group, Phrase, Prefix, Word
from search.document import Document
from search.grammar import read

# More plain words than this and an engine keeps the most telling ones.
MOST_WORDS = 48


@dataclass(frozen=True)
class Query:
    """What is asked for.

    text      as typed
    words     plain words, ranked; a document needs `needed` of them
    required  groups of which a document must hold one atom each
    excluded  atoms of which it may hold none
    parts     where words, phrases and prefixes are looked for; empty = everywhere
    notes     sentences for the person who typed it
    tokens    the pieces of the text, for links that add or take away a filter
    """

    text: str = ""
    words: tuple[Word, ...] = ()
    required: tuple[Group, ...] = ()
    excluded: tuple[Atom, ...] = ()
    parts: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()

    @property
    def needed(self) -> int:
        """How many of the plain words a document must hold."""
        return needed_of(len(self.words))

    @property
    def is_empty(self) -> bool:
        """Asks for everything (filters apart)."""
        return not self.words and not any(True for _ in self.spoken())

    def spoken(self) -> Iterable[Atom]:
        """The atoms that are ranked and highlighted: all that look at text and are wanted."""
        yield from self.words
        for group in self.required:
            yield from (atom for atom in group if isinstance(atom, (Word, Phrase, Prefix)))

    def matches(self, document: Document) -> bool:
        """Whether the document is a hit, exactly as the engine would say; about 0.05 ms once the
        document is analysed. A query longer than MOST_WORDS is judged by its first ones."""
        words = self.words[:MOST_WORDS]
        found = sum(word.held_by(document, self.parts) for word in words)
        return (
            found >= needed_of(len(words))
            and all(any(a.held_by(document, self.parts) for a in group) for group in self.required)
            and not any(atom.held_by(document, self.parts) for atom in self.excluded)
        )

    def narrowed(self, frequency: Callable[[Word], int]) -> "Query":
        """With the MOST_WORDS most telling words: the rarest that occur at all first.

        `frequency` gives the number of (open) documents that hold a word.
        """
        if len(self.words) <= MOST_WORDS:
            return self
        counts = {word: frequency(word) for word in self.words}
        ranked = sorted(self.words, key=lambda word: (counts[word] == 0, counts[word]))
        kept = set(ranked[:MOST_WORDS])
        note = f"The text is long: its {MOST_WORDS} most telling words were searched."
        words = tuple(word for word in self.words if word in kept)
        return replace(self, words=words, notes=(*self.notes, note))

    def toggled(self, field: str, value: str) -> str:
        """The query's text with `field:value` added, or without it where it stands in it."""
        wanted = Facet(field, value)
        kept = [t for t in self.tokens if not _is_filter(t, wanted)]
        if len(kept) == len(self.tokens):
            # In front, where a filter is read even before a pasted text.
            kept.insert(0, f'{field}:"{value}"' if " " in value else f"{field}:{value}")
        return " ".join(kept)

    def filters(self) -> set[tuple[str, str]]:
        """The (field, value) of every filter by a value, wanted or not."""
        atoms = [*self.excluded, *(atom for group in self.required for atom in group)]
        return {(atom.field, atom.value) for atom in atoms if isinstance(atom, Facet)}

    def rewritten(self, moved: dict[tuple[str, str], str]) -> str:
        """The query's text with the present value of each filter that was renamed; `moved` as for `renamed`."""

        def now(token: str) -> str:
            sign = "-" * token.startswith("-")
            field, _, value = token.removeprefix("-").partition(":")
            present = moved.get((field.lower(), value.strip('"').lower()))
            return f"{sign}{field}:{present}" if present else token

        return " ".join(map(now, self.tokens))

    def renamed(self, moved: dict[tuple[str, str], str]) -> "Query":
        """With the present value of each filter whose value was renamed; `moved`: (field, old) → present."""

        def now(atom: Atom) -> Atom:
            is_old = isinstance(atom, Facet) and (atom.field, atom.value) in moved
            return Facet(atom.field, moved[atom.field, atom.value]) if is_old else atom

        required = tuple(tuple(map(now, group)) for group in self.required)
        return replace(self, required=required, excluded=tuple(map(now, self.excluded)))

    def looser(self) -> list[str]:
        """Texts that ask for less, likelier first, at most four: without filters, without quotes
        and signs, then each word alone."""
        words = [word.text for word in self.words]
        spoken = [atom.text for atom in self.spoken()]
        candidates = [" ".join(spoken)] + (sorted(words, key=len, reverse=True) or spoken)
        return [text for text in dict.fromkeys(candidates) if text and text != self.text][:4]


def needed_of(count: int) -> int:
    """One of a few words; two of eight and more, three of a pasted text of twenty and more."""
    return min(count, 1 + (count >= 8) + (count >= 20))


def _is_filter(token: str, wanted: Facet) -> bool:
    name, _, value = token.partition(":")
    return Facet(name.lower(), value.strip('"')) == wanted


def parse(text: str) -> Query:
    """Never fails. Cost: about 5 ms per 10,000 characters."""
    found = read(text)
    return Query(
        text=text,
        words=found.telling_words(),
        required=found.required(),
        excluded=tuple(dict.fromkeys(found.excluded)),
        parts=frozenset(found.parts),
        notes=tuple(found.notes),
        tokens=tuple(found.tokens),
    )
