"""Times as they stand in front matter → instants."""

import datetime

from kb.lib.instants import YEARS, Instant


def instant_of(value: object) -> Instant | None:
    """The instant of a date, a datetime or ISO 8601 text; None for anything else.

    Without a zone it is taken as UTC. Exactly midnight is a date written as a time: precise to the day.
    """
    typed = str(value).strip()[:120]
    if isinstance(value, str):
        value = _parsed(value.strip())
    if isinstance(value, datetime.datetime):
        at = value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
    elif isinstance(value, datetime.date):
        at = datetime.datetime.combine(value, datetime.time(), datetime.UTC)
    else:
        return None
    if at.year not in YEARS:
        return None
    return Instant(at.astimezone(datetime.UTC), _zone(at), _precision(at), typed=typed)


def _parsed(text: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        return None


def _precision(at: datetime.datetime) -> str:
    if not (at.hour or at.minute or at.second):
        return "day"
    return "second" if at.second else "minute"


def _zone(at: datetime.datetime) -> str:
    """UTC or an offset of whole minutes."""
    minutes = round(at.utcoffset().total_seconds() / 60)
    if not minutes:
        return "UTC"
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
