"""How the timeline of the desk is answered: as a whole, or the one row that was saved and the one after it.

The answer to a save carries no other rows: htmx puts the row in its place by the id of the row before it.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from postmortems import desk_timeline
from postmortems.desk import guided, milestones_of
from postmortems.forms.quick_entry import quick_entry_for
from postmortems.models import Milestone, Postmortem, TimelineEntry
from postmortems.views.clock import CLOCKS, clock_of, zone_for
from postmortems.views.saving import save_state


def timeline_context(request: HttpRequest, postmortem: Postmortem, entries=None, milestones=()) -> dict:
    """What templates/postmortems/writing/timeline.html needs beside the postmortem."""
    lines = desk_timeline.lines_of(postmortem, zone_for(request, postmortem), entries)
    entries = [line.entry for line in lines if line.entry]
    return {
        "lines": lines, **row_context(request, postmortem), "clock": clock_of(request), "clocks": CLOCKS.items(),
        "quick": quick_entry_for(postmortem, entries=entries, milestones=milestones),
    }  # fmt: skip


def row_context(request: HttpRequest, postmortem: Postmortem) -> dict:
    """What a row needs; its own addresses begin with `base`."""
    base = reverse("add_part", args=[postmortem.reference, "entry"]).removesuffix("add/")
    return {"group": guided(postmortem, "entry"), "postmortem": postmortem, "base": base}


def show_timeline(
    request: HttpRequest, postmortem: Postmortem, *, focus: str = "", undo=None, coached: str = ""
) -> HttpResponse:
    """The whole group, where many rows came, went or moved. `undo`: (words, version of the batch); the coach speaks
    beside the row `coached`."""
    context = timeline_context(request, postmortem) | {"focus": focus, "batch": undo, "coached": coached}
    _with_working_copies(request, postmortem, [line.entry for line in context["lines"] if line.entry])
    response = render(request, "postmortems/writing/timeline.html", context)
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#timeline", "outerHTML"
    return save_state(response, postmortem)


def show_entry(
    request: HttpRequest, entry: TimelineEntry, *, focus: bool = False, extra: dict | None = None
) -> HttpResponse:
    """A row that stayed in its place, and the one after it, whose gap may be another now."""
    _, line, after = _lines(request, entry)
    context = row_context(request, entry.postmortem) | {
        "lines": [line],
        "focus": entry.anchor if focus else "",
        "coached": entry.uid,
    }
    context |= _key_times(entry.postmortem) if focus and line.milestones else {}
    context |= extra or {}
    context["also"] = [*context.get("also", ()), *([([after], "outerHTML", "")] if after else [])]
    return save_state(render(request, "postmortems/writing/entry_answer.html", context), entry.postmortem, saved=focus)


def show_moved(request: HttpRequest, entry: TimelineEntry) -> HttpResponse:
    """A row that went elsewhere: taken away where the form stood, put in where it belongs."""
    also = _placed(request, entry)
    context = row_context(request, entry.postmortem) | {
        "lines": [],
        "focus": entry.anchor,
        "also": also,
        "coached": entry.uid,
    }
    if also[0][0][0].milestones:
        context |= _key_times(entry.postmortem)
    response = render(request, "postmortems/writing/entry_answer.html", context)
    response.headers["HX-Reswap"] = "delete"
    return save_state(response, entry.postmortem)


def show_added(request: HttpRequest, entry: TimelineEntry, quick) -> HttpResponse:
    """The row in its place, the form for the next one, and what happened in words."""
    local = entry.local_text if entry.at else "without a time"
    said = f"Added {'at ' if entry.at else ''}{local}. {quick.remark}".strip()
    form = quick_entry_for(entry.postmortem, before=entry if entry.at else quick.before)
    form.initial["kind"] = entry.kind
    context = row_context(request, entry.postmortem) | {
        "lines": [], "also": _placed(request, entry), "quick": form, "said": said, "remark": quick.remark,
        "coached": entry.uid, "focus": "new-entry",
    }  # fmt: skip
    return save_state(render(request, "postmortems/writing/entry_answer.html", context), entry.postmortem)


def show_marked(request: HttpRequest, entry: TimelineEntry, said: str, others) -> HttpResponse:
    """The row that got or lost a milestone, the rows of `others` (entries that had it), and the key times."""
    also = []
    for other in others:
        _, line, _ = _lines(request, other)
        also += [([line], "outerHTML", "")] if line else []
    return show_entry(request, entry, focus=True, extra={"also": also, "said": said, **_key_times(entry.postmortem)})


def _key_times(postmortem):
    """The table of key times, to be drawn anew beside the answer."""
    rows = list(Milestone.objects.filter(postmortem=postmortem))
    return {"rows": rows, "milestones": milestones_of(rows), "key_times": guided(postmortem, "milestone")}


def _lines(request, entry):
    before, *found = desk_timeline.line_and_next(entry.postmortem, entry.uid, zone_for(request, entry.postmortem))
    _with_working_copies(request, entry.postmortem, [line.entry for line in found if line and line.entry])
    return before, *found


def _with_working_copies(request, postmortem, entries):
    """What this person typed into these and did not make live; one query where readers see it, else none."""
    mine = postmortem.working_copies.filter(person=request.user) if postmortem.is_live else ()
    copies = {copy.part_uid: copy for copy in mine}
    for entry in entries:
        entry.kept = copies.get(entry.uid)


def _placed(request, entry):
    """[(line, how it is swapped in, id that this refers to)] of the row in its new place and the one after it."""
    before, line, after = _lines(request, entry)
    how = "afterend" if before else "afterbegin"
    return [([line], how, before or "entry-rows"), *([([after], "outerHTML", "")] if after else [])]
