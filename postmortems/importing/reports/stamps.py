"""A time at the beginning of a line, as people write it → Stamp. Pure patterns: which day or year is meant is
decided in dating.py, since a line alone cannot know.

    2022-07-07 08:58 | 2021-06-02 - 17:53 UTC: | Dec 16th **12:43** | ~13:30-13:45 | 10/22/2022 - | 9:06a | 15.26
"""

import datetime
import functools
import re
from dataclasses import dataclass, replace

from kb.lib import instants, zones

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
WEEKDAY = r"(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?\b\.?"
ABOUT = r"(?:~|≈|\bca\.?(?=[\s\d])|\bcirca\b|\babout\b|\baround\b|\bapprox(?:imately)?\b\.?|\broughly\b|\baprox\b\.?)"
YEAR = r"(?:1[89]|20)\d{2}"
# Years one digit too long or too short are slips of the hand (20202, 202); the dating mends them.
DATE = re.compile(
    rf"""(?P<iso>(?P<iy>\d{{4,5}})[-/.](?P<im>\d{{1,2}})[-/.](?P<id>\d{{1,2}}))(?![\d/])
    | (?P<num>(?P<na>\d{{1,2}})(?P<sep>[-/.])(?P<nb>\d{{1,2}})(?P=sep)(?P<ny>\d{{2,5}}))(?!\d|:\d)
    | (?P<mon>(?P<mm>{MONTH})\s*(?P<md>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])(?:(?:\s*,\s*|\s+)(?P<my>{YEAR})(?!\d|:\d))?)
    | (?P<day>(?P<dd>\d{{1,2}})(?:st|nd|rd|th)?(?:\.|\s+of)?[\s-]*(?P<dm>{MONTH})(?:[\s,-]+(?P<dy>{YEAR})(?!\d|:\d))?)
    | (?P<compact>(?P<cy>{YEAR})(?P<cm>0[1-9]|1[0-2])(?P<cd>0[1-9]|[12]\d|3[01]))(?=[T\s]\d|$)
    | (?P<short>(?P<sa>\d{{1,2}})/(?P<sb>\d{{1,2}}))(?=[\s,]+\d{{1,2}}[:.]\d\d)""",
    re.VERBOSE | re.IGNORECASE,
)
TIME = re.compile(
    r"""(?P<h>[01]?\d|2[0-4])(?P<sep>[:h.])(?P<m>[0-5]\d)
        (?:[:.](?P<s>[0-5]\d)(?:[.,]\d{1,9})?)?(?![\d%])(?!\.\d)(?:\s?(?P<ap>[ap])\.?m\b\.?|(?P<ap3>[ap])(?![a-z.]))?
    | (?P<h2>1[0-2]|0?[1-9])\s?(?P<ap2>[ap])\.?m\b\.?
    | (?P<mh>[01]\d|2[0-3])(?P<mm>[0-5]\d)(?=\s?(?:Z\b|UTC|GMT|hrs?\b|hours\b))(?:\s?(?:hrs?|hours)\b)?
    | (?P<xh>[01]?\d|2[0-4]):(?:[Xx]{2}|\?\?)
    | (?P<word>noon|midday|midnight)\b""",
    re.VERBOSE | re.IGNORECASE,
)
BARE = re.compile(r"([01]\d|2[0-3])([0-5]\d)(?=\s*[:|–-]|\s*$)")  # 1625, behind a date
CITY = re.compile(r"\s+([A-Z][a-z]+(?:[ _][A-Z][a-z]+)?)(?: (?:local )?time)?(?=\s*[-–:|)\]])")
ZONE = re.compile(rf"[\s,]*[(\[]?\s*(?P<zone>{zones.IN_TEXT}|(?:Pacific|Eastern|Central|Mountain)(?: Time)?)\s*[)\]]?")
Z = re.compile(r"Z(?![A-Za-z0-9])")
PROSE = re.compile(r"[\s*_`~(]*(?:between|from|on|at|by|since|as of|the|around|about)\b", re.I)
OPENING = re.compile(rf"(?:[\s*_`~(\[<\"'{{]|{WEEKDAY},?|{ABOUT}|\b(?:between|from|on|at|by|since|as of|the)\b)+", re.I)
JOIN = re.compile(rf"(?:[\s,|*_`~@([{{]|T(?=\d)|\bat\b|\bon\b|\bbetween\b|\bfrom\b|{WEEKDAY}|{ABOUT})*", re.I)
DASH = re.compile(r"\s*[-–—:]+\s*(?=[~\d(*`])")
RANGE = re.compile(r"[\s*_`)\]]*(?:-+>?|–|—|→|=>|\bto\b|\buntil\b|\btill?\b|\band\b|\bthrough\b)[\s*_`(\[]*", re.I)
OPEN_END = re.compile(r"(?:\?+(?::\?+)?|\d{1,2}:\?+|[Hh]{2}:[Mm]{2}|now\b|ongoing\b)")
PLACEHOLDER = re.compile(r"\s*(?:\d{1,2}:\?\?|\?\?:\?\?|[Hh]{2}[:.][Mm]{2})")
MARKS = re.compile(r"\*\*|__|~~|[*_`]")


