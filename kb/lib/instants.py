"""Instants and zones: what people mean by a time, and how it is told again. Pure functions, no models.

An instant is stored in UTC with the zone it was told in and how precise it is. Lengths of time and gaps are
worded in postmortems/durations.py.
"""

import datetime
import functools
import re
import zoneinfo
from dataclasses import dataclass

from django.core.exceptions import ValidationError

OFFSET = re.compile(r"([+-])([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
PRECISIONS = ("second", "minute", "hour", "day", "unknown")
YEARS = range(1900, 2201)  # outside of these it is a slip of the hand


@dataclass(frozen=True)
class Instant:
    """A moment: `at` aware in UTC (None: unknown), the zone it was told in, one of PRECISIONS, about or not."""

    at: datetime.datetime | None
    zone: str = "UTC"
    precision: str = "minute"
    approximate: bool = False
    typed: str = ""

    @property
    def local(self) -> datetime.datetime | None:
        """The same moment on the clock of its own zone."""
        return self.at.astimezone(zone(self.zone)) if self.at else None


class ClockChange(ValueError):
    """A wall-clock time that a change of clocks makes unclear. `candidates`: the two it may mean, in order."""

    def __init__(self, message: str, candidates: tuple[Instant, Instant]):
        super().__init__(message)
        self.candidates = candidates


class AmbiguousTime(ClockChange):
    """The clocks showed this time twice."""


class NonexistentTime(ClockChange):
    """The clocks skipped this time."""


@functools.cache
def zone_names() -> frozenset[str]:
    """All IANA names that this machine knows; read from its files once."""
    return frozenset(zoneinfo.available_timezones())


def zone(name: str) -> datetime.tzinfo:
    """tzinfo of an IANA name or of an offset such as +02:00. Raises ValueError for anything else."""
    if match := OFFSET.fullmatch(name):
        sign, hours, minutes = match.groups()
        delta = datetime.timedelta(hours=int(hours), minutes=int(minutes))
        return datetime.timezone(-delta if sign == "-" else delta)
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"“{name}” is not a time zone") from None


def validate_zone(name: str) -> None:
    """Django validator for zone()."""
    try:
        zone(name)
    except ValueError:
        message = f"“{name}” is not a time zone. Use a name such as Europe/Berlin, or +02:00."
        raise ValidationError(message) from None


def to_utc(
    naive: datetime.datetime,
    zone_name: str,
    *,
    precision: str = "minute",
    approximate: bool = False,
    typed: str = "",
) -> Instant:
    """The instant of a wall-clock time in a zone.

    Raises AmbiguousTime or NonexistentTime around a change of clocks, ValueError for an unknown zone or a
    year that cannot be meant.
    """
    if naive.tzinfo is not None:
        raise ValueError("This time has a zone already")
    if naive.year not in YEARS:
        raise ValueError(f"The year {naive.year} cannot be meant; use one from {YEARS[0]} to {YEARS[-1]}")
    tz = zone(zone_name)

    def instant(fold: int) -> Instant:
        at = naive.replace(tzinfo=tz, fold=fold).astimezone(datetime.UTC)
        return Instant(at, zone_name, precision, approximate, typed)

    first, second = instant(0), instant(1)
    if first.at == second.at:
        return first
    if first.at < second.at:
        raise AmbiguousTime(_twice(naive, zone_name, first, second), (first, second))
    raise NonexistentTime(_never(naive, zone_name, second, first), (second, first))


def _twice(naive: datetime.datetime, zone_name: str, first: Instant, second: Instant) -> str:
    return (
        f"{naive:%H:%M} on {naive:%Y-%m-%d} came twice in {zone_name}, as the clocks were set back: "
        f"{format_instant(first, 'UTC')} or {format_instant(second, 'UTC')}. Say which one."
    )


def _never(naive: datetime.datetime, zone_name: str, first: Instant, second: Instant) -> str:
    return (
        f"{naive:%H:%M} on {naive:%Y-%m-%d} never came in {zone_name}, as the clocks were set forward: "
        f"perhaps {format_instant(first)} or {format_instant(second)}. Say which one."
    )


def format_instant(instant: Instant, in_zone: str = "") -> str:
    """`2026-03-29 14:02 CEST`, in its own zone or another; as precise as it is known, always with the zone."""
    if instant.at is None or instant.precision == "unknown":
        return "time unknown"
    name = in_zone or instant.zone
    local = instant.at.astimezone(zone(name))
    about = "about " if instant.approximate else ""
    clock = {
        "second": f" {local:%H:%M:%S}",
        "minute": f" {local:%H:%M}",
        "hour": f" {local:%H} h",
        "day": "",
    }[instant.precision]
    return f"{about}{local:%Y-%m-%d}{clock} {zone_letters(local)}"


def zone_letters(local: datetime.datetime) -> str:
    """`CET`, or `UTC+02:00` where a zone has no letters of its own."""
    name = local.tzname() or ""
    if name and name[0] not in "+-" and not name.startswith("UTC"):
        return name
    offset = f"{local:%z}"
    return "UTC" if offset in ("+0000", "-0000") else f"UTC{offset[:3]}:{offset[3:5]}"
