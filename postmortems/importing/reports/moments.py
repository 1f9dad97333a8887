"""Events as they stand in a report → instants: days carried on, midnight passed, zones from wherever they stand."""

import datetime
from dataclasses import dataclass

from postmortems.importing.reports.dating import (
    Dates,
    clock_time,
    next_day,
    stated_zone,
    with_zone,
    zone_in,
    zone_of,
)
from postmortems.importing.reports.stamps import Stamp
from postmortems.importing.reports.timeline import Found


@dataclass(frozen=True)
class Moment:
    """When an event was: wall-clock times (`at` None: not known), the zone to keep ("" where the report says none)."""

    at: datetime.datetime | None
    until: datetime.datetime | None = None
    zone: str = ""
    precision: str = "minute"
    approximate: bool = False
    typed: str = ""

    @property
    def at_iso(self) -> str | None:
        """ISO 8601, with the offset where the zone is known."""
        return with_zone(self.at, self.zone).isoformat() if self.at else None

    @property
    def until_iso(self) -> str | None:
        return with_zone(self.until, self.zone).isoformat() if self.until else None


class Clockwork:
    """Walks down the events of a document and gives each its Moment."""

    def __init__(self, dates: Dates, zone: str, approximate: bool, halves: bool):
        self.dates, self.zone, self.approximate, self.halves = dates, zone, approximate, halves
        self.day: datetime.date | None = None
        self.before: datetime.datetime | None = None

    def open_day(self, found: Found) -> None:
        """A heading or line that only names a day: what follows is of that day."""
        self.day = self.dates.resolve(found.stamp.day, self._near()) or self.day
        self.before = None

    def moment(self, found: Found) -> Moment:
        """The Moment of the next event."""
        stamp = found.stamp
        if stamp is None:
            return Moment(None, precision="unknown")
        day = self._day(stamp)
        told = stamp.zone or zone_in(found.header) or self.zone
        if day is None:
            return Moment(None, precision="unknown", typed=stamp.typed)
        if stamp.clock is None:
            at = datetime.datetime.combine(day, datetime.time())
            self.day, self.before = day, None
            precision = "day"
        else:
            at = self._at(day, stamp)
            self.day, self.before = at.date(), at
            precision = "hour" if stamp.clock.only_hour else "second" if stamp.clock.second is not None else "minute"
        until = self._until(at, stamp)
        zone = zone_of(told, at)
        return Moment(at, until, zone, precision, self.approximate or stamp.about, stamp.typed)

    def _near(self) -> datetime.date | None:
        return self.day or self.dates.anchor

    def _day(self, stamp: Stamp) -> datetime.date | None:
        if stamp.day is not None:
            return self.dates.resolve(stamp.day, self._near())
        return self.day or self.dates.default

    def _at(self, day: datetime.date, stamp: Stamp) -> datetime.datetime:
        after = self.before.time() if self.before and stamp.day is None else None
        time = clock_time(stamp.clock, after, self.halves)
        if stamp.day is None and self.before and next_day(self.before, time):
            day += datetime.timedelta(days=1)
        elif stamp.clock.hour == 24:
            day += datetime.timedelta(days=1)
        return datetime.datetime.combine(day, time)

    def _until(self, at: datetime.datetime, stamp: Stamp) -> datetime.datetime | None:
        if stamp.until is None and stamp.until_day is None:
            return None
        day = self.dates.resolve(stamp.until_day, at.date()) if stamp.until_day else at.date()
        if day is None:
            return None
        time = clock_time(stamp.until, at.time(), self.halves) if stamp.until else datetime.time()
        until = datetime.datetime.combine(day, time)
        if until < at and stamp.until_day is None:
            until += datetime.timedelta(days=1)
        return until if until >= at else None


def zone_told(found: Found, statements: list[str], fallback: str) -> str:
    """The zone of a section's times: its sentences, its headings from the inside out, then what the document says."""
    section = found.section
    for above in section.chain:
        own = [block.text for block in above.blocks if block.kind == "text"]
        if told := next(filter(None, map(stated_zone, own)), "") or zone_in(above.heading):
            return told
    return next(filter(None, map(stated_zone, statements)), "") or fallback
