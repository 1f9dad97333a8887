"""Instants, zones and durations: pure functions, no models."""
import datetime
import re
import zoneinfo

from django.core.exceptions import ValidationError

OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")


def zone(name):
    """tzinfo of an IANA name or of an offset such as +02:00. Raises ValueError for anything else."""
    if match := OFFSET.fullmatch(name):
        sign, hours, minutes = match.groups()
        delta = datetime.timedelta(hours=int(hours), minutes=int(minutes))
        return datetime.timezone(-delta if sign == "-" else delta)
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"“{name}” is not a time zone") from None


def validate_zone(name):
    """Django validator for zone()."""
    try:
        zone(name)
    except ValueError:
        raise ValidationError(f"“{name}” is not a time zone. Use a name such as Europe/Berlin, or +02:00.") from None
