"""Writing the timeline: one line and Enter, milestones set from a row, many rows at once, and their undo."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from postmortems.access import get_part, get_postmortem
from postmortems.forms.batches import BatchForm
from postmortems.forms.milestones import MarkForm
from postmortems.forms.quick_entry import quick_entry_for
from postmortems.importing.chat.entries import known_keys
from postmortems.models import Conflict, NotPossible, Postmortem, TimelineEntry, batches
from postmortems.views.entries import row_context, show_added, show_marked, show_timeline
from postmortems.views.saving import attempt


@require_http_methods(["GET", "POST"])
def quick_entry(request: HttpRequest, reference: str) -> HttpResponse:
    """A time, a text and Enter. Several lines are shown first as the entries that they would become."""
    postmortem = get_postmortem(request.user, reference, "write")
    form = quick_entry_for(postmortem, request.POST if request.method == "POST" else None)
    if request.method == "GET":
        return _show_quick(request, postmortem, form)
    if not form.is_valid() or (form.offer and not form.is_accepted):
        return _show_quick(request, postmortem, form, 422 if form.errors else 200)
    if form.offer:
        return _add_picked(request, postmortem, form)
    entry = attempt(form, lambda: TimelineEntry.add(postmortem, request.user, **form.values()))
    if entry is None:
        return _show_quick(request, postmortem, form, 422)
    if request.htmx:
        return show_added(request, entry, form)
    if form.remark:
        messages.info(request, form.remark)
    return redirect(f"{reverse('edit_postmortem', args=[postmortem.reference])}#{entry.anchor}")


def _show_quick(request: HttpRequest, postmortem: Postmortem, form, status: int = 200) -> HttpResponse:
    context = row_context(request, postmortem) | {"quick": form, "alone": not request.htmx}
    template = "postmortems/writing/quick_entry.html" if request.htmx else "postmortems/writing/quick_entry_page.html"
    return render(request, template, context, status=status)


def _add_picked(request: HttpRequest, postmortem: Postmortem, form) -> HttpResponse:
    rows = form.picked()
    if not rows:
        form.add_error(None, "Choose at least one of the entries.")
        return _show_quick(request, postmortem, form, 422)
    known = known_keys(postmortem)
    rows = [row for row in rows if row.get("source_key") not in known]  # a message becomes an entry once
    if not rows:
        form.add_error(None, "All of these are in the timeline already.")
        return _show_quick(request, postmortem, form, 422)
    made = attempt(form, lambda: batches.add(postmortem, request.user, rows))
    if made is None:
        return _show_quick(request, postmortem, form, 422)
    return _after_batch(request, postmortem, "add", len(made))


@require_http_methods(["GET", "POST"])
def set_milestone(request: HttpRequest, reference: str, uid: str) -> HttpResponse:
    """Let a milestone follow this entry (`type`), or take it off again. One that stands elsewhere is asked about first:
    `version` says that the question was read."""
    entry = get_part(request.user, reference, "entry", uid)
    form = MarkForm(entry, request.POST if request.method == "POST" else None)
    if request.method == "GET":
        return _show_marks(request, entry, form)
    if not form.is_valid():
        return _show_marks(request, entry, form, 422)
    try:
        said, others = form.save(request.user)
    except (Conflict, IntegrityError):
        form = MarkForm(entry, request.POST)
        form.is_valid()
        return _show_marks(request, entry, form, 409)
    except ValidationError as error:
        form.add_error(None, error)
        return _show_marks(request, entry, form, 422)
    if not request.htmx:
        messages.success(request, said)
        return redirect(f"{reverse('edit_postmortem', args=[entry.postmortem.reference])}#{entry.anchor}")
    return show_marked(request, entry, said, others)


def _show_marks(request: HttpRequest, entry: TimelineEntry, form, status: int = 200) -> HttpResponse:
    context = row_context(request, entry.postmortem) | {"entry": entry, "part": entry, "form": form}
    template = "postmortems/writing/marks.html" if request.htmx else "postmortems/writing/marks_page.html"
    return render(request, template, context, status=status)


@require_POST
def change_entries(request: HttpRequest, reference: str) -> HttpResponse:
    """Many rows at once: `row` names them with their versions, `verb` says what is done."""
    postmortem = get_postmortem(request.user, reference, "write")
    form = BatchForm(request.POST)
    if not form.is_valid() or form.asks_keep:
        return _show_batch(request, postmortem, form, 422 if form.errors else 200)
    try:
        count = form.apply(postmortem, request.user)
    except NotPossible as reason:
        form.add_error(None, str(reason))
        return _show_batch(request, postmortem, form, 409)
    return _after_batch(request, postmortem, form.cleaned_data["verb"], count)


def _show_batch(request: HttpRequest, postmortem: Postmortem, form, status: int) -> HttpResponse:
    context = row_context(request, postmortem) | {"form": form}
    template = "postmortems/writing/batch.html" if request.htmx else "postmortems/writing/batch_page.html"
    return render(request, template, context, status=status)


def _after_batch(request: HttpRequest, postmortem: Postmortem, verb: str, count: int) -> HttpResponse:
    if request.htmx:
        return show_timeline(request, postmortem, focus="batch-undo", undo=(said_of(verb, count), postmortem.version))
    address = reverse("edit_postmortem", args=[postmortem.reference])
    return redirect(f"{address}?batch={postmortem.version}#timeline")


def said_of(verb: str, count: int) -> str:
    """`12 entries moved.`"""
    return f"{'One entry' if count == 1 else f'{count} entries'} {batches.VERBS[verb]}."


def batch_in(request: HttpRequest, postmortem: Postmortem):
    """(words, version) of the batch that `?batch=` names and that can still be undone; else None. One query."""
    text = request.GET.get("batch", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return None
    changes = postmortem.changes.filter(version=int(text), part_kind="entry", action__in=batches.VERBS)
    actions = list(changes.values_list("action", flat=True))
    return (said_of(actions[0], len(actions)), int(text)) if actions else None


@require_POST
def undo_entries(request: HttpRequest, reference: str, version: int) -> HttpResponse:
    """Take back one batch; what was changed since stays, and is named."""
    postmortem = get_postmortem(request.user, reference, "write")
    try:
        count, stayed = batches.undo(postmortem, request.user, version)
        said = f"{'One entry is' if count == 1 else f'{count} entries are'} as before."
        if stayed:
            said += f" Changed since, so left as it is: {'; '.join(stayed[:3])}{' …' if len(stayed) > 3 else ''}."
    except (NotPossible, Conflict, ValidationError, IntegrityError) as fault:
        said = str(fault) if isinstance(fault, NotPossible) else "It cannot come back as it was; nothing was changed."
    if request.htmx:
        return show_timeline(request, postmortem, focus="timeline", undo=(said, None))
    messages.info(request, said)
    return redirect(f"{reverse('edit_postmortem', args=[postmortem.reference])}#timeline")
