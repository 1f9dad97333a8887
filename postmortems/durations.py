"""Lengths of time in words, and how exact they may be said. Pure functions."""

MINUTE, HOUR, DAY = 60, 3600, 86400
UNITS = {"second": 1, "minute": MINUTE, "hour": HOUR, "day": DAY}


def in_words(seconds: float, unit: int = 1) -> str:
    """`50 s`, `4 min`, `1 h 12 min`, `2 days 3 h`, `195 days`: two units at most, none finer than `unit` seconds."""
    seconds = int(round(seconds / unit) * unit)
    if seconds < 2 * MINUTE and unit == 1:
        return f"{seconds} s" if seconds % MINUTE else f"{seconds // MINUTE} min"
    if seconds < HOUR:
        return f"{round(seconds / MINUTE)} min"
    if seconds < DAY:
        return _pair(round(seconds / MINUTE) * MINUTE, HOUR, "h", MINUTE, "min", unit)
    if seconds < 10 * DAY:
        return _pair(round(seconds / HOUR) * HOUR, DAY, "days", HOUR, "h", unit)
    return _count(round(seconds / DAY), "days")


def _pair(seconds: int, large: int, large_name: str, small: int, small_name: str, unit: int) -> str:
    whole, rest = divmod(seconds, large)
    head = _count(whole, large_name)
    return f"{head} {rest // small} {small_name}" if rest and unit <= small else head


def _count(number: int, name: str) -> str:
    return "1 day" if (number, name) == (1, "days") else f"{number:,} {name}"


def between(first, second) -> tuple[float, int] | None:
    """(seconds, unit) from one timed row to another, or None where their precision does not allow a figure.

    A timed row has `at` and `precision`. The coarser precision is the unit; under two hours
    or two days, times known to the hour or the day say nothing.
    """
    if not first or not second or not first.at or not second.at:
        return None
    if first.precision not in UNITS or second.precision not in UNITS:
        return None
    unit = max(UNITS[first.precision], UNITS[second.precision])
    seconds = (second.at - first.at).total_seconds()
    if seconds < 0 or (unit >= HOUR and seconds < 2 * unit):
        return None
    return seconds, unit
