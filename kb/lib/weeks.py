"""Weeks as people keep them: a weekday and an hour on the clock of a zone. Pure functions; instants are aware, UTC.

The hour on the wall stays the same when the clocks change, so a week may last 167 or 169 hours. An hour that the
clocks skip is held at the moment they jump (or as much later as they jump); one that comes twice, the first time.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from kb.lib.instants import zone

HALF = timedelta(days=3, hours=12)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Schedule:
    """Once a week: `weekday` 0 (Monday) to 6, `hour` 0 to 23, `zone_name` an IANA name."""

    weekday: int
    hour: int
    zone_name: str

    def after(self, moment: datetime) -> datetime:
        """The first scheduled moment that comes after `moment`."""
        return min(at for at in self._around(moment) if at > moment)

    def latest(self, moment: datetime) -> datetime:
        """The newest scheduled moment that is not after `moment`."""
        return max(at for at in self._around(moment) if at <= moment)

    def before(self, moment: datetime) -> datetime:
        """The newest scheduled moment that came before `moment`."""
        return max(at for at in self._around(moment) if at < moment)

    def _around(self, moment: datetime) -> list[datetime]:
        """Scheduled moments of five weeks around; two on each side, as a skipped day may move one."""
        today = moment.astimezone(zone(self.zone_name)).date()
        monday = today - timedelta(days=today.weekday())
        days = (monday + timedelta(days=self.weekday, weeks=weeks) for weeks in range(-2, 3))
        return [held(day, self.hour, self.zone_name) for day in days]

    def __str__(self) -> str:
        return f"{WEEKDAYS[self.weekday]}s at {self.hour:02}:00, {self.zone_name}"


def held(day: date, hour: int, zone_name: str) -> datetime:
    """The instant at which the clocks of a zone show the hour. fold=0 is the offset before a change, see above."""
    return datetime.combine(day, time(hour), zone(zone_name)).astimezone(UTC)


def local_day(moment: datetime, zone_name: str) -> date:
    """The date on the calendar of a zone."""
    return moment.astimezone(zone(zone_name)).date()


def week_of(since: datetime, until: datetime, zone_name: str) -> str:
    """`week 47`, or `weeks 44–47` where a period is longer: the ISO weeks that hold its middle days.

    Half a week is cut off each end, so that Monday 8:00 to Monday 8:00 is the week that ended on Sunday.
    """
    last = max(until - HALF, since)
    first = local_day(min(since + HALF, last), zone_name).isocalendar()
    end = local_day(last, zone_name).isocalendar()
    if first[:2] == end[:2]:
        return f"week {end.week}"
    return f"weeks {first.week}–{end.week}"
