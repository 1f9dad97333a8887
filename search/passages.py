"""Which part of a document matched, and the words around it with the matches marked.

The text comes from the sheets kept in the database, for the few documents shown; the index stores none. Escape first,
mark after. Cost: about 0.1 ms per document, since only the words that begin like one of the query's are analysed.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import accumulate, groupby, pairwise
from unicodedata import normalize

from django.utils.safestring import SafeString, mark_safe

from kb.lib.plain_text import mark_bidi
from search.analysis import RUN, STOP_WORDS, composed, expand
from search.atoms import Phrase, Prefix, Word
from search.query import Query
from search.sheet import Sheet

WINDOW = 240  # characters of a passage
LABELS = {
    "title": "Title",
    "takeaway": "Takeaway",
    "summary": "Summary",
    "impact": "Impact",
    "timeline": "Timeline",
    "perspectives": "Perspective",
    "questions": "Question",
    "factors": "Factor",
    "countermeasures": "Countermeasure",
    "learnings": "Learning",
    "observations": "Observation",
    "narrative": "Report",
    "evidence": "Evidence",
}
SPACE = re.compile(r"\s")
NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
APOSTROPHES = ("'", "’")  # left out of words, which may then begin otherwise


@dataclass(frozen=True)
class Passage:
    """A piece of one part: its label for people, its address, its HTML with <mark>."""

    part: str
    label: str
    url: str
    html: SafeString


class Marker:
    """Finds a query's words in texts."""

    def __init__(self, query: Query):
        self.parts = query.parts
        tokens: set[str] = set()
        starts: list[str] = []
        for atom in query.spoken():
            match atom:
                case Word():
                    tokens.update(atom.keys)
                    tokens.update(p for p in atom.pieces if len(p) > 2 and not p.isdigit())
                case Phrase():
                    tokens.update(atom.pieces)
                case Prefix():
                    starts.append(atom.start)
        self._known: dict[str, str] = {}
        self.tokens = frozenset(tokens - STOP_WORDS or tokens)
        self.starts = tuple(starts)
        self._hints = tuple({*map(_hint, self.tokens), *starts, *APOSTROPHES}) if self.tokens or starts else ()

    def places(self, text: str) -> list[tuple[int, int, str]]:
        """(start, end, what matched) of every run that holds a token of the query, in order."""
        runs = self._likely(text) if text.isascii() or _folds_in_place(text) else RUN.finditer(text)
        return sorted((run.start(), run.end(), token) for run in runs if (token := self._held(run.group())))

    def _likely(self, text: str) -> Iterator[re.Match]:
        """The runs that might hold one: of the words between two spaces in which a piece begins like a token."""
        folded, seen = text.casefold(), set()
        for hint in self._hints:
            stop, at = 0, folded.find(hint)
            while at >= 0:
                if _is_inside(text, at):
                    at = folded.find(hint, at + 1)
                    continue
                start, stop = _around(text, at, stop)
                if start not in seen:
                    seen.add(start)
                    yield from RUN.finditer(text, start, stop)
                at = folded.find(hint, stop)

    def _held(self, run: str) -> str:
        known = self._known.get(run)  # a page repeats its words: looking up is ten times quicker than analysing
        if known is None:
            known = self._known[run] = self._analysed(run)
        return known

    def _analysed(self, run: str) -> str:
        for tokens in expand(run):
            for token in tokens:
                if token in self.tokens or (self.starts and token.startswith(self.starts)):
                    return token
        return ""

    def marked(self, text: str) -> SafeString:
        """The whole text as HTML with its matches marked."""
        text = composed(text)
        return _html(text, self.places(text), 0, len(text))

    def passages(self, sheet: Sheet, most: int = 3) -> list[Passage]:
        """The best passage of each of the parts that matched most, at most so many parts.

        Title and takeaway are shown anyway and are not among them.
        """
        places = self.places(sheet.text)
        if not places:
            return list(self._labels(sheet))[:most]
        lines = sheet.text.split("\n")
        starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
        best: dict[str, tuple[int, int, list]] = {}
        for number, found in groupby(places, key=lambda place: bisect_right(starts, place[0]) - 1):
            part = sheet.lines[number][0]
            if self.parts and part not in self.parts:
                continue
            held = [(start - starts[number], end - starts[number], token) for start, end, token in found]
            different = len({token for *_, token in held})
            if different > best.get(part, (0,))[0]:
                best[part] = different, number, held
        ranked = sorted(best.values(), key=lambda found: -found[0])[:most]
        quoted = [self._quoted(sheet, lines[number], number, held) for _, number, held in ranked]
        return quoted or list(self._labels(sheet))[:most]

    def _quoted(self, sheet: Sheet, line: str, number: int, held: list) -> Passage:
        part, anchor = sheet.lines[number]
        url = f"{sheet.url}#{anchor}" if anchor else sheet.url
        return Passage(part, LABELS.get(part, part.capitalize()), url, self._excerpt(line, held))

    def _labels(self, sheet: Sheet) -> Iterator[Passage]:
        """What matched where no text did: a service, a tag, a team, a theme."""
        if self.parts or self.places(sheet.title) or self.places(sheet.takeaway):
            return
        for field, held in sheet.labels.items():
            if values := [value for value in held if self.places(value)]:
                html = self.marked(", ".join(values))
                yield Passage("labels", field.capitalize(), sheet.url, html)

    def _excerpt(self, text: str, places: list[tuple[int, int, str]]) -> SafeString:
        """The window that holds the most different matches, cut at words."""
        start, stop = _best_window(places)
        slack = max(0, WINDOW - (stop - start)) // 2
        start = max(0, min(start - slack, len(text) - WINDOW))
        stop = min(len(text), max(stop + slack, start + WINDOW))
        if start:
            start = text.find(" ", start, start + 30) + 1 or start
        if stop < len(text):
            last = max(end for a, end, _ in places if start <= a < stop)
            stop = max(text.rfind(" ", stop - 30, stop), last)
        before, after = "… " if start else "", " …" if stop < len(text) else ""
        return mark_safe(before + _html(text, places, start, stop) + after)  # noqa: S308