@dataclass(frozen=True)
class Day:
    """Numbers of a date as written. `order`: "?" where day and month could be exchanged; year None: not said."""

    year: int | None
    month: int
    day: int
    order: str = "ymd"


@dataclass(frozen=True)
class Clock:
    """A time of day. `half`: a, p or "" as written; `second` None: not said; `only_hour`: told as 5pm;
    `padded`: written as 06:10, as only a clock of 24 hours does."""

    hour: int
    minute: int = 0
    second: int | None = None
    half: str = ""
    only_hour: bool = False
    padded: bool = False


@dataclass(frozen=True)
class Stamp:
    """What a line says of its time; None for what it does not say. `zone` as typed; `about`: said to be approximate."""

    day: Day | None = None
    clock: Clock | None = None
    zone: str = ""
    until_day: Day | None = None
    until: Clock | None = None
    about: bool = False
    typed: str = ""
    rest: str = ""

    @property
    def is_day(self) -> bool:
        return self.day is not None and self.clock is None


def day_of(match: re.Match) -> Day:
    """The Day of a match of DATE."""
    if match["iso"]:
        return Day(int(match["iy"]), int(match["im"]), int(match["id"]))
    if match["compact"]:
        return Day(int(match["cy"]), int(match["cm"]), int(match["cd"]))
    if match["num"]:
        year = int(match["ny"]) + (2000 if len(match["ny"]) == 2 else 0)
        return Day(year, int(match["na"]), int(match["nb"]), "." if match["sep"] == "." else "?")
    if match["short"]:
        return Day(None, int(match["sa"]), int(match["sb"]), "?")
    name, number, year = ("mm", "md", "my") if match["mon"] else ("dm", "dd", "dy")
    month = MONTHS.index(match[name][:3].lower()) + 1
    return Day(int(match[year]) if match[year] else None, month, int(match[number]))


def _valid(day: Day) -> bool:
    def fits(month, number):
        try:
            datetime.date(2024, month, number)
        except ValueError:
            return False
        return True

    return fits(day.month, day.day) or (day.order != "ymd" and fits(day.day, day.month))


def _clock(match: re.Match) -> Clock:
    if match["word"]:
        return Clock(0 if match["word"].lower() == "midnight" else 12)
    if match["h2"]:
        return Clock(int(match["h2"]), half=match["ap2"].lower(), only_hour=True)
    if match["xh"]:
        return Clock(int(match["xh"]), only_hour=True, padded=True)
    if match["mh"]:
        return Clock(int(match["mh"]), int(match["mm"]))
    second = int(match["s"]) if match["s"] else None
    return Clock(
        int(match["h"]),
        int(match["m"]),
        second,
        (match["ap"] or match["ap3"] or "").lower(),
        padded=match["h"].startswith("0"),
    )


@functools.cache
def cities() -> dict[str, str]:
    """{city: IANA name} of the cities that zones are named after: Denver, New_York."""
    names = [
        name for name in instants.zone_names() if "/" in name and not name.startswith(("Etc/", "posix/", "right/"))
    ]
    return {name.rsplit("/", 1)[1]: name for name in sorted(names, reverse=True)}


class _Cursor:
    def __init__(self, text: str):
        self.text, self.at, self.about = text, 0, False

    def take(self, pattern: re.Pattern) -> re.Match | None:
        match = pattern.match(self.text, self.at)
        if match:
            self.at = match.end()
        return match

    def skip(self, pattern: re.Pattern) -> None:
        match = pattern.match(self.text, self.at)
        if match and match.group():
            self.about = self.about or bool(re.search(ABOUT.replace("~", "(?<!~)~(?!~)"), match.group(), re.I))
            self.at = match.end()

    def date(self) -> Day | None:
        match = DATE.match(self.text, self.at)
        day = day_of(match) if match else None
        if day is None or not _valid(day):
            return None
        self.at = match.end()
        return day

    def time(self, dots: bool) -> Clock | None:
        match = TIME.match(self.text, self.at)
        if match is None and (bare := BARE.match(self.text, self.at)) and self.at and DATE.search(self.text[: self.at]):
            self.at = bare.end()
            return Clock(int(bare[1]), int(bare[2]), padded=True)
        if not match or (match["sep"] == "." and not (match["ap"] or match["ap3"]) and not dots):
            return None
        if match["sep"] == "." and not re.match(r"[\s:*_`)\]|,–—-]|$", self.text[match.end() :]):
            return None
        self.at = match.end()
        return _clock(match)

    def zone(self) -> str:
        match = self.take(Z) or ZONE.match(self.text, self.at)
        if not match:
            city = CITY.match(self.text, self.at)
            if city is None or city[1].replace(" ", "_") not in cities():
                return ""
            self.at = city.end()
            return city[1]
        self.at = max(self.at, match.end())
        told = match["zone"] if "zone" in match.re.groupindex else "Z"
        alias = re.compile(r"\s*(?:/\s*[A-Z]{2,5}\b|[(\[](?:UTC|GMT)[+-]\d[\d:]*[)\]])").match(self.text, self.at)
        self.at = alias.end() if alias else self.at
        return told


