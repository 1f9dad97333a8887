"""Times as lists show them: relative, with the absolute time and its zone on hover and on focus."""

from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html

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
    return format_html(
        '<time class="when" datetime="{}">{}<span class="when-absolute"> {}</span></time>',
        local.isoformat(timespec="seconds"),
        relative(value, timezone.now()),
        absolute,
    )


@register.simple_tag
def day(value: date | datetime | None) -> str:
    """`4 November 2025` as a `<time>`; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return format_html('<time datetime="{}">{} {}</time>', value.isoformat(), value.day, f"{value:%B %Y}")
