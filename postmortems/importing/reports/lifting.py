"""What becomes rows is lifted out of the text; every line that no row holds in full stays where it was.

The guarantee is checked word by word: a line leaves the text only if all its words stand in the fields made of it.
"""

import re
from dataclasses import dataclass, field

from postmortems.importing.reports.actions import Item
from postmortems.importing.reports.blocks import Block
from postmortems.importing.reports.findings import Figure, Finding, figures, findings
from postmortems.importing.reports.headings import kind_of, plain_words
from postmortems.importing.reports.outline import Section
from postmortems.importing.reports.recognize import Recognized, Row

SECTIONS = ("summary", "background", "impact", "detection", "resolution")  # that a postmortem has, too
WORDS = re.compile(r"[^\W_]+")
UNDERLINE = re.compile(r"(?:=+|-{3,})[ \t]*")  # of a heading
MARK = re.compile(r"^\s*(?:#{1,6}\s+|[-*+•–]\s+|\d{1,3}[.)]\s+)?(?:\[[ xX]?\]\s+)?|<br\s*/?>|✅|☑️?|✔️?")
LONGEST = 100_000  # characters of a row's text


@dataclass
class Lifted:
    """`sections`: (kind, title, text) of what stayed text; the rest: what became rows."""

    recognized: Recognized
    rows: list[Row]
    items: list[Item]
    findings: list[Finding]
    figures: list[Figure]
    sections: list[tuple[str, str, str]] = field(default_factory=list)


def lift(
    recognized: Recognized, lines: list[str], first: int, drop: set[int], without: frozenset[int] = frozenset()
) -> Lifted:
    """`lines` of the file from line `first` on; `drop`: numbers of those that are kept elsewhere (the title);
    `without`: lines whose part shall stay text."""

    def wanted(parts):
        return [part for part in parts if part.line not in without]

    rows = [row for row in wanted(recognized.rows) if row.text.strip() and len(row.text) <= LONGEST]
    items = [item for item in wanted(recognized.items) if len(item.text) <= LONGEST]
    told = wanted(one for section in recognized.outline.all for one in findings(section))
    counted = wanted(one for section in recognized.outline.all for one in figures(section))
    gone = set(drop)
    for row in rows:
        gone |= _held(row.blocks, f"{row.text} {row.moment.typed}", lines, first)
    for item in items:
        gone |= _held(item.blocks, item_text(item) + f" {item.owner} {item.due} {item.ticket}", lines, first)
    for one in told:
        gone |= _held(one.blocks, one.text, lines, first)
    gone |= _table_heads(recognized, gone)
    text = _Text(recognized, lines, first, gone)
    return Lifted(recognized, rows, items, told, counted, text.sections())


def item_text(item: Item) -> str:
    """The statement of an action: its words, what stands below it, and the heading it stood under."""
    parts = [item.text]
    for block in item.blocks[1:] if item.blocks and item.blocks[0].line == item.line else item.blocks:
        mark = f"{' ' * max(0, block.indent - item.blocks[0].indent - 2)}{block.marker} " if block.marker else ""
        body = block.whole if block.kind != "code" else "\n".join([block.text, *(t for _, t in block.more), "```"])
        parts.append(("" if block.kind == "item" else "\n") + mark + body)
    if item.blocks and item.blocks[0].kind == "cells":
        known = {item.text, item.owner or "", item.due or "", item.ticket or ""}
        cells = zip(item.blocks[0].header or [""] * 99, item.blocks[0].cells, strict=False)
        parts += [f"\n{name}: {cell}".strip(": ") for name, cell in cells if cell and cell not in known]
    text = "\n".join(parts).strip()
    groups = [section.heading for section in _groups(item)]
    group = " · ".join(part.strip(" :*_#") for part in [*reversed(groups), *([item.group] if item.group else [])])
    return f"**{group}**: {text}" if group else text


def _groups(item: Item) -> list[Section]:
    """The headings between the item and “Action items”, from the inside out; they would be lost otherwise."""
    chain = item.section.chain if item.section else []
    return [s for s in chain if s.line != item.line and s.parent is not None and s.parent.is_in("action_items")]


