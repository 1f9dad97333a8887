"""The writing desk: a new postmortem, the page on which everything is edited in place, the details, the key times."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from kb.lib.uids import sent_uid
from postmortems.access import get_postmortem
from postmortems.desk import GROUPS, desk_of, further_groups, guided, milestones_of, with_working_copies
from postmortems.forms.details import DetailsForm, NewForm
from postmortems.forms.milestones import KeyTimesForm
from postmortems.history import undoable
from postmortems.models import ChatImport, Conflict, Milestone, Postmortem
from postmortems.views.autosaving import autosave
from postmortems.views.clock import remember
from postmortems.views.conflicts import show_both_together, show_conflict, show_working_copy
from postmortems.views.entries import timeline_context
from postmortems.views.previewing import preview
from postmortems.views.rows import back_to_desk
from postmortems.views.saving import attempt, read_version, render_form, save_state
from postmortems.views.timeline import batch_in


@require_http_methods(["GET", "POST"])
def new_postmortem(request: HttpRequest) -> HttpResponse:
    """A title and Enter; everything else later, in any order."""
    if not request.user.writes:
        raise PermissionDenied("Readers read and subscribe. Ask an administrator for the role member to write.")
    form = NewForm(request.user, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            return redirect("edit_postmortem", form.start(request.user).reference)
        except ValidationError as error:
            form.add_error("title", error.messages)
    status = 422 if form.is_bound else 200
    return render(request, "postmortems/writing/new.html", {"form": form}, status=status)


@require_safe
def edit_postmortem(request: HttpRequest, reference: str) -> HttpResponse:
    """Every part of it, each editable in its place. About twenty queries whatever its size."""
    queryset = Postmortem.objects.select_related("severity", "owner", "facilitator").prefetch_related(
        "authors", "teams", "services", "conditions", "tags"
    )
    postmortem = get_postmortem(request.user, reference, "write", queryset)
    if postmortem.reference != reference:
        return redirect("edit_postmortem", postmortem.reference)
    desk = desk_of(postmortem)
    orphans = with_working_copies(postmortem, request.user, desk)
    rows_of = {group.kind: rows for group, rows in desk}
    milestones = rows_of.get("milestone", [])
    context = {
        "postmortem": postmortem, "access": postmortem.access(request.user), "desk": desk, "orphans": orphans,
        "milestones": milestones_of(milestones), "further": further_groups(desk),
        **timeline_context(request, postmortem, rows_of.get("entry", []), milestones),
        "batch": batch_in(request, postmortem),
        "removed": undoable(postmortem, request.GET.get("undo", "")),
        "from_chat": "chat" in request.GET
        and ChatImport.objects.filter(postmortem=postmortem, uid=sent_uid(request.GET, "chat"), undone_at=None).first(),
    }  # fmt: skip
    return remember(request, render(request, "postmortems/writing/desk.html", context))


@require_http_methods(["GET", "POST"])
def edit_details(request: HttpRequest, reference: str) -> HttpResponse:
    """The head of the postmortem: title, takeaway, who, where, how grave."""
    postmortem = get_postmortem(request.user, reference, "write")
    if request.GET.get("show"):
        return _show_details(request, postmortem)
    form = DetailsForm(postmortem, request.user, request.POST if request.method == "POST" else None)
    context = {"form": form, "postmortem": postmortem, "part": None, "group": None, "details": True,
               "version": request.POST.get("version", postmortem.details_version)}  # fmt: skip
    if request.method == "GET":
        return show_working_copy(request, postmortem, form) or render_form(request, context)
    if "autosave" in request.POST:
        return autosave(request, postmortem, form)
    if "preview" in request.POST:
        return preview(request, form, context)
    if "together" in request.POST:
        return show_both_together(request, postmortem, form)
    return _save_details(request, postmortem, form) or render_form(request, context, status=422)


def _save_details(request: HttpRequest, postmortem: Postmortem, form) -> HttpResponse | None:
    """Save the head; None where the form has errors."""
    if not form.is_valid():
        return None
    version, fault = read_version(request, postmortem.details_version)
    if fault:
        return show_conflict(request, postmortem, form, status=fault)
    depth = postmortem.depth
    try:
        if not attempt(form, lambda: form.save_as(request.user, version)):
            return None
    except Conflict as conflict:
        return show_conflict(request, conflict.current, form, status=409)
    postmortem.working_copies.discard(request.user, postmortem.uid)
    return _after_details(request, postmortem, depth)


def _after_details(request: HttpRequest, postmortem: Postmortem, depth: str) -> HttpResponse:
    """The new head; the whole desk again where another depth brought sections, or the writer can no longer write."""
    still = postmortem.access(request.user).write
    target = "edit_postmortem" if still else "home"
    if not request.htmx:
        return redirect(target, *[postmortem.reference] if still else [])
    if postmortem.depth != depth or not still:
        response = HttpResponse(status=204)
        response.headers["HX-Refresh" if still else "HX-Redirect"] = "true" if still else "/"
        return response
    return _show_details(request, postmortem)


def _show_details(request: HttpRequest, postmortem: Postmortem) -> HttpResponse:
    postmortem.kept = postmortem.working_copies.of(request.user, postmortem)
    context = {"postmortem": postmortem, "access": postmortem.access(request.user), "focus": "details"}
    return save_state(
        render(request, "postmortems/writing/details.html", context),
        postmortem,
        saved=request.method == "POST",
    )


@require_http_methods(["GET", "POST"])
def edit_key_times(request: HttpRequest, reference: str) -> HttpResponse:
    """All eleven milestones in one table. Rows are saved one by one; one that was changed meanwhile asks again."""
    postmortem = get_postmortem(request.user, reference, "write")
    form = KeyTimesForm(postmortem, request.user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.save(request.user):
        if not request.htmx:
            return back_to_desk(postmortem, GROUPS["milestone"].anchor, form.removals)
        return _show_milestones(request, postmortem, form.removals)
    if request.GET.get("show") and request.htmx:
        return _show_milestones(request, postmortem)
    context = {"form": form, "postmortem": postmortem}
    template = "postmortems/writing/key_times.html" if request.htmx else "postmortems/writing/key_times_page.html"
    return render(request, template, context, status=form.status)


def _show_milestones(request: HttpRequest, postmortem: Postmortem, undo=()) -> HttpResponse:
    rows = list(Milestone.objects.filter(postmortem=postmortem))
    context = {"group": guided(postmortem, "milestone"), "rows": rows, "milestones": milestones_of(rows),
               "postmortem": postmortem, "focus": "milestones", "undo": undo}  # fmt: skip
    return save_state(
        render(request, "postmortems/writing/group.html", context), postmortem, saved=request.method == "POST"
    )
