"""The events of a report: rows of tables, list items, headings, lines of text or of logs that begin with a time."""

import functools
import re
from dataclasses import dataclass, field
from itertools import zip_longest

from postmortems.importing.reports.blocks import Block
from postmortems.importing.reports.outline import Section, event_stamp
from postmortems.importing.reports.placeholders import MACHINE, is_placeholder, unbraced
from postmortems.importing.reports.stamps import PROSE, WEEKDAY, Stamp, read_stamp

# Sections in which times are listed for another reason: how long it lasted, what has to be done by when.
NEVER = {"impact", "action_items", "went_well", "went_poorly", "lucky", "lessons", "contributing_factors"}
TIME_HEADER = re.compile(r"\b(?:time|date|day|when|timestamp|utc|hour|from|start(?:ed)?|at)\b", re.I)
END_HEADER = re.compile(r"^\W*(?:until|to|end(?:ed)?|end time|finish(?:ed)?)\W*$", re.I)
WEEKDAY_CELL = re.compile(rf"\s*{WEEKDAY}\s*$", re.I)
SPEAKER = re.compile(
    r"^>?\s*[*_]*(?P<who>@?[A-Za-z][\w .'()-]{0,30}?)[*_]*\s{0,3}[\[(]?\s*"
    r"(?=\d{1,2}[:.]\d\d)(?P<at>.{4,12}?)\s*[\])]?:?\s*$"
)


@dataclass
class Found:
    """An event as it stands there: its line, its Stamp and its text; `blocks` hold every line that became part of it.
    `day_only` opens a day: the rows behind it are of that day, and it is no event itself."""

    line: int
    stamp: Stamp | None
    text: str
    section: Section
    blocks: list[Block] = field(default_factory=list)
    day_only: bool = False
    header: str = ""  # words above its column of times


def events(section: Section) -> list[Found]:
    """The events of one section's own blocks, in the order of the document; [] where it holds none."""
    if section.is_in("timeline"):
        rows = _Walk(section).read()
        return rows or _logged(section)
    if section.kind in NEVER or section.is_in("action_items"):
        return []
    rows = [row for row in _Walk(section).read() if not row.day_only]
    stamped = [row for row in rows if row.stamp and (row.stamp.clock or row.stamp.day)]
    marks = sum(block.kind in ("item", "cells") and block.indent <= _least(section) for block in section.blocks)
    clear = [row for row in stamped if row.stamp.clock]
    enough = len(clear) >= 3 or (len(clear) >= 2 and all(row.stamp.day for row in clear)) or _event_heads(section) > 1
    return rows if enough and len(stamped) * 2 >= marks else []


def _least(section: Section) -> int:
    return min((block.indent for block in section.blocks if block.kind == "item"), default=0)


def _event_heads(section: Section) -> int:
    return sum(block.kind == "heading" for block in section.blocks)


