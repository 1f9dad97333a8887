"""Filters of the writing desk: a row's clock, its zone, and the verbs that fit a countermeasure."""

from django import template

from kb.lib import instants
from postmortems.desk import verbs_of
from postmortems.entry_html import rows_of
from postmortems.timeline import about, clock

register = template.Library()


@register.filter
def clock_of(row):
    """`14:03`, `~14:05` in the row's own zone; a dash where only the day is known, nothing without a time."""
    local = row.at.astimezone(instants.zone(row.zone)) if row.at else None
    text = clock(row, local)
    if local and row.precision == "day":
        return "day only"
    until = getattr(row, "until", None)
    return f"{text}–{until.astimezone(instants.zone(row.zone)):%H:%M}" if until else text


@register.filter
def zone_of(row):
    """`CET`, `UTC+02:00`: the letters of the row's zone at its time."""
    return instants.zone_letters(row.at.astimezone(instants.zone(row.zone))) if row.at else ""


@register.filter
def when_of(row):
    """`1 March 2026, 14:03 CET`; nothing without a time."""
    if not row or not row.at:
        return ""
    local = row.at.astimezone(instants.zone(row.zone))
    day = f"{local.day} {local:%B %Y}"
    text = clock(row, local)
    return f"{day}, {text} {zone_of(row)}" if text else day


register.filter("verbs", verbs_of)
register.filter("about", about)


@register.inclusion_tag("postmortems/writing/entry_rows.html", takes_context=True)
def entry_rows(context, lines, how=""):
    """The rows of these lines of the timeline; `how` they are swapped in where they come with another answer."""
    wanted = ("base", "coached", "postmortem", "request")
    rows = rows_of(lines, context["base"], how, context.get("focus", ""))
    return {"rows": rows, **{name: context.get(name) for name in wanted}}