def _hint(token: str) -> str:
    """What every spelling of a stem begins with: the last letter is the one stemming changes."""
    return token[:-1] if len(token) > 3 else token[:2]


def _best_window(places: list[tuple[int, int, str]]) -> tuple[int, int]:
    best, chosen, last = 0, places[0][:2], 0
    for first, (start, _, _) in enumerate(places[:200]):
        last = max(last, first)
        while last + 1 < len(places) and places[last + 1][1] - start <= WINDOW:
            last += 1
        different = len({token for *_, token in places[first : last + 1]})
        if different > best:
            best, chosen = different, (start, places[last][1])
    return chosen


def _is_inside(text: str, at: int) -> bool:
    """Whether no piece of a word can begin here: in ASCII, after a letter or digit, only a capital begins one."""
    here, before = text[at], text[at - 1] if at else " "
    return before.isalnum() and here.isalnum() and (before + here).isascii() and not here.isupper()


def _around(text: str, at: int, least: int) -> tuple[int, int]:
    """Where the words begin and end that stand at a place without space between them; not before `least`."""
    start = at
    while start > least and not text[start - 1].isspace():
        start -= 1
    space = SPACE.search(text, at)
    return start, space.start() if space else len(text)


def _folds_in_place(text: str) -> bool:
    """Whether casefolding leaves each character in its place and makes of it what the analysis does."""
    return all(map(_folds_alone, set("".join(NOT_ASCII.findall(text)))))


@lru_cache(maxsize=4096)
def _folds_alone(character: str) -> bool:
    folded = character.casefold()
    return len(folded) == 1 and (not character.isalnum() or normalize("NFKC", character).casefold() == folded)


def _html(text: str, places: list[tuple[int, int, str]], start: int, stop: int) -> SafeString:
    inside = [(a, b) for a, b, _ in places if start <= a and b <= stop]
    edges = [start, *(edge for place in inside for edge in place), stop]
    pieces = [escape(text[a:b]) for a, b in pairwise(edges)]
    pieces[1::2] = [f"<mark>{piece}</mark>" for piece in pieces[1::2]]
    return mark_safe(mark_bidi("".join(pieces)))  # noqa: S308 - every piece is escaped above
