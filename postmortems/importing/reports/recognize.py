"""`recognize()`: a report as its team wrote it → what of it is structure. Pure: text in, Recognized out, no Django.

Every part names the line it stands on in the file. What is not recognized is not lost: the importer keeps the text.
"""

import datetime
import re
from dataclasses import dataclass, field

from postmortems.importing.reports.actions import Item, action_items, is_story, lists_anything
from postmortems.importing.reports.blocks import Block, read_blocks
from postmortems.importing.reports.dating import Dates, dates_of, implied_zone, mentions, stated_zone
from postmortems.importing.reports.milestones import labelled, said_by
from postmortems.importing.reports.moments import Clockwork, Moment, zone_told
from postmortems.importing.reports.outline import Outline, Section, outline
from postmortems.importing.reports.placeholders import is_unfilled_heading
from postmortems.importing.reports.stamps import DATE, day_of
from postmortems.importing.reports.timeline import Found, events

MATTER = re.compile(r"\s*(---|\+\+\+)[ \t]*\n(.*?)^(?:\1|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE)
MATTER_TIMES = {"start_time": "started", "started_at": "started", "end_time": "recovered", "detected_at": "detected",
                "resolved_at": "resolved", "mitigated_at": "mitigated", "declared_at": "declared"}  # fmt: skip
DEFINITION = re.compile(r"^ {0,3}\[([^\]]+)\]:\s*<?(\S+?)>?\s*$", re.MULTILINE)
APPROXIMATE = re.compile(r"\btimes? (?:are |is )?(?:all )?approx|approximat(?:e|ions)\b", re.I)


@dataclass(frozen=True)
class Row:
    """An event of the timeline: where it stands, when it was, what it says."""

    line: int
    moment: Moment
    text: str
    blocks: list[Block] = field(default_factory=list, repr=False)
    section: Section | None = None


@dataclass(frozen=True)
class Mark:
    """A milestone: where it stands, which, when; `row` if it is an event of the timeline too."""

    line: int
    type: str
    moment: Moment
    row: Row | None = None


@dataclass
class Recognized:
    """What was recognized; `outline` has the sections with all blocks that they hold."""

    rows: list[Row]
    items: list[Item]
    sections: list[Section]
    milestones: list[Mark]
    outline: Outline
    dates: Dates
    zone: str = ""  # of most of its times, as an IANA name or offset; "" where the report names none

    def due_of(self, item: Item) -> datetime.date | None:
        """The day an item is due."""
        match = DATE.search(item.due) if item.due else None
        return self.dates.resolve(day_of(match)) if match else None

    def as_json(self) -> dict:
        """What `import_postmortems --parts --json` prints for a file, without its path."""
        return {
            "timeline": [
                {"line": row.line, "at": row.moment.at_iso, "until": row.moment.until_iso,
                 "precision": row.moment.precision, "text": row.text}
                for row in self.rows if row.moment.at
            ],
            "action_items": [
                {"line": item.line, "text": item.text, "owner": item.owner,
                 "due": due.isoformat() if (due := self.due_of(item)) else None,
                 "done": bool(item.done), "ticket": item.ticket}
                for item in self.items
            ],
            "sections": [
                {"line": section.line, "heading": section.heading, "kind": section.kind} for section in self.sections
            ],
            "milestones": [
                {"line": mark.line, "at": mark.moment.at_iso, "type": mark.type}
                for mark in self.milestones if mark.moment.at
            ],
        }  # fmt: skip


def recognize(text: str, name: str = "") -> Recognized:
    """What the report `text` of the file `name` holds. About 2 ms for a report of 100 lines; linear in its length."""
    matter = MATTER.match(text)
    matter = matter if matter and ":" in matter[2] or matter and "=" in matter[2] else None
    first = text.count("\n", 0, matter.end()) + 1 if matter else 1
    lines = text.split("\n")[first - 1 :] if matter else text.split("\n")
    if matter and lines:
        lines[0] = ""
    blocks = read_blocks(lines, first)
    titled = bool(matter and re.search(r"^title\s*[:=]", matter[2], re.MULTILINE))
    plan = outline(blocks, titled=titled)
    return _Report(text, name, matter, plan).recognized()


class _Report:
    """One document between its blocks and what is recognized in it."""

    def __init__(self, text: str, name: str, matter: re.Match | None, plan: Outline):
        self.text, self.plan, self.matter = text, plan, matter
        self.found = [(section, rows) for section in plan.all if (rows := events(section))]
        for section, _ in self.found:
            self._becomes_timeline(section)
        for section in plan.sections:
            if section.kind == "action_items" and is_story(section):
                section.kind = "resolution"
        self.sections = [section for section, _ in self.found]
        self.timelines = self.sections + [s for s in plan.sections if s.kind == "timeline" and s not in self.sections]
        self.dates = self._dates(name)

    def _becomes_timeline(self, section: Section) -> None:
        if section.kind in ("other", "background") and section in self.plan.sections:
            section.kind = "timeline"

    def _dates(self, name: str) -> Dates:
        title = self.plan.title.text if self.plan.title else ""
        if self.matter and (told := re.search(r"^title\s*[:=](.*)$", self.matter[2], re.MULTILINE)):
            title = f"{told[1]}\n{title}"
        summary = [s for s in self.plan.all if s.kind == "summary"] or [self.plan.preface, *self.plan.sections[:1]]
        preface = "\n".join(block.text for block in self.plan.preface.blocks[:12])
        said = "\n".join(block.whole for s in summary for block in s.blocks if block.kind in ("text", "item"))
        stem = re.sub(r"\.\w+$", "", name.rsplit("/", 1)[-1])
        return dates_of(
            intro="\n".join(t for s in self.timelines for t in paragraphs(s) if stated_zone(t) or _about_days(t)),
            headings="\n".join(h.heading for s in self.timelines for h in s.chain),
            title=title,
            summary=f"{said}\n{preface}",
            name=re.sub(r"(?<!\d)(20\d\d)(\d\d)(\d\d)(?!\d)", r"\1-\2-\3", stem),
            matter="\n".join(re.findall(r"^(?:date|start_time|incident_date|created)\s*[:=].*", self._matter, re.M)),
            body=self.text,
        )

    @property
    def _matter(self) -> str:
        return self.matter[2] if self.matter else ""

    def recognized(self) -> Recognized:
        marks = self._labelled()
        taken = {line for line, _ in marks}
        rows = self._rows(taken)
        references = {label.lower(): url for label, url in DEFINITION.findall(self.text)}
        lists = lists_anything(self.plan.sections)
        items = [item for s in self.plan.sections for item in action_items(s, references, lists)]
        zones = [row.moment.zone for row in rows if row.moment.zone]
        zone = max(zones, key=zones.count, default="")
        milestones = self._milestones(marks, rows)
        sections = [s for s in self.plan.sections if not is_unfilled_heading(s.heading)]
        return Recognized(rows, items, sections, milestones, self.plan, self.dates, zone)

    def _clockwork(self, found: list[Found], zone: str) -> Clockwork:
        approximate = any(
            APPROXIMATE.search(text) for f in found[:1] for text in [f.section.heading, *paragraphs(f.section)]
        )
        stamps = [f.stamp for f in found if f.stamp and f.stamp.clock]
        halves = any(stamp.clock.half for stamp in stamps)
        return Clockwork(self.dates, zone, approximate, halves)

    def _rows(self, taken: set[int]) -> list[Row]:
        statements = [text for section in self.plan.all for text in paragraphs(section)]
        fallback = implied_zone(self.text)
        rows, day, before = [], None, None
        for section, found in self.found:
            told = [f.stamp.zone for f in found if f.stamp and f.stamp.zone]
            alone = told[0] if told and len(set(told)) == 1 else fallback
            clock = self._clockwork(found, zone_told(found[0], statements, alone))
            clock.day, clock.before = self._opening_day(section) or day, before
            for one in found:
                if one.line in taken:
                    continue
                if one.day_only:
                    clock.open_day(one)
                    continue
                rows.append(Row(one.line, clock.moment(one), whole_text(one), one.blocks, section))
            day, before = clock.day, clock.before
        return rows

    def _opening_day(self, section: Section) -> datetime.date | None:
        """A day that the section's own headings or sentences name."""
        texts = [text for text in paragraphs(section) if stated_zone(text) or _about_days(text)]
        for text in [*texts, *(above.heading for above in section.chain)]:
            for day in mentions(text):
                if found := self.dates.resolve(day):
                    return found
        return None

    def _labelled(self) -> list[tuple[int, tuple]]:
        """Lines that are nothing but a label and a time: (line, (section, Labelled))."""
        out = []
        for section in self.plan.all:
            for block in section.blocks:
                if block.kind not in ("item", "text", "cells") or section.is_in("action_items"):
                    continue
                text = " ".join(block.cells[:2]) if block.kind == "cells" else block.text
                if mark := labelled(block.line, text):
                    out.append((block.line, (section, mark)))
            if section.level == 7 and (mark := labelled(section.line, f"{section.heading} {section.inline}")):
                out.append((section.line, (section, mark)))
        return out

    def _milestones(self, marks: list[tuple[int, tuple]], rows: list[Row]) -> list[Mark]:
        """One of each type: of the front matter, then labels with a time, then events that say so."""
        found: dict[str, Mark] = {mark.type: mark for mark in reversed(self._matter_marks())}
        statements = [text for section in self.plan.all for text in paragraphs(section)]
        for _, (section, mark) in marks:
            holder = Found(mark.line, mark.stamp, "", section)
            zone = zone_told(holder, statements, implied_zone(self.text))
            moment = self._clockwork([holder], zone).moment(holder)
            if moment.at:
                found.setdefault(mark.type, Mark(mark.line, mark.type, moment))
        for row in rows:
            kind = said_by(row.text) if row.moment.at and row.moment.precision != "day" else None
            if kind:
                found.setdefault(kind, Mark(row.line, kind, row.moment, row))
        return sorted(found.values(), key=lambda mark: mark.line)

    def _matter_marks(self) -> list[Mark]:
        marks = []
        for number, line in enumerate(self.text[: self.matter.end()].split("\n") if self.matter else [], 1):
            name, _, value = line.partition(":")
            kind = MATTER_TIMES.get(name.strip().lower())
            if kind and (at := _instant(value.strip().strip("'\""))):
                marks.append(Mark(number, kind, at))
        return marks


def _instant(value: str) -> Moment | None:
    try:
        at = datetime.datetime.fromisoformat(value)
    except ValueError:
        return None
    offset = f"{at:%z}"
    zone = "" if not offset else "UTC" if offset == "+0000" else f"{offset[:3]}:{offset[3:5]}"
    precision = "day" if not (at.hour or at.minute or at.second) else "second" if at.second else "minute"
    return Moment(at.replace(tzinfo=None), zone=zone, precision=precision, typed=value)


def paragraphs(section: Section) -> list[str]:
    """The section's lines of text, joined to paragraphs."""
    out: list[list[str]] = []
    for block in section.blocks:
        if block.kind == "text" and out and not block.after_blank:
            out[-1].append(block.text)
        elif block.kind == "text":
            out.append([block.text])
    return [" ".join(lines) for lines in out]


def _about_days(paragraph: str) -> bool:
    return bool(
        re.search(
            r"\b(?:all|events?|times?|dates?|everything)\b[^.]{0,60}\b(?:on|happened|occurred)\b", paragraph, re.I
        )
    )


def whole_text(found: Found) -> str:
    """The text of an event with all lines that belong to it."""
    first, rest = found.blocks[0], found.blocks[1:]
    parts, last = [found.text], first
    for block in rest:
        gap = "\n\n" if block.after_blank or block.kind != last.kind else "\n"
        text = block.whole
        if block.kind == "item":
            text = f"{' ' * max(0, block.indent - first.indent - 2)}{block.marker} {text}"
        elif block.kind == "code":
            text = "\n".join([block.text, *(line for _, line in block.more), block.text[: block.text.count("`") or 3]])
        elif block.kind == "cells":
            text = block.text
        parts.append(gap + text)
        last = block
    return "".join(parts).strip()
