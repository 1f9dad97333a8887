"""How a timeline is shown: days, gaps and phases around its entries and milestones. Pure functions over loaded rows."""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

from kb.lib.instants import zone_letters
from postmortems.durations import HOUR, MINUTE, between, in_words

# The phase that each of these milestones opens; what lies between has the colour of the last one passed.
PHASES = {
    "began": "Condition present, no impact",
    "started": "Unnoticed",
    "detected": "Noticed, not yet mitigated",
    "mitigated": "Mitigated, not yet recovered",
    "recovered": "",
}
GAP = 5 * MINUTE


@dataclass
class Line:
    """One line of the drawn timeline. `kind` is day, gap or moment; a moment has an entry, milestones or both."""

    kind: str
    phase: str
    text: str = ""
    long: bool = False
    at: datetime.datetime | None = None
    clock: str = ""
    until: str = ""
    zone: str = ""
    entry: object = None
    milestones: tuple = ()
    day_line: "Line | None" = None  # on the desk, what stands before a moment is part of it
    gap_line: "Line | None" = None

    @property
    def anchor(self) -> str:
        return (self.entry or self.milestones[0]).anchor


@dataclass(frozen=True)
class Span:
    """A phase with its length in seconds and its place on a bar of 1,000 units."""

    phase: str
    label: str
    text: str
    x: float
    width: float


def lines(entries: Iterable, milestones: Iterable, zone: datetime.tzinfo) -> Iterator[Line]:
    """Days, gaps and moments in order, told in `zone`. Entries come in their own order; milestones sort in by time."""
    phase, day, previous = "", None, None
    for entry, marks in _moments(list(entries), list(milestones)):
        row = entry or marks[0]
        local = row.at.astimezone(zone) if row.at else None
        gap = _gap(previous, row)
        if gap:
            yield Line("gap", phase, text=f"{gap[0]} later", long=gap[1])
        if local and (local.date(), letters := zone_letters(local)) != day:
            day = local.date(), letters
            yield Line("day", phase, text=f"{local:%A} {local.day} {local:%B %Y}", at=local, zone=letters)
        phase = next((mark.type for mark in reversed(marks) if mark.type in PHASES), phase)
        yield Line(
            "moment",
            phase,
            at=local,
            clock=clock(row, local),
            until=_until(entry, zone),
            zone=zone_letters(local) if local else "",
            entry=entry,
            milestones=tuple(marks),
        )
        previous = row if row.at else previous


def desk_lines(entries: Iterable, milestones: Iterable, zone: datetime.tzinfo) -> Iterator[Line]:
    """The moments of lines() alone; each carries the day and the gap that stand before it, so that a row can be drawn
    anew by itself."""
    before = {}
    for line in lines(entries, milestones, zone):
        if line.kind == "moment":
            line.day_line, line.gap_line = before.pop("day", None), before.pop("gap", None)
            yield line
        else:
            before[line.kind] = line


def _moments(entries: list, milestones: list) -> Iterator[tuple]:
    """(entry or None, [milestones]): a milestone joins the entry it follows, else the first one at its very time."""
    marks = {id(entry): [] for entry in entries}
    by_pk = {entry.pk: entry for entry in entries}
    by_time = {entry.at: entry for entry in reversed(entries) if entry.at}
    alone = []
    for mark in sorted(milestones, key=_when):
        home = by_pk.get(mark.entry_id) or by_time.get(mark.at)
        marks[id(home)].append(mark) if home else alone.append(mark)
    for entry in entries:
        while entry.at and alone and alone[0].at and alone[0].at < entry.at:
            yield None, [alone.pop(0)]
        yield entry, marks[id(entry)]
    yield from ((None, [mark]) for mark in alone)


def _when(row) -> tuple:
    return (row.at is None, row.at or datetime.datetime.min)


def _gap(previous, row) -> tuple[str, bool] | None:
    length = between(previous, row)
    if length is None or length[0] < GAP:
        return None
    seconds, unit = length
    return in_words(seconds, max(unit, MINUTE)), seconds >= HOUR


def clock(row, local: datetime.datetime | None) -> str:
    """`14:03`, `14:03:22`, `~14:05`, `about 14 h`, nothing where only the day is known."""
    if local is None or row.precision in ("day", "unknown"):
        return ""
    if row.precision == "hour":
        return f"~{local:%H} h" if row.approximate else f"{local:%H} h"
    text = f"{local:%H:%M:%S}" if row.precision == "second" and local.second else f"{local:%H:%M}"
    return f"~{text}" if row.approximate else text


def about(text: str) -> SafeString:
    """A clock(), which is digits and signs of our own, as HTML whose `~` is read out as “about”."""
    if not text.startswith("~"):
        return mark_safe(text)
    return mark_safe(
        f'<span aria-hidden="true" title="about">~</span><span class="visually-hidden">about </span>{text[1:]}'
    )


def _until(entry, zone: datetime.tzinfo) -> str:
    return f"{entry.until.astimezone(zone):%H:%M}" if entry and entry.until else ""


def spans(milestones: Iterable) -> list[Span]:
    """The phases from started to recovered (or resolved) with their share of the whole; [] where two are missing."""
    times = {mark.type: mark for mark in milestones if mark.at}
    if "recovered" not in times and "resolved" in times:
        times["recovered"] = times["resolved"]
    known = [(name, times[name]) for name in ("started", "detected", "mitigated", "recovered") if name in times]
    pairs = [(name, between(mark, after)) for (name, mark), (_, after) in zip(known, known[1:], strict=False)]
    if len(known) < 2 or known[0][0] != "started" or not all(length for _, length in pairs):
        return []
    whole = sum(length[0] for _, length in pairs) or 1
    found, x = [], 0.0
    for name, (seconds, unit) in pairs:
        width = 1000 * seconds / whole
        found.append(Span(name, PHASES[name], in_words(seconds, unit), round(x, 1), round(width, 1)))
        x += width
    return found
