"""Parts of every kind, written row by row: one view per verb for all of them, with htmx and without a script.

With htmx the answer is the part alone, to be swapped in; without, it is a page, and a save leads back to the row.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kb.lib.uploads import takes_files
from postmortems.access import MISSING, get_part, get_postmortem
from postmortems.desk import GROUPS, guided, loaded, milestones_of
from postmortems.desk_timeline import alone_at
from postmortems.forms.parts import PART_FORMS
from postmortems.models import PART_MODELS, Conflict, Postmortem, WorkingCopy
from postmortems.views.autosaving import autosave
from postmortems.views.conflicts import show_both_together, show_conflict, show_working_copy
from postmortems.views.entries import show_entry, show_moved, show_timeline
from postmortems.views.previewing import preview
from postmortems.views.saving import (
    attempt,
    last_change_of,
    read_version,
    render_form,
    save_state,
)


@takes_files("ATTACHMENT_SIZE")
@require_http_methods(["GET", "POST"])
def add_part(request: HttpRequest, reference: str, kind: str) -> HttpResponse:
    """A new row at the end, or where its time puts it."""
    postmortem = get_postmortem(request.user, reference, "write")
    form = _form(request, postmortem, kind)
    if request.method == "GET":
        return _show_form(request, postmortem, kind, form)
    if "preview" in request.POST:
        return preview(request, form, _context(request, postmortem, kind, form))
    made = form.is_valid() and attempt(form, lambda: PART_MODELS[kind].add(postmortem, request.user, **form.values()))
    if not made:
        return _show_form(request, postmortem, kind, form, status=refused(form))
    if not request.htmx:
        return redirect(f"{reverse('edit_postmortem', args=[postmortem.reference])}#{made.anchor}")
    return _show_group(request, postmortem, kind, focus=f"new-{kind}", coached=made.uid)


@takes_files("ATTACHMENT_SIZE")
@require_http_methods(["GET", "POST"])
def edit_part(request: HttpRequest, reference: str, kind: str, uid: str) -> HttpResponse:
    """Change a row if it still has the version that was read; else both versions, side by side."""
    postmortem = get_postmortem(request.user, reference, "write")
    part = _find(postmortem, kind, uid, gone_is_missing=request.method == "GET")
    if "autosave" in request.POST:
        return autosave(request, part, _form(request, postmortem, kind, part))
    if part is None:
        return _show_removed(request, postmortem, kind)
    form = _form(request, postmortem, kind, part)
    if request.method == "GET":
        return show_working_copy(request, part, form) or _show_form(request, postmortem, kind, form, part)
    if "preview" in request.POST:
        return preview(request, form, _context(request, postmortem, kind, form, part))
    if "together" in request.POST:
        return show_both_together(request, part, form)
    if not form.is_valid():
        return _show_form(request, postmortem, kind, form, part, status=refused(form))
    return _save(request, postmortem, kind, part, form)


def _save(request: HttpRequest, postmortem: Postmortem, kind: str, part, form) -> HttpResponse:
    version, fault = read_version(request, part.version)
    place, said, was = part.position, _said(part), getattr(part, "at", None)
    if fault:
        return show_conflict(request, part, form, status=fault)
    try:
        if not attempt(form, lambda: part.change(request.user, version, **form.values())):
            return _show_form(request, postmortem, kind, form, part, status=refused(form))
    except Conflict as conflict:
        if conflict.current is None:
            return _show_removed(request, postmortem, kind)
        return show_conflict(request, conflict.current, form, status=409)
    emptied = [last_change_of(part)] if said and not _said(part) else []
    postmortem.working_copies.discard(request.user, part.uid)
    if not request.htmx:
        return back_to_desk(postmortem, part.anchor, emptied)
    if kind == "entry" and part.at != was and alone_at(postmortem, was, part.at):
        return show_timeline(request, postmortem, focus=part.anchor)
    if part.position != place and kind == "entry":
        return show_moved(request, part)
    if part.position != place:
        return _show_group(request, postmortem, kind, focus=part.anchor)
    return show_row(request, part, focus=True, undo=emptied)


def refused(form) -> int:
    """The status of a form that cannot be saved: what its file was refused with, else 422."""
    return getattr(form, "refusal", 0) or 422


def _said(part) -> bool:
    """Whether a section has a text: one that was emptied can be undone like a row that was removed."""
    return part.KIND == "section" and not part.is_empty


def back_to_desk(postmortem: Postmortem, anchor: str, undo=()) -> HttpResponse:
    """To the desk at this part, or, where something was removed, at the line that can bring it back."""
    address = reverse("edit_postmortem", args=[postmortem.reference])
    if undo:
        return redirect(f"{address}?undo={','.join(change.uid for change in undo)}#undo")
    return redirect(f"{address}#{anchor}")


def show_row(request: HttpRequest, part, *, focus: bool = False, undo=()) -> HttpResponse:
    """The row as it stands on the desk; `focus` puts the keyboard back on its edit link. `undo`: changes that emptied
    it, to be offered back."""
    if part.KIND == "entry":
        return show_entry(request, part, focus=focus)
    group = GROUPS[part.KIND]
    part.kept = WorkingCopy.objects.of(request.user, part)
    context = {
        "part": part,
        "group": group,
        "postmortem": part.postmortem,
        "focus": part.anchor if focus else "",
        "undo": undo,
        "coached": part.uid,
    }
    return save_state(
        render(request, "postmortems/writing/row.html", context), part.postmortem, saved=request.method == "POST"
    )


@require_safe
def show_part(request: HttpRequest, reference: str, kind: str, uid: str) -> HttpResponse:
    """One row without its form: what Cancel gives back. Without htmx, the desk at that row."""
    part = get_part(request.user, reference, kind, uid)
    if not request.htmx:
        return redirect(f"{reverse('edit_postmortem', args=[part.postmortem.reference])}#{part.anchor}")
    return show_row(request, part, focus=True)


@require_http_methods(["GET", "POST"])
def remove_part(request: HttpRequest, reference: str, kind: str, uid: str) -> HttpResponse:
    """Ask, then remove; with htmx a line stays in its place that can bring it back."""
    postmortem = get_postmortem(request.user, reference, "write")
    part = _find(postmortem, kind, uid, gone_is_missing=request.method == "GET")
    context = {"part": part, "group": GROUPS[kind], "postmortem": postmortem}
    if part is None:
        return _after_removal(request, context)
    if request.method == "POST":
        version, fault = read_version(request, part.version)
        try:
            if fault:
                raise Conflict(part)
            context["undo"] = [part.remove(request.user, version)]
            return _after_removal(request, context)
        except Conflict as conflict:
            if conflict.current is None:
                return _after_removal(request, context)
            context |= {"part": conflict.current, "changed": True}
    status = 409 if context.get("changed") else 200
    template = "postmortems/writing/remove.html" if request.htmx else "postmortems/writing/remove_page.html"
    return render(request, template, context, status=status)


def _after_removal(request: HttpRequest, context: dict) -> HttpResponse:
    postmortem, group = context["postmortem"], context["group"]
    if not request.htmx:
        return back_to_desk(postmortem, group.anchor, context.get("undo", ()))
    return save_state(render(request, "postmortems/writing/removed_row.html", context), postmortem)


@require_POST
def move_part(request: HttpRequest, reference: str, kind: str, uid: str) -> HttpResponse:
    """One place up or down (`direction`)."""
    part = get_part(request.user, reference, kind, uid)
    rows = list(PART_MODELS[kind].objects.filter(postmortem=part.postmortem))
    at = next(place for place, row in enumerate(rows) if row.pk == part.pk)
    others = rows[:at] + rows[at + 1 :]
    place = min(max(at + (1 if request.POST.get("direction") == "down" else -1), 0), len(others))
    if place != at:
        part.move(request.user, after=others[place - 1] if place else None)
    if not request.htmx:
        return redirect(f"{reverse('edit_postmortem', args=[part.postmortem.reference])}#{part.anchor}")
    return _show_group(request, part.postmortem, kind, focus=part.anchor)


def _find(postmortem: Postmortem, kind: str, uid: str, *, gone_is_missing: bool):
    if kind not in PART_MODELS:
        raise Http404(MISSING)
    part = PART_MODELS[kind].objects.filter(postmortem=postmortem, uid=uid).first()
    if part is None and gone_is_missing:
        raise Http404(MISSING)
    if part:
        part.postmortem = postmortem
    return part


def _form(request: HttpRequest, postmortem: Postmortem, kind: str, part=None):
    if kind not in PART_FORMS:
        raise Http404(MISSING)
    options = {"initial": {"type": request.GET["type"]}} if kind == "milestone" and "type" in request.GET else {}
    if kind in ("entry", "milestone") and part is None:
        options["last"] = PART_MODELS[kind].objects.filter(postmortem=postmortem).exclude(at=None).last()
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = PART_FORMS[kind](postmortem, request.user, *sent, instance=part, **options)
    form.upload_fault = getattr(request, "upload_fault", None)
    return form


def _show_form(
    request: HttpRequest, postmortem: Postmortem, kind: str, form, part=None, status: int = 200
) -> HttpResponse:
    return render_form(request, _context(request, postmortem, kind, form, part), status)


def _context(request: HttpRequest, postmortem: Postmortem, kind: str, form, part=None) -> dict:
    return {"form": form, "part": part, "group": guided(postmortem, kind), "postmortem": postmortem,
            "version": request.POST.get("version", part.version if part else "")}  # fmt: skip


def _show_removed(request: HttpRequest, postmortem: Postmortem, kind: str) -> HttpResponse:
    """Somebody removed the row meanwhile: what was typed stays, as a new row to be added."""
    form = _form(request, postmortem, kind)
    context = {
        "form": form,
        "part": None,
        "group": GROUPS[kind],
        "postmortem": postmortem,
        "was_removed": True,
    }
    return render_form(request, context, status=409)


def _show_group(
    request: HttpRequest, postmortem: Postmortem, kind: str, focus: str = "", coached: str = ""
) -> HttpResponse:
    """The whole group, where a row came, went or moved; the coach speaks beside the row `coached`."""
    if kind == "entry":
        return show_timeline(request, postmortem, focus=focus, coached=coached)
    rows = loaded(postmortem, kind)
    context = {
        "group": guided(postmortem, kind),
        "rows": rows,
        "postmortem": postmortem,
        "focus": focus,
        "coached": coached,
    }
    if kind == "milestone":
        context["milestones"] = milestones_of(rows)
    response = render(request, "postmortems/writing/group.html", context)
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = f"#{GROUPS[kind].anchor}", "outerHTML"
    return save_state(response, postmortem)