class _Walk:
    """One pass over the blocks of a section; what begins with no time belongs to the event before it."""

    def __init__(self, section: Section):
        self.section, self.current = section, None
        self.out: list[Found] = []
        self.loose: list[Block] = []  # since the last event, perhaps its

    def read(self) -> list[Found]:
        blocks = self.section.blocks
        for block, behind in zip_longest(blocks, blocks[1:]):
            taken = getattr(self, f"_{block.kind}")(block, behind)
            if not taken and self.current is not None:
                self._belongs(block)
        return self.out

    def _add(self, block: Block, stamp: Stamp | None, text: str, **more) -> bool:
        self.current = Found(block.line, stamp, text, self.section, [block], **more)
        self.out.append(self.current)
        self.loose = []
        return True

    def _belongs(self, block: Block) -> None:
        """Under a heading all is its; behind a row of a list what is further right, quoted, or pasted in between."""
        first = self.current.blocks[0]
        inner = block.kind != "cells" and (
            block.indent > first.indent or block.kind == "code" or block.text.startswith((">", "![", "<img"))
        )
        flowing = first.kind == "text" and block.kind in ("text", "item") and not block.after_blank
        if first.kind == "heading" or flowing or (first.kind != "cells" and inner):
            self.current.blocks.extend([*self.loose, block])
            self.loose = []
        else:
            self.loose.append(block)

    def _rule(self, block: Block, behind: Block | None) -> bool:
        self.current = None
        return True

    def _code(self, block: Block, behind: Block | None) -> bool:
        return False

    def _heading(self, block: Block, behind: Block | None) -> bool:
        stamp = event_stamp(block)
        if not stamp or MACHINE.search(stamp.typed):
            return False
        text = unbraced(stamp.rest)
        return self._add(block, stamp, text, day_only=stamp.is_day and not _has_prose(text, behind))

    def _item(self, block: Block, behind: Block | None) -> bool:
        return self._stamped(block, behind)

    def _text(self, block: Block, behind: Block | None) -> bool:
        if self._stamped(block, behind):
            return True
        may = self.section.is_in("timeline") and block.after_blank and not self._under_heading()
        speaker = SPEAKER.match(block.text) if may else None
        stamp = read_stamp(speaker["at"]) if speaker else None
        return bool(stamp and stamp.clock) and self._add(block, stamp, f"{speaker['who'].strip()}:")

    def _under_heading(self) -> bool:
        """Whether this is the text below a heading that is an event itself."""
        return self.current is not None and self.current.blocks[0].kind == "heading" and not self.current.day_only

    def _is_prose(self, block: Block, stamp: Stamp) -> bool:
        """“On 24 April the team …”: a sentence; events only where several paragraphs of the section begin so."""
        if not PROSE.match(block.text) or block.kind != "text":
            return self._under_heading() and block.kind == "text" and bool(stamp.clock) and not self._day_heading()
        told = self.section.is_in("timeline") and block.after_blank and not self._under_heading()
        return not told or self._sentences < 2

    @functools.cached_property
    def _sentences(self) -> int:
        """How many paragraphs begin with a time in words."""
        texts = [b.text for b in self.section.blocks if b.kind == "text" and b.after_blank and PROSE.match(b.text)]
        return sum(read_stamp(text) is not None for text in texts)

    def _day_heading(self) -> bool:
        return self.current is not None and self.current.stamp is not None and self.current.stamp.is_day

    def _stamped(self, block: Block, behind: Block | None) -> bool:
        stamp = read_stamp(block.text)
        if not stamp or MACHINE.search(block.text) or self._is_prose(block, stamp):
            return False
        nested = block.kind == "item" and self.current and block.indent > self.current.blocks[0].indent
        if nested and stamp.is_day and self.current.blocks[0].kind == "item" and not self.current.day_only:
            return False  # a bullet below an event that happens to begin with a day
        text = "\n".join([stamp.rest, *(line for _, line in block.more)]).strip("\n")
        if stamp.is_day and not text.strip(" :*_"):
            return self._add(block, stamp, "", day_only=not _has_prose("", behind))
        if is_placeholder(text) and text.strip():
            return False
        return self._add(block, stamp, text)

    def _cells(self, block: Block, behind: Block | None) -> bool:
        times, texts, header = _columns(block)
        said = [cell for cell in texts if cell.strip()]
        told = " ".join(cell for cell in times if cell.strip())
        stamp = read_stamp(told) if told else None
        if not said or (len(said) == 1 and is_placeholder(said[0])) or MACHINE.search(block.text):
            return False
        if stamp is None and (told or not self.out):
            return False  # “2022-02-?? ??:??”, a stray line of the table
        text = "\n\n".join(said)
        if stamp and stamp.rest:
            text = f"{stamp.rest}\n\n{text}"
        return self._add(block, stamp, text, header=header)


def _columns(block: Block) -> tuple[list[str], list[str], str]:
    """(cells of the time, other cells, the headings above the time) of a table's row."""
    cells, header = block.cells, block.header
    named = [i for i, name in enumerate(header[: len(cells)]) if TIME_HEADER.search(name) and len(name.split()) < 6]
    told = [i for i in named if not cells[i].strip() or read_stamp(cells[i]) or WEEKDAY_CELL.match(cells[i])]
    if not any(cells[i].strip() for i in told):
        lead = []
        for i, cell in enumerate(cells[:4]):
            if not (read_stamp(cell) or WEEKDAY_CELL.match(cell)):
                break
            lead.append(i)
        told = lead or named[:1]
    ends = [i for i, name in enumerate(header[: len(cells)]) if END_HEADER.match(name) and read_stamp(cells[i])]
    times = [cells[i] for i in told if i not in ends]
    if ends and times:
        times.append(f"- {cells[ends[0]]}")
    rest = [cell for i, cell in enumerate(cells) if i not in told and i not in ends]
    return times, rest, " ".join(header[i] for i in told if i < len(header))


def _has_prose(text: str, behind: Block | None) -> bool:
    """Whether a day is an event itself: it has a text, or text stands behind it before anything that has a time."""
    if text.strip(" :*_-"):
        event = event_stamp(behind) if behind is not None and behind.kind == "heading" else None
        return event is None or event.clock is None
    if behind is None or behind.kind in ("heading", "cells", "rule"):
        return False
    return behind.kind not in ("item", "text") or read_stamp(behind.text) is None


def _logged(section: Section) -> list[Found]:
    """A timeline that is a pasted log: a code block, most of whose lines begin with a time."""
    rows = []
    for block in section.blocks:
        if block.kind != "code":
            continue
        lines = [(number, line, read_stamp(line)) for number, line in block.more if line.strip()]
        stamped = [line for line in lines if line[2] and line[2].clock]
        if len(stamped) < 2 or len(stamped) * 2 < len(lines):
            continue
        for number, line, stamp in lines:
            part = Block("text", number, text=line.strip(), end=number)
            if stamp and stamp.clock:
                rows.append(Found(number, stamp, stamp.rest, section, [part]))
            elif rows:
                rows[-1].blocks.append(part)
    return rows
