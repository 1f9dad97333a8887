"""Times as lists show them: relative, with the absolute time and its zone on hover and on focus."""

from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.safestring import mark_safe

register = template.Library()
UNITS = ((604_800, "week"), (86_400, "day"), (3_600, "hour"), (60, "minute"))


def relative(value: datetime, now: datetime) -> str:
    """`5 minutes ago`, `in 3 days`; one unit, `just now` within a minute. Months are those of the calendar."""
    earlier, later = min(value, now), max(value, now)
    apart = int((later - earlier).total_seconds())
    if apart < 60:
        return "just now"
    months = 12 * (later.year - earlier.year) + later.month - earlier.month
    months -= (later.day, later.time()) < (earlier.day, earlier.time())
    counted = ((months // 12, "year"), (months, "month"), *((apart // length, unit) for length, unit in UNITS))
    number, unit = next(found for found in counted if found[0])
    text = f"{number} {unit}{'s' * (number != 1)}"
    return f"{text} ago" if value < now else f"in {text}"


@register.simple_tag
def when(value: datetime | None) -> str:
    """A `<time>` with both texts; nothing for None. Absolute in the active time zone, named."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    absolute = f"{local.day} {local:%B %Y, %H:%M %Z}"
    shown, machine = relative(value, timezone.now()), local.isoformat(timespec="seconds")
    return mark_safe(  # noqa: S308 - numbers and names of ours
        f'<time class="when" datetime="{machine}">{shown}<span class="when-absolute"> {absolute}</span></time>'
    )


@register.simple_tag
def day(value: date | datetime | None) -> str:
    """`4 November 2025` as a `<time>`; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return mark_safe(f'<time datetime="{value.isoformat()}">{value.day} {value:%B %Y}</time>')  # noqa: S308 - the same
