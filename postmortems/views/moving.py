"""The verbs of a countermeasure: accept, start, complete, check its effect, decline, supersede, reopen."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from postmortems.access import MISSING, get_countermeasure
from postmortems.desk import VERBS
from postmortems.forms.publishing import MoveForm
from postmortems.models import Countermeasure
from postmortems.views.saving import told


@require_http_methods(["GET", "POST"])
def move_countermeasure(request: HttpRequest, reference: str, verb: str) -> HttpResponse:
    """One verb; GET asks for what it needs, or once more."""
    row = get_countermeasure(request.user, reference)
    if verb not in VERBS:
        raise Http404(MISSING)
    if not row.may_move(request.user):
        raise PermissionDenied(
            f"{row.reference} is moved by its owner and by those who write {row.postmortem.reference}."
        )
    form = MoveForm(verb, request.POST if request.method == "POST" else None)
    if form.is_valid() and _move(request, row, verb, form):
        return redirect(_back(request, row))
    context = {
        "measure": row,
        "postmortem": row.postmortem,
        "form": form,
        "verb": verb,
        "title": VERBS[verb][0].removesuffix(" …"),
        "back": request.GET.get("back", request.POST.get("back", "")),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "postmortems/writing/move_countermeasure.html", context, status=status)


def _move(request: HttpRequest, row: Countermeasure, verb: str, form: MoveForm) -> bool:
    data, said = form.cleaned_data, VERBS[verb][1]
    if verb == "supersede":
        other = _successor(request, row, form)
        return bool(other) and told(request, lambda: row.supersede(request.user, other), said)
    arguments = {"decline": ("reason",), "check_effect": ("effect", "next_check")}.get(verb, ())
    return told(request, lambda: getattr(row, verb)(request.user, *[data[name] for name in arguments]), said)


def _successor(request: HttpRequest, row: Countermeasure, form: MoveForm) -> Countermeasure | None:
    try:
        other = get_countermeasure(request.user, form.cleaned_data["successor"].strip())
    except Http404:
        other = None
    if other is None or other.pk == row.pk:
        form.add_error("successor", "Give another countermeasure that you can see, such as CM-12.")
        return None
    return other


def _back(request: HttpRequest, row: Countermeasure) -> str:
    """To the desk, if the verb was called from there; else to the countermeasure's own page."""
    if request.POST.get("back") == "desk" and row.postmortem.can(request.user, "write"):
        return f"{reverse('edit_postmortem', args=[row.postmortem.reference])}#{row.anchor}"
    return row.get_absolute_url()
