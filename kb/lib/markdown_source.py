"""Markdown as people write it, made ready for Python-Markdown, line by line and outside fenced code.

Python-Markdown wants a blank line before a list and four spaces per level; people (and CommonMark) want
neither. So a blank line is put before a list that follows a paragraph, and list items are indented anew.
Comments (<!-- … -->) that begin a line are left out of what is shown.
"""

import re
from dataclasses import dataclass, field

FENCE = re.compile(r"\s*(?:>\s?)*\s*(?:(?:[-*+]|\d{1,9}[.)])\s+)?(`{3,}|~{3,})")
ITEM = re.compile(r"(\s*)([-*+]|\d{1,9}[.)])(?:\s+(?=\S)|\s*$)")
RULE = re.compile(r"\s{0,3}([-*_])(?:\s*\1){2,}\s*$")
ATTRIBUTES = re.compile(r"\s*\{:[^{}]*\}\s*")  # what kramdown hangs on the block above: nothing to read
STEP = 4


@dataclass
class Lists:
    """The open list items: for each level the column of its marker and of its text."""

    levels: list[tuple[int, int]] = field(default_factory=list)
    kinds: dict[int, bool] = field(default_factory=dict)
    in_paragraph: bool = False  # a paragraph of its own stands in an item: a blank line before the next

    def enter(self, column: int, text: int) -> int:
        """Note an item whose marker stands at a column; returns its level from 0."""
        while self.levels and column < self.levels[-1][1] and not self._first_child(column):
            self.levels.pop()
        self.levels.append((column, text))
        return len(self.levels) - 1

    def changes_kind(self, level: int, numbered: bool) -> bool:
        """Whether an item at a level begins another list than the one open there; notes its kind."""
        was = self.kinds.get(level)
        self.kinds = {key: kind for key, kind in self.kinds.items() if key < level} | {level: numbered}
        return was is not None and was != numbered

    def _first_child(self, column: int) -> bool:
        """Whether it is nested by at least two columns although less than the text of its parent."""
        return column >= self.levels[-1][0] + 2

    def level_of(self, column: int) -> int:
        """How many levels a line that is no item belongs under."""
        return sum(column > marker for marker, _ in self.levels)


def prepare(text: str) -> str:
    """The text with lists and comments as Python-Markdown understands them; linear in its length."""
    out: list[str] = []
    lists, fence, fence_shift = Lists(), "", 0
    for line in without_comments(text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4).split("\n")):
        if fence:
            out.append(_shift(line, fence_shift))
            if _closes(line, fence):
                fence = ""
                out.append("")
            continue
        if ATTRIBUTES.fullmatch(line):
            continue
        opening = FENCE.match(line)
        before = len(line)
        line = _place(line, lists, out)
        if opening:
            fence, fence_shift = opening.group(1), len(line) - before
            if out and out[-1] and not ITEM.match(line) and not line.lstrip().startswith(">"):
                out.append("")
        out.append(line)
    return "\n".join(out)


def _place(line: str, lists: Lists, out: list[str]) -> str:
    """One line outside fences with its new indentation; may put a blank line before it."""
    if not line.strip():
        return ""
    item = None if RULE.match(line) else ITEM.match(line)
    column = len(line) - len(line.lstrip())
    if item and (lists.levels or column < STEP):
        return _item(line, item, lists, out)
    if not lists.levels:
        return line
    if column == 0 and (not out or not out[-1]):
        lists.levels.clear()
        return line
    level = lists.level_of(column)
    if not level:
        if line.startswith(("#", ">", "|")):
            lists.levels.clear()
            out.append("")
        return line
    text_column = lists.levels[level - 1][1]
    lists.in_paragraph = not out or not out[-1] or lists.in_paragraph
    return " " * (STEP * level + max(0, column - text_column)) + line.lstrip()


def _item(line: str, item: re.Match, lists: Lists, out: list[str]) -> str:
    marker = item.group(2).replace(")", ".")
    is_first = not lists.levels
    if is_first and out and out[-1] and marker not in "-*+" and marker != "1.":
        return line  # a line of a paragraph that begins with a number, as "2019. A year …"
    level = lists.enter(len(item.group(1)), item.end())
    if is_first:
        lists.kinds.clear()
    changes = lists.changes_kind(level, marker not in "-*+")
    if (is_first or changes or lists.in_paragraph) and out and out[-1]:
        out.append("")
    lists.in_paragraph = False
    return " " * (STEP * level) + marker + " " + line[item.end() :]


def _closes(line: str, fence: str) -> bool:
    bare = line.strip().lstrip("> ").strip()
    return len(bare) >= len(fence) and not bare.strip(fence[0])


def _shift(line: str, by: int) -> str:
    """A line of fenced code moved as its fence was, so that it stays inside its list item."""
    if by >= 0:
        return " " * by + line
    return line[min(-by, len(line) - len(line.lstrip())) :]


def without_comments(lines: list[str]) -> list[str]:
    """The lines without the comments that begin a line; an unclosed comment stays as text."""
    closings = [number for number, line in enumerate(lines) if "-->" in line]
    out, skip_to, fence = [], -1, ""
    for number, line in enumerate(lines):
        if number <= skip_to:
            if number == skip_to:
                out.append(line.split("-->", 1)[1])
            continue
        opening = FENCE.match(line)
        if fence:
            fence = "" if _closes(line, fence) else fence
        elif opening:
            fence = opening.group(1)
        elif line.lstrip().startswith("<!--"):
            while closings and closings[0] < number:
                closings.pop(0)
            if closings and closings[0] == number:
                line = line.split("-->", 1)[1]
            elif closings:
                skip_to = closings[0]
                continue
        out.append(line)
    return out
