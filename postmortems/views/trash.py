"""Trash: gone from every channel at once, thirty days to think again, and removal for good."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from postmortems.access import get_postmortem
from postmortems.forms.publishing import PurgeForm
from postmortems.models import Postmortem
from postmortems.models.postmortem import TRASH_KEPT
from postmortems.views.saving import told


@require_safe
def trash(request: HttpRequest) -> HttpResponse:
    """What this person can restore, the latest first."""
    rows = list(Postmortem.objects.in_trash_of(request.user).select_related("trashed_by").order_by("-trashed_at")[:200])
    for row in rows:
        row.gone_at = row.trashed_at + TRASH_KEPT
    return render(request, "postmortems/writing/trash.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
def delete_postmortem(request: HttpRequest, reference: str) -> HttpResponse:
    postmortem = get_postmortem(request.user, reference, "lead")
    if request.method == "POST":
        told(
            request,
            lambda: postmortem.delete_to_trash(request.user),
            f"{postmortem.reference} is in the trash.",
        )
        return redirect("trash")
    return render(request, "postmortems/writing/delete.html", {"postmortem": postmortem, "days": TRASH_KEPT.days})


@require_POST
def restore(request: HttpRequest, reference: str) -> HttpResponse:
    postmortem = get_postmortem(request.user, reference, "restore")
    told(request, lambda: postmortem.restore(request.user), f"{postmortem.reference} is back as it was.")
    return redirect(postmortem)


@require_http_methods(["GET", "POST"])
def purge(request: HttpRequest, reference: str) -> HttpResponse:
    """Remove every trace of the content, now, after its reference was typed."""
    postmortem = get_postmortem(request.user, reference, "restore")
    form = PurgeForm(postmortem.reference, request.POST if request.method == "POST" else None)
    if form.is_valid():
        postmortem.purge(request.user, form.cleaned_data["reason"])
        messages.success(request, f"{form.reference} is removed for good.")
        return redirect("trash")
    context = {"postmortem": postmortem, "form": form}
    return render(request, "postmortems/writing/purge.html", context, status=422 if form.is_bound else 200)
