"""The sections of a report: headings, and bold labels that stand for headings (“- **Context**:”, “**Impact**”)."""

import re
from dataclasses import dataclass, field

from postmortems.importing.reports.blocks import Block
from postmortems.importing.reports.headings import kind_of, plain_words
from postmortems.importing.reports.stamps import Stamp, read_stamp

LABEL = re.compile(r"^(\*\*|__)(?P<words>[^*_\n]{2,60}?)\s*:?\s*\1\s*(?P<colon>:?)\s*(?P<rest>.*)$", re.DOTALL)
# Below “Action items”, what other words group the actions by (Detection, Mitigation); these are sections of their own.
KEEP = {"timeline", "lessons", "background", "went_well", "went_poorly", "lucky"}
INHERITED = {"other", "summary"}  # sections whose kind says nothing of the sections below them


@dataclass
class Section:
    """A section and its own blocks, without those of the sections below it. `inline`: what stood behind its label."""

    line: int
    heading: str
    kind: str
    level: int
    parent: "Section | None" = None
    blocks: list[Block] = field(default_factory=list)
    inline: str = ""
    own_kind: bool = True  # told by its own words, not by the section it stands in

    def is_in(self, kind: str) -> bool:
        """Whether it, or a section it stands in, is of the kind."""
        return self.kind == kind or (self.parent is not None and self.parent.is_in(kind))

    @property
    def chain(self) -> list["Section"]:
        """It and the sections it stands in, the innermost first."""
        return [self, *(self.parent.chain if self.parent else [])]


@dataclass
class Outline:
    """`preface`: blocks before the first section; `title`: the heading that names the document, or None."""

    title: Block | None
    preface: Section
    sections: list[Section]

    @property
    def all(self) -> list[Section]:
        return [self.preface, *self.sections]


def outline(blocks: list[Block], *, titled: bool = False) -> Outline:
    """The sections of these blocks. `titled`: the front matter holds the title already."""
    title = _title(blocks, titled)
    events = _event_headings(blocks, title)
    walk = _Walk(titled)
    labels = _label_sections(blocks)
    for block in blocks:
        if block is title:
            continue
        if block.kind == "heading" and block.line not in events:
            walk.open_heading(block)
        elif block.line in labels:
            walk.open_label(block, labels[block.line])
        else:
            walk.current.blocks.append(block)
    return Outline(title, walk.preface, walk.sections)


class _Walk:
    def __init__(self, titled: bool):
        self.preface = Section(0, "", "other", 0, own_kind=False)
        self.current, self.sections = self.preface, []

    def open_heading(self, block: Block) -> None:
        parent = self.current
        while parent is not self.preface and parent.level >= block.level:
            parent = parent.parent or self.preface
        parent = None if parent is self.preface else parent
        self._open(Section(block.line, block.text, kind_of(block.text), block.level, parent))

    def open_label(self, block: Block, label: re.Match) -> None:
        parent = self.current
        while parent is not self.preface and parent.level >= 7:
            parent = parent.parent or self.preface
        parent = None if parent is self.preface else parent
        words = label["words"].strip()
        section = Section(block.line, words, kind_of(words), 7, parent, inline=label["rest"].strip())
        self._open(section)

    def _open(self, section: Section) -> None:
        above = section.parent
        if above and above.kind == "action_items" and section.kind not in KEEP:
            section.own_kind = section.kind == "action_items"
            section.kind = "action_items"
        elif section.kind == "other":
            section.own_kind = False
            if above and above.kind not in INHERITED and above.kind != "timeline":
                section.kind = above.kind
        self.sections.append(section)
        self.current = section


def _title(blocks: list[Block], titled: bool) -> Block | None:
    """The first heading, if it does not name a kind of section, or is the one of its level above others."""
    headings = [block for block in blocks if block.kind == "heading"]
    if not headings:
        return None
    first = headings[0]
    deeper = [heading for heading in headings[1:] if heading.level > first.level]
    if first.level > 2 or (titled and first.level > 1):
        return None
    kind = kind_of(first.text)
    if kind == "other":
        return first if first.level == 1 or not titled else None
    exact = len(plain_words(first.text).split()) <= 2
    alone = all(heading.level > first.level for heading in headings[1:]) and len(deeper) > 1
    return first if alone and not exact else None


def _event_headings(blocks: list[Block], title: Block | None) -> set[int]:
    """Lines of headings that are events or days of a timeline (### 10:55) and open no section."""
    found: set[int] = set()
    headings = [block for block in blocks if block.kind == "heading" and block is not title]
    stamps = {block.line: event_stamp(block) for block in headings}
    clocks = sum(1 for stamp in stamps.values() if stamp and stamp.clock)
    inside, level = False, 0
    for block in headings:
        stamp = stamps[block.line]
        if stamp and (inside or (stamp.clock and clocks > 1)):
            found.add(block.line)
        elif kind_of(block.text) == "timeline":
            inside, level = True, block.level
        elif block.level <= level:
            inside = False
    return found


def event_stamp(block: Block) -> Stamp | None:
    """The time at the beginning of a heading."""
    return read_stamp(block.text, dots=False)


def _label_sections(blocks: list[Block]) -> dict[int, re.Match]:
    """Lines whose bold label opens a section: two or more known labels of one list, or a bold line of its own."""
    found: dict[int, re.Match] = {}
    list_labels: list[tuple[int, re.Match]] = []
    known_section = False
    for block in blocks:
        if block.kind == "heading":
            _keep_known(found, list_labels)
            list_labels = []
            known_section = kind_of(block.text) != "other"
        label = LABEL.match(block.text) if block.kind in ("item", "text") and block.indent == 0 else None
        if not label or (known_section and not (block.kind == "text" and kind_of(label["words"]) == "action_items")):
            continue
        if block.kind == "item" and block.marker[0].isdigit():
            continue
        if block.kind == "item" and (label["colon"] or ":" in block.text[: label.start("rest")] or not label["rest"]):
            list_labels.append((block.line, label))
        elif block.kind == "text" and block.after_blank and _is_label_line(block, label):
            found[block.line] = label
    _keep_known(found, list_labels)
    return found


def _is_label_line(block: Block, label: re.Match) -> bool:
    """**Impact** on a line of its own, or **Impact:** with its text behind it."""
    if kind_of(label["words"]) == "other" or len(label["words"].split()) > 5 or read_stamp(block.text):
        return False
    return not label["rest"] or bool(label["colon"]) or block.text[: label.start("rest")].rstrip("*_ ").endswith(":")


def _keep_known(found: dict[int, re.Match], labels: list[tuple[int, re.Match]]) -> None:
    if sum(kind_of(label["words"]) != "other" for _, label in labels) >= 2:
        found.update(labels)
