"""Times as chats show them: a clock that follows the lines over midnight, and the stamps of copied text."""

import datetime
import re

from kb.lib import instants, zones

SLIP = datetime.timedelta(hours=2)  # further back than this is another day; less is a slip of clocks or a late line
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
DAY_NAME = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+"
DATE = (
    rf"(?:{DAY_NAME})?(?:(?P<y>\d{{4}})[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}})"
    r"|(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<c>\d{4}|\d{2})"
    rf"|(?P<mon>{MONTH})\s+(?P<md>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<my>\d{{4}}))?"
    rf"|(?P<dd>\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?P<dmon>{MONTH})(?:,?\s+(?P<dy>\d{{4}}))?"
    r"|(?P<word>today|yesterday))"
)
TIME = r"(?P<hh>\d{1,2}):(?P<mm>\d{2})(?::(?P<ss>\d{2})(?:[.,]\d+)?)?(?:\s*(?P<ap>[ap])\.?m\b\.?)?"
ZONE = rf"(?-i:\s*(?P<zone>{zones.IN_TEXT}))?"
STAMP = rf"(?:{DATE}(?:,|T|\s|\s+at)*\s*)?{TIME}{ZONE}"
DATE_ONLY = re.compile(rf"[\s*_=#–—-]*{DATE}[\s*_=#–—-]*", re.IGNORECASE)
WEEKDAY_ONLY = re.compile(r"[\s–—-]*(?:mon|tues?|wednes|thurs?|fri|satur|sun)day[\s–—-]*", re.IGNORECASE)


class Clock:
    """Follows the times of one log. `day`: of the first line, None if nobody knows; `halves`: twelve hours, not told
    which half, beginning in the morning."""

    def __init__(self, day: datetime.date | None, *, halves: bool = False):
        self.day, self.halves = day, halves
        self.last = None

    def at(self, time: datetime.time, day: datetime.date | None = None) -> datetime.datetime | None:
        """The wall-clock time of the next line, or None while no day is known."""
        if day:
            self.day = day
            return datetime.datetime.combine(day, time)
        if self.day is None:
            return None
        if self.halves:
            time = time.replace(hour=time.hour % 12)
        step = datetime.timedelta(hours=12 if self.halves else 24)
        at = datetime.datetime.combine(self.day, time)
        if self.last:
            while at < self.last - SLIP:
                at += step
        self.last = max(at, self.last) if self.last else at
        self.day = self.day if self.halves else at.date()
        return at

    def turn_to(self, day: datetime.date) -> None:
        """A line that says which day begins."""
        self.day, self.last = day, None


def is_in_halves(hours: list[int]) -> bool:
    """Whether a log shows the hours of a twelve-hour clock: never 0, never above 12, and 1 after 12."""
    if not hours or min(hours) < 1 or max(hours) > 12:
        return False
    return any(now == 1 and before == 12 for before, now in zip(hours, hours[1:], strict=False))


def time_of(match: re.Match, before: datetime.time | None = None) -> datetime.time | None:
    """The clock time of a STAMP; None where no clock shows it. `before`: the time before, where some are told in halves
    of a day and this one does not say which; it is the next one that fits."""
    hour, minute, second = int(match["hh"]), int(match["mm"]), int(match["ss"] or 0)
    told = (match["ap"] or "").lower()
    if told and not 1 <= hour <= 12:
        return None
    try:
        if told:
            return datetime.time(hour % 12 + (12 if told == "p" else 0), minute, second)
        if before and 1 <= hour <= 12:
            halves = [datetime.time(hour % 12 + more, minute, second) for more in (0, 12)]
            return next((time for time in halves if time >= before.replace(second=0)), halves[0])
        return datetime.time(hour, minute, second)
    except ValueError:
        return None


def date_of(match: re.Match, today: datetime.date | None, *, month_first: bool = False) -> datetime.date | None:
    """The date of a STAMP or DATE; None where there is none. `today` helps with “yesterday” and a missing year."""
    try:
        if match["y"]:
            return datetime.date(int(match["y"]), int(match["m"]), int(match["d"]))
        if match["a"]:
            year = int(match["c"]) + (2000 if len(match["c"]) == 2 else 0)
            day, month = (match["b"], match["a"]) if month_first else (match["a"], match["b"])
            return datetime.date(year, int(month), int(day))
        if match["word"]:
            back = datetime.timedelta(days=match["word"].lower() == "yesterday")
            return today - back if today else None
        name, day, year = match["mon"] or match["dmon"], match["md"] or match["dd"], match["my"] or match["dy"]
        if not name or not (year or today):
            return None
        return datetime.date(int(year or today.year), MONTHS.index(name[:3].lower()) + 1, int(day))
    except ValueError:
        return None


def zone_of(text: str | None, near: str = "", at: datetime.datetime | None = None) -> str:
    """The zone that letters or an offset name, near the zone `near` and at the wall-clock time `at`; "" for none."""
    told = zones.meaning(text, near or "UTC", at) if text else None
    return told.zone if told else ""


def in_zone(at: datetime.datetime, zone: str, after: datetime.datetime | None = None) -> datetime.datetime:
    """The aware time of a wall clock in `zone`. Where clocks showed it twice, the first that does not lie before
    `after` (aware, the message before); where they skipped it, as if they had not."""
    tz = instants.zone(zone)
    first, second = (at.replace(tzinfo=tz, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset() or not after:
        return first
    return second if first.astimezone(datetime.UTC) < after - datetime.timedelta(minutes=1) else first


def sounds_month_first(dates: list[re.Match]) -> bool:
    """Which of 03/02/2026 is the month, as the whole text tells: a number above 12, or the clock that goes with it."""
    pairs = [(int(match["a"]), int(match["b"])) for match in dates if match["a"]]
    if any(a > 12 for a, _ in pairs):
        return False
    if any(b > 12 for _, b in pairs):
        return True
    slashed = [match for match in dates if match["a"] and match["sep"] == "/"]
    return any(match.groupdict().get("ap") for match in slashed)
