"""A Markdown report → its blocks, each with the line it stands on. Pure and linear; nothing is rendered.

Only what recognition needs: headings, list items, table rows, lines of text, code. Lines count from 1 in the file.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$|h([1-6])\. +(.+)$|<h([1-6])[^>]*>(.+?)</h\5>\s*$")
ITEM = re.compile(r"([ \t]*)(\*\*(?=[ ]\S)|[-*+•–]|\d{1,3}[.)])[ \t]+(.*)$")
TIGHT_ITEM = re.compile(r"()(-)(?=\d{1,4}[-/.]\d{1,2}[-/.])(.*)$")  # a dash that lost its space: -4/25/23
BOX = re.compile(r"\[( |x|X|✓|✔)?\](?:[ \t]+|$)")
DONE_MARK = re.compile(r"(✅|☑️?|✔️?)\s*")
FENCE = re.compile(r"[ \t]*(?:[-*+][ \t]+)?(```+|~~~+)(.*)$")
DELIMITER = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
RULE = re.compile(r" {0,3}(?:(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|(?:\*[ \t]*){3,})$")
CELL_END = re.compile(r"(?<!\\)\|")


@dataclass
class Block:
    """`kind`: heading, item, cells, text, code or rule. `text` is its first line without its mark, `more` the lines
    that continue it; a code block has its lines in `more`. `end` is its last line."""

    kind: str
    line: int
    text: str = ""
    indent: int = 0
    level: int = 0  # of a heading
    marker: str = ""  # of an item
    box: bool | None = None  # of an item with a checkbox: ticked or not
    cells: list[str] = field(default_factory=list)
    header: list[str] = field(default_factory=list)  # of a table's row
    header_line: int = 0
    more: list[tuple[int, str]] = field(default_factory=list)
    after_blank: bool = False
    end: int = 0

    @property
    def whole(self) -> str:
        """Its text with the lines that continue it."""
        return "\n".join([self.text, *(text for _, text in self.more)]).strip("\n")


def indent_of(line: str) -> int:
    """Columns before the first character; a tab goes to the next stop of four."""
    width = 0
    for character in line:
        if character == "\t":
            width += 4 - width % 4
        elif character == " ":
            width += 1
        else:
            break
    return width


def split_cells(line: str) -> list[str]:
    """The cells of a table's line, with or without the outer pipes (Jira's || too)."""
    line = re.sub(r"^\|\||\|\|$", "|", line.strip()).replace("||", "|")
    line = line[1:] if line.startswith("|") else line
    line = line[:-1] if line.endswith("|") and not line.endswith("\\|") else line
    return [cell.strip().replace("\\|", "|") for cell in CELL_END.split(line)]


class _Reader:
    """One walk over the lines."""

    def __init__(self, lines: list[str], first: int):
        self.lines, self.first = lines, first  # lines[0] is line `first` of the file
        self.blocks: list[Block] = []
        self.open: Block | None = None  # an item that the next line may continue
        self.header: tuple[list[str], int] | None = None
        self.blank = True

    def number(self, index: int) -> int:
        return index + self.first

    def add(self, kind: str, index: int, **fields) -> Block:
        block = Block(kind, self.number(index), end=self.number(index), after_blank=self.blank, **fields)
        self.blocks.append(block)
        self.blank = False
        self.open = block if kind == "item" else None
        return block

    def read(self) -> list[Block]:
        index = 0
        while index < len(self.lines):
            index = self._step(index)
        return self.blocks

    def _step(self, index: int) -> int:
        """Take the line at `index`; the next index to look at."""
        line = self.lines[index]
        if not line.strip():
            self.blank, self.header, self.open = True, None, None
            return index + 1
        if line.lstrip().startswith("<!--"):
            return self._comment(index)
        if fence := FENCE.match(line):
            return self._code(index, fence[1])
        if heading := HEADING.match(line):
            level = len(heading[1] or "") or int(heading[3] or heading[5])
            self.header = None
            self.add("heading", index, text=(heading[2] or heading[4] or heading[6] or "").strip(), level=level)
            return index + 1
        if "|" in line and self._cells(index):
            return index + 1
        return self._plain(index, line)

    def _plain(self, index: int, line: str) -> int:
        after = self.lines[index + 1] if index + 1 < len(self.lines) else ""
        if self.blank and not ITEM.match(line) and not line.lstrip().startswith((">", "|")) and indent_of(line) < 4:
            if re.fullmatch(r"=+[ \t]*", after) or re.fullmatch(r"-{3,}[ \t]*", after):
                self.add("heading", index, text=line.strip(), level=1 if after.startswith("=") else 2)
                self.blocks[-1].end += 1
                return index + 2
        if RULE.match(line):
            self.add("rule", index)
            return index + 1
        item = ITEM.match(line) or (TIGHT_ITEM.match(line) if self.blank else None)
        if item:
            self._item(index, item)
        elif self.open is not None:
            self.open.more.append((self.number(index), line.strip()))
            self.open.end = self.number(index)
        else:
            self.add("text", index, text=line.strip(), indent=indent_of(line))
        return index + 1

    def _item(self, index: int, match: re.Match) -> None:
        text, box = match[3], None
        if found := BOX.match(text):
            text, box = text[found.end() :], bool(found[1] and found[1].strip())
        elif found := DONE_MARK.match(text):
            text, box = text[found.end() :], True
        nested = 2 if match[2] == "**" else 0
        indent = indent_of(match[1]) + nested
        self.add("item", index, text=text.strip(), indent=indent, marker=match[2], box=box)

    def _cells(self, index: int) -> bool:
        """A line with pipes: a table's header, delimiter or row. False where it is only text with a pipe in it."""
        line = self.lines[index]
        after = self.lines[index + 1] if index + 1 < len(self.lines) else ""
        if DELIMITER.match(line) and "|" in line:
            return self.header is not None
        starts = line.lstrip().startswith("|")
        if self.header is None and DELIMITER.match(after) and ("|" in after or starts):
            self.header, self.open = (split_cells(line), self.number(index)), None
            return True
        if self.header is None and line.lstrip().startswith("||"):
            self.header, self.open = (split_cells(line), self.number(index)), None
            return True
        if self.header is None and not starts:
            return False
        header, header_line = self.header or ([], 0)
        self.add("cells", index, cells=split_cells(line), header=header, header_line=header_line, text=line.strip())
        return True

    def _code(self, index: int, fence: str) -> int:
        """A fenced block up to its end, or to the end of the text."""
        start, opening = index, re.compile(rf"[ \t]*{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$")
        indent = indent_of(self.lines[index])
        if self.lines[index].strip().count(fence) > 1:  # ```code``` in one line is text
            self.add("text", index, text=self.lines[index].strip(), indent=indent)
            return index + 1
        index += 1
        while index < len(self.lines) and not opening.match(self.lines[index]):
            index += 1
        block = self.add("code", start, text=self.lines[start].strip(), indent=indent)
        block.more = [(self.number(i), self.lines[i]) for i in range(start + 1, min(index, len(self.lines)))]
        block.end = self.number(min(index, len(self.lines) - 1))
        return index + 1

    def _comment(self, index: int) -> int:
        """An HTML comment; what stands behind its end on the line is dropped with it."""
        while index < len(self.lines) and "-->" not in self.lines[index]:
            index += 1
        return index + 1


def read_blocks(lines: list[str], first: int = 1) -> list[Block]:
    """Blocks of the lines, in order; the first of them is line `first` of the file."""
    return _Reader(lines, first).read()


def nested_in(blocks: list[Block], index: int, stop: Callable[[Block], bool] = lambda block: False) -> Iterator[Block]:
    """The blocks that belong to the list item at `index`: what follows it and stands further to the right."""
    owner = blocks[index]
    for block in blocks[index + 1 :]:
        if block.kind in ("heading", "cells", "rule") or block.indent <= owner.indent or stop(block):
            return
        yield block