def _held(blocks: list[Block], held: str, lines: list[str], first: int) -> set[int]:
    """The lines of the blocks whose every word is in `held`."""
    words = set(WORDS.findall(held.lower()))
    numbers = {n for block in blocks for n in range(block.line, block.end + 1)}
    return {n for n in numbers if set(WORDS.findall(MARK.sub("", lines[n - first]).lower())) <= words}


def _table_heads(recognized: Recognized, gone: set[int]) -> set[int]:
    """The header and delimiter of tables that have become rows to the last."""
    tables: dict[int, list[Block]] = {}
    for section in recognized.outline.all:
        for block in section.blocks:
            if block.kind == "cells" and block.header_line:
                tables.setdefault(block.header_line, []).append(block)
    empty = [line for line, rows in tables.items() if all(row.line in gone for row in rows)]
    return {n for line in empty for n in (line, line + 1)}


class _Text:
    """The text that is left, as sections of a postmortem."""

    def __init__(self, recognized: Recognized, lines: list[str], first: int, gone: set[int]):
        self.lines, self.first, self.gone = lines, first, gone
        self.outline = recognized.outline.sections
        below = [(s.line + 1, lines[s.line + 1 - first : s.line + 2 - first]) for s in self.outline]
        self.underlines = {n for n, text in below if text and UNDERLINE.fullmatch(text[0])}

    def sections(self) -> list[tuple[str, str, str]]:
        """Each known section once under its own name, all else as the narrative, which comes where it begins."""
        out: list[list] = []
        taken: set[str] = set()
        for kind, title, start, end in self._spans(taken):
            text = self._text(start, end)
            if not text:
                continue
            if kind == "narrative" and (before := next((one for one in out if one[0] == "narrative"), None)):
                before[2] += f"\n\n{text}"
            else:
                out.append([kind, title, text])
        return [(kind, title, text) for kind, title, text in out]

    def _spans(self, taken: set[str]):
        """(kind, title, first line, line behind the last) over the whole text."""
        last = self.first + len(self.lines)
        start = self.first
        for section in self.outline:
            own = section.kind in SECTIONS and section.own_kind and section.level < 7 and section.kind not in taken
            if not own or section.line < start or any(above.kind == "action_items" for above in section.chain[1:]):
                continue
            end = next((s.line for s in self.outline if s.line > section.line and s.level <= section.level), last)
            if any(
                s.level > section.level and s.own_kind and s.kind != section.kind and s.kind != "other"
                for s in self.outline
                if section.line < s.line < end
            ):
                continue  # other kinds stand below it
            taken.add(section.kind)
            yield "narrative", "", start, section.line
            title = "" if plain_words(section.heading) == section.kind else section.heading[:120]
            yield section.kind, title, section.line + 1 + (section.line + 1 in self.underlines), end
            start = end
        yield "narrative", "", start, last

    def _text(self, start: int, end: int) -> str:
        """The lines that are left, without headings that have nothing left below them."""
        kept = [n for n in range(start, end) if n not in self.gone]
        headings = {s.line: s for s in self.outline}
        out: list[int] = []
        for n in reversed(kept):
            section = headings.get(n)
            if n in self.underlines:
                continue
            if section is not None and section.level < 7 and self._is_empty(n, out, section):
                continue
            out += [n + 1, n] if n + 1 in self.underlines else [n]
        text = "\n".join(self.lines[n - self.first] for n in reversed(out))
        return re.sub(r"\n{3,}", "\n\n", text).strip("\n") if text.strip() else ""

    def _is_empty(self, line: int, below: list[int], section) -> bool:
        """A heading whose lines all became rows, and whose words name just that."""
        end = next(
            (s.line for s in self.outline if s.line > line and s.level <= section.level), self.first + len(self.lines)
        )
        lifted = any(n in self.gone for n in range(line + 1, end))
        left = any(line < n < end and self.lines[n - self.first].strip() for n in below)
        return lifted and not left and (kind_of(section.heading) != "other" or section.kind == "action_items")
