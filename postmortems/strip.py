"""The strip: an incident drawn to scale on one line, with what a template needs to write it as SVG. Pure functions.

Time runs from left to right at one scale. A stretch without anything in it is cut short where it is longer than all
that is drawn beside it, and outside of the impact already where it takes a quarter of the picture; the line is broken
there and says how long it is. Nothing else is out of scale. Times known only to the day, or not at all, have no place
on it and are counted instead.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from kb.lib.instants import zone_letters
from postmortems.durations import MINUTE, in_words
from postmortems.timeline import PHASES, clock

WIDTH, EDGE, BREAK = 720, 10, 66  # units of the picture: as wide as the column that it stands in, about 1 pixel each
LANE, LETTER, GAP = 17, 6.4, 8  # height of a line of labels, width of a letter, room between two labels
LEAST_CUT = 30 * MINUTE
STEPS = (1, 5, 15, 60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400, 604800)
EXACT = ("second", "minute", "hour")
MOST_ROWS = 40  # of the table, before it keeps to key times and key moments


@dataclass(frozen=True)
class Shape:
    """Something on the strip: from `x`, `width` wide (0: a point), told as `text`; `y` of labels, `end`: their side."""

    x: float
    width: float = 0
    text: str = ""
    y: float = 0
    kind: str = ""
    end: bool = False


@dataclass
class Strip:
    phases: list[Shape] = field(default_factory=list)
    lines: list[Shape] = field(default_factory=list)
    breaks: list[Shape] = field(default_factory=list)
    ticks: list[Shape] = field(default_factory=list)
    spans: list[Shape] = field(default_factory=list)
    dots: list[Shape] = field(default_factory=list)
    marks: list[Shape] = field(default_factory=list)
    rows: list[tuple[str, str, str, object]] = field(default_factory=list)  # (time, from the start, words, entry)
    base: float = 0  # where the line lies
    height: float = 0
    left_out: int = 0


class Scale:
    """Seconds since 1970 → units, with the long empty stretches cut short."""

    def __init__(self, times: list[float], impact: tuple[float, float] | None = None):
        self.times = sorted(set(times))
        self.lengths = [after - before for before, after in pairwise(self.times)]
        first, last = impact or (0, 0)
        outside = {place for place, (a, b) in enumerate(pairwise(self.times)) if b <= first or a >= last}
        self.cut = cut_of(self.lengths, outside if impact else set())
        drawn = sum(length for place, length in enumerate(self.lengths) if place not in self.cut)
        self.unit = (WIDTH - 2 * EDGE - BREAK * len(self.cut)) / drawn if drawn else 0
        self.at = [float(EDGE)]
        for place, length in enumerate(self.lengths):
            self.at.append(self.at[-1] + (BREAK if place in self.cut else length * self.unit))

    def __call__(self, time: float) -> float:
        place = max(i for i, known in enumerate(self.times) if known <= time or i == 0)
        if place in self.cut or place == len(self.lengths):
            return round(self.at[place], 1)
        return round(self.at[place] + (time - self.times[place]) * self.unit, 1)

    def runs(self) -> list[tuple[float, float]]:
        """[(first, last)] of the stretches between the cuts."""
        starts = [self.times[0], *(self.times[place + 1] for place in sorted(self.cut))]
        ends = [*(self.times[place] for place in sorted(self.cut)), self.times[-1]]
        return list(zip(starts, ends, strict=True))


def cut_of(lengths: list[float], outside: set[int] = frozenset()) -> set[int]:
    """Which of the empty stretches are cut; `outside`: those outside of the impact, where less is lost by it."""
    cut, usual = set(), median(lengths)
    while len(cut) < len(lengths) - 1:
        rest = {place: length for place, length in enumerate(lengths) if place not in cut}
        whole = sum(rest.values())
        long = [
            place
            for place, length in rest.items()
            if length >= LEAST_CUT
            and (length > whole / 2 or (place in outside and length > whole / 4 and length > 3 * usual))
        ]
        if not long:
            break
        cut.add(max(long, key=rest.get))
    return cut


def strip_of(entries: Iterable, milestones: Iterable, zone: datetime.tzinfo) -> Strip | None:
    """The strip of what is known to the hour or better; None where that is less than two different moments."""
    entries, milestones = list(entries), list(milestones)
    exact = [row for row in entries if row.at and row.precision in EXACT]
    marks = sorted((row for row in milestones if row.at and row.precision in EXACT), key=lambda row: row.at)
    times = [row.at.timestamp() for row in (*exact, *marks)]
    times += [row.until.timestamp() for row in exact if row.until]
    if len(set(times)) < 2:
        return None
    scale, found = Scale(times, _impact(marks)), Strip(left_out=len(entries) - len(exact))
    lanes = _draw_marks(found, marks, scale)
    found.base = lanes * LANE + 26
    found.height = found.base + 46
    _draw_line(found, scale)
    _draw_phases(found, marks, scale)
    for row in exact:
        x = scale(row.at.timestamp())
        found.dots.append(Shape(x, text=_told(row, zone), kind="key" if row.is_key_moment else ""))
        if row.until and row.until > row.at:
            found.spans.append(Shape(x, round(scale(row.until.timestamp()) - x, 1)))
    found.ticks = _ticks(scale, zone)
    found.rows = _rows(exact, marks, zone)
    return found


def _impact(marks: list) -> tuple[float, float] | None:
    times = {mark.type: mark.at.timestamp() for mark in marks}
    end = times.get("recovered") or times.get("resolved")
    return (times["started"], end) if "started" in times and end else None


def _draw_marks(found: Strip, marks: list, scale: Scale) -> int:
    """The milestones with their names, on as many lanes as they need; returns how many."""
    lanes = []  # where each lane is free from
    for mark in marks:
        x, name = scale(mark.at.timestamp()), mark.get_type_display()
        width = len(name) * LETTER + 2 * GAP
        end = x + width > WIDTH
        first = x - width if end else x
        lane = next((place for place, free in enumerate(lanes) if free <= first), len(lanes))
        lanes[lane : lane + 1] = [x + GAP if end else x + width]
        found.marks.append(Shape(x, text=name, y=lane, kind=mark.type, end=end))
    count = len(lanes)
    found.marks = [Shape(m.x, text=m.text, y=LANE * (count - m.y), kind=m.kind, end=m.end) for m in found.marks]
    return count


def _draw_line(found: Strip, scale: Scale) -> None:
    for first, last in scale.runs():
        found.lines.append(Shape(scale(first), round(scale(last) - scale(first), 1)))
    for place in sorted(scale.cut):
        text = in_words(scale.lengths[place], MINUTE)
        found.breaks.append(Shape(round(scale.at[place] + BREAK / 2, 1), text=text))


def _draw_phases(found: Strip, marks: list, scale: Scale) -> None:
    times = {mark.type: mark.at.timestamp() for mark in marks}
    times.setdefault("recovered", times.get("resolved"))
    known = [(name, times[name]) for name in ("started", "detected", "mitigated", "recovered") if times.get(name)]
    for (name, start), (_, end) in pairwise(known):
        if end > start:
            x = scale(start)
            found.phases.append(Shape(x, round(scale(end) - x, 1), text=PHASES[name], kind=name))


def _ticks(scale: Scale, zone: datetime.tzinfo) -> list[Shape]:
    """Times under the line, no two of them closer than a label is wide; the day where it changes."""
    step = next((step for step in STEPS if step * scale.unit >= 62), STEPS[-1])
    found, day = [], None
    for first, last in scale.runs():
        for time in _round_times(first, last, step, zone):
            x = scale(time)
            if found and x - found[-1].x < 52:
                continue
            local = datetime.datetime.fromtimestamp(time, zone)
            text = f"{local:%H:%M:%S}" if step < 60 else f"{local:%H:%M}"
            new_day = f"{local.day} {local:%b}" if local.date() != day else ""
            day = local.date()
            found.append(Shape(x, text=text, kind=new_day, end=x > WIDTH - 24))
    return found


def _round_times(first: float, last: float, step: int, zone: datetime.tzinfo) -> list[float]:
    """Moments on the round of the clock within a run, and its own beginning where there are none near it."""
    start = datetime.datetime.fromtimestamp(first, zone)
    offset = start.utcoffset().total_seconds()
    begin = (int((first + offset) // step) + 1) * step - offset
    return [first, *[begin + n * step for n in range(int(max(last - begin, -1) // step) + 1)]]


def _rows(exact: list, marks: list, zone: datetime.tzinfo) -> list[tuple]:
    """The table: (time, how long from the start of impact, name of the milestone, entry), in order."""
    start = next((mark.at for mark in marks if mark.type == "started"), None)
    told = exact if len(exact) <= MOST_ROWS else [row for row in exact if row.is_key_moment]
    rows = sorted([(mark.at, 0, mark) for mark in marks] + [(row.at, 1, row) for row in told], key=lambda row: row[:2])
    return [
        (_told(row, zone), _from_start(row.at, start), "" if kind else row.get_type_display(), row if kind else None)
        for at, kind, row in rows
    ]


def _from_start(at: datetime.datetime, start: datetime.datetime | None) -> str:
    if start is None:
        return ""
    seconds = (at - start).total_seconds()
    sign = "−" if seconds < 0 else "+"
    return f"{sign}{in_words(abs(seconds), MINUTE)}" if abs(seconds) >= MINUTE else "0"


def _told(row, zone: datetime.tzinfo) -> str:
    local = row.at.astimezone(zone)
    return f"{local.day} {local:%b %Y} {clock(row, local)} {zone_letters(local)}"