def read_stamp(text: str, *, dots: bool = True) -> Stamp | None:
    """The time that `text` begins with, or None. `dots`: 11.13 may be a time. `rest` is what stands behind it."""
    cursor = _Cursor(text[:300])
    cursor.skip(OPENING)
    start = cursor.at
    day = cursor.date()
    if day:
        _between(cursor)
    clock = cursor.time(dots)
    if not clock and day is None:
        return None
    stamp = Stamp(day=day, clock=clock)
    if clock:
        stamp = replace(stamp, zone=cursor.zone())
        if day is None:
            stamp = _day_behind(cursor, stamp)
    elif day is not None:
        cursor.at = _end_of_day(cursor, text, start)
        cursor.take(PLACEHOLDER)
    stamp = _range(cursor, stamp, dots)
    if stamp.clock and not stamp.zone:
        stamp = replace(stamp, zone=cursor.zone())
    cursor.skip(re.compile(r"~(?!~)"))
    if stamp.clock:
        cursor.take(re.compile(r"\s*\(approx[^)]*\)", re.I))
    typed = MARKS.sub("", text[: cursor.at]).strip(" \t([{<\"',:-")[:120]
    return replace(stamp, about=cursor.about, typed=typed, rest=_rest(text, cursor.at))


def _between(cursor: _Cursor) -> None:
    """From a date to its time: a space, a comma, “at”, or a dash with a time behind it."""
    here = cursor.at
    cursor.skip(JOIN)
    cursor.take(DASH)
    cursor.skip(JOIN)
    if not TIME.match(cursor.text, cursor.at) and not BARE.match(cursor.text, cursor.at):
        cursor.at = here


def _end_of_day(cursor: _Cursor, text: str, start: int) -> int:
    match = DATE.match(cursor.text, start)
    return match.end() if match else cursor.at


def _day_behind(cursor: _Cursor, stamp: Stamp) -> Stamp:
    """A date behind the time: 14:03 UTC, 2 March 2026; 12:45 PM 7/5/2023."""
    here = cursor.at
    cursor.take(re.compile(r"[\s,]*(?:\bon\b)?[\s,(]*" + f"(?:{WEEKDAY},?\\s*)?", re.I))
    day = cursor.date()
    if day is None or (day.year is None and cursor.text[here : here + 1] not in ", "):
        cursor.at = here
        return stamp
    return replace(stamp, day=day, zone=stamp.zone or cursor.zone())


def _range(cursor: _Cursor, stamp: Stamp, dots: bool) -> Stamp:
    """The end of a span: -13:45, – 2023-07-16 09:00, to 2 pm, -58 (seconds), -12:?? (not known)."""
    here = cursor.at
    if not cursor.take(RANGE):
        return stamp
    cursor.skip(re.compile(f"(?:{ABOUT}|~)\\s*", re.I))
    if stamp.clock and cursor.take(OPEN_END):
        return stamp
    day = cursor.date()
    if day and stamp.clock:
        _between(cursor)
    clock = cursor.time(dots) if stamp.clock else None
    if clock is None and day is None:
        seconds = re.compile(r"([0-5]\d)(?![\d:.])").match(cursor.text, cursor.at)
        if not (stamp.clock and stamp.clock.second is not None and seconds):
            cursor.at = here
            return stamp
        cursor.at, clock = seconds.end(), replace(stamp.clock, second=int(seconds[1]))
    begins = stamp.clock
    if clock and clock.half and begins and not begins.half and begins.hour <= clock.hour <= 12:
        begins = replace(begins, half=clock.half)
    if day and not stamp.clock:
        return replace(stamp, until_day=day)
    return replace(stamp, clock=begins, until_day=day, until=clock, zone=stamp.zone or cursor.zone())


def _rest(text: str, at: int) -> str:
    """What stands behind the stamp, without the marks that only held the stamp."""
    before, rest, more = text[:at], text[at : at + 80], text[at + 80 :]
    closed = re.compile(r"[ \t]*(?:\*\*|__|~~|\*(?!\*)|_(?=[\s:,.|-]|$)|`|[)\]}>\"']+)").match
    held = MARKS.findall(before)
    open_marks = [mark for mark in dict.fromkeys(held) if held.count(mark) % 2]
    while rest:
        stripped = re.sub(r"^[ \t]*(?:[:,;|]|[-–—]+(?=[\s*_`\[(]|$|[A-Z])|\.(?=\s|$)|=+>|->|→)[ \t]*", "", rest)
        match = closed(stripped)
        mark = match.group().strip() if match else ""
        if match and (mark in open_marks or mark[0] in ")]}>\"'"):
            open_marks = [one for one in open_marks if one != mark]
            stripped = stripped[match.end() :]
        if stripped == rest:
            break
        rest = stripped
    rest += more
    return "".join(mark for mark in open_marks if mark in rest) + rest.strip()
