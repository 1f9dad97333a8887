"""The timeline on the desk: all its lines, or the one that was written with the one after it."""

import datetime

from postmortems import timeline
from postmortems.desk import loaded, rows_of
from postmortems.models import Milestone, Postmortem, TimelineEntry

# What a line needs to know of the others: no texts.
OUTLINE = ("uid", "at", "until", "precision", "approximate", "zone", "position", "version", "postmortem")


def lines_of(postmortem: Postmortem, zone: datetime.tzinfo, entries: list | None = None) -> list[timeline.Line]:
    """All lines; two queries, or one where the entries are loaded already."""
    entries = loaded(postmortem, "entry") if entries is None else entries
    return list(timeline.desk_lines(entries, _milestones(postmortem), zone))


def line_and_next(
    postmortem: Postmortem, uid: str, zone: datetime.tzinfo
) -> tuple[str, timeline.Line | None, timeline.Line | None]:
    """(anchor of the line before or "", the line of the entry `uid`, the line after it or None). Of all other rows only
    the outline is read; three queries."""
    outline = TimelineEntry.objects.filter(postmortem=postmortem).only(*OUTLINE).order_by("position", "pk")
    lines = list(timeline.desk_lines(list(outline), _milestones(postmortem), zone))
    at = next((place for place, line in enumerate(lines) if line.entry and line.entry.uid == uid), None)
    if at is None:
        return "", None, None
    found = [lines[at], lines[at + 1] if at + 1 < len(lines) else None]
    uids = [line.entry.uid for line in found if line and line.entry]
    full = {row.uid: row for row in rows_of(postmortem, "entry").filter(uid__in=uids)}
    for line in found:
        if line and line.entry:
            line.entry = full[line.entry.uid]
            line.entry.postmortem = postmortem
    return id_of(lines[at - 1]) if at else "", *found


def id_of(line: timeline.Line) -> str:
    """Its id on the desk; a milestone that stands alone has its own row in the table of key times, too."""
    return line.entry.anchor if line.entry else f"mark-{line.milestones[0].uid}"


def alone_at(postmortem: Postmortem, *times) -> bool:
    """Whether a milestone that follows no entry stands at one of these moments: it then moves when an entry does."""
    return Milestone.objects.filter(postmortem=postmortem, entry=None, at__in=[at for at in times if at]).exists()


def _milestones(postmortem: Postmortem) -> list[Milestone]:
    return list(Milestone.objects.filter(postmortem=postmortem))
