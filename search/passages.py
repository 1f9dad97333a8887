"""Which part of a document matched, and the words around it with the matches marked.

The text comes from the database for the few documents shown; the index stores none. Escape first,
mark after. Cost: about 1 ms per 10,000 characters.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from kb.lib.plain_text import mark_bidi
from search.analysis import RUN, SPOKEN_FACETS, STOP_WORDS, composed, expand
from search.atoms import Phrase, Prefix, Word
from search.document import Document
from search.query import Query

WINDOW = 240  # characters of a passage
LONGEST_SCANNED = 30_000  # characters of one section that are looked at
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
}
LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
MARKUP = re.compile(r"^[#>|\s:-]+|(?<!\w)[*_~`]+|[*_~`]+(?!\w)|[*`~|]+", re.M)
SPACE = re.compile(r"\s+")


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
        self._hint = re.compile("|".join(re.escape(_hint(t)) for t in (*self.tokens, *starts)), re.I)

    def places(self, text: str) -> list[tuple[int, int, str]]:
        """(start, end, what matched) of every run that holds a token of the query."""
        found = []
        # Most sections hold nothing; one regex tells, in plain ASCII where it cannot be mistaken.
        if text.isascii() and not self._hint.search(text):
            return found
        for run in RUN.finditer(text, 0, LONGEST_SCANNED):
            if token := self._held(run.group()):
                found.append((run.start(), run.end(), token))
        return found

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

    def passages(self, document: Document, most: int = 3) -> list[Passage]:
        """The best passage of each of the parts that matched most, at most so many parts.

        Title and takeaway are shown anyway and are not among them.
        """
        best: dict[str, tuple[int, Passage]] = {}
        for section in document.sections:
            if section.part == "takeaway" or (self.parts and section.part not in self.parts):
                continue
            if section.text.isascii() and not self._hint.search(section.text):
                continue
            text = plain(section.text)
            places = self.places(text)
            different = len({token for *_, token in places})
            if different > best.get(section.part, (0, None))[0]:
                url = f"{document.url}#{section.anchor}" if section.anchor else document.url
                label = LABELS.get(section.part, section.part.capitalize())
                best[section.part] = different, Passage(section.part, label, url, self._excerpt(text, places))
        ranked = sorted(best.values(), key=lambda pair: -pair[0])
        return [passage for _, passage in ranked[:most]] or list(self._labels(document))[:most]

    def _labels(self, document: Document) -> Iterator[Passage]:
        """What matched where no text did: a service, a tag, a team, a theme."""
        if self.parts or self.places(document.title) or self.places(document.takeaway):
            return
        for field in SPOKEN_FACETS:
            if values := [value for value in document.facets.get(field, ()) if self.places(value)]:
                html = self.marked(", ".join(values))
                yield Passage("labels", field.capitalize(), document.url, html)

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


def plain(text: str) -> str:
    """Markdown source without its signs, on one line."""
    return SPACE.sub(" ", MARKUP.sub("", LINK.sub(r"\1", composed(text)))).strip()


def _html(text: str, places: list[tuple[int, int, str]], start: int, stop: int) -> SafeString:
    inside = [(a, b) for a, b, _ in places if start <= a and b <= stop]
    edges = [start, *(edge for place in inside for edge in place), stop]
    pieces = [escape(text[a:b]) for a, b in pairwise(edges)]
    pieces[1::2] = [f"<mark>{piece}</mark>" for piece in pieces[1::2]]
    return mark_safe(mark_bidi("".join(pieces)))  # noqa: S308 - every piece is escaped above
