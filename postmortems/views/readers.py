"""Who may read a restricted postmortem by name; and the administrator's break-glass."""

import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from kb.lib.uids import sent_uid
from postmortems.access import get_postmortem, number_of
from postmortems.forms.publishing import BreakGlassForm, ReaderForm
from postmortems.models import Named, Postmortem

BREAK_GLASS = datetime.timedelta(hours=1)


@require_http_methods(["GET", "POST"])
def readers(request: HttpRequest, reference: str) -> HttpResponse:
    """The people and teams named on it; its lead adds and removes them."""
    postmortem = get_postmortem(request.user, reference, "lead")
    form = ReaderForm(request.user, request.POST if request.method == "POST" else None)
    if form.is_valid():
        who = form.who()
        if postmortem.named_set.filter(until=None, **who).exists():
            messages.info(request, "Named already; nothing was changed.")
        else:
            Named.name_reader(postmortem, request.user, reason=form.cleaned_data["reason"], **who)
            messages.success(request, f"{next(iter(who.values()))} can read it now.")
        return redirect("readers", postmortem.reference)
    rows = postmortem.named_set.select_related("user", "team", "by").order_by("at")
    context = {"postmortem": postmortem, "form": form, "rows": rows, "now": timezone.now()}
    return render(request, "postmortems/writing/readers.html", context, status=422 if form.is_bound else 200)


@require_POST
def remove_reader(request: HttpRequest, reference: str) -> HttpResponse:
    """Take a name off the list: POST who=<uid of the person or team>."""
    postmortem = get_postmortem(request.user, reference, "lead")
    gone = Named.remove_reader(postmortem, request.user, sent_uid(request.POST, "who"))
    messages.success(request, "Removed. It is out of their sight from now on.") if gone else messages.info(
        request, "That name was not on the list; nothing was changed."
    )
    return redirect("readers", postmortem.reference)


@require_http_methods(["GET", "POST"])
def break_glass(request: HttpRequest) -> HttpResponse:
    """One hour of reading one restricted postmortem, for an administrator, with a reason that stays visible."""
    if not request.user.is_admin:
        raise Http404
    form = BreakGlassForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        postmortem = _restricted(form.cleaned_data["reference"].strip())
        if postmortem:
            until = timezone.now() + BREAK_GLASS
            Named.name_reader(
                postmortem,
                request.user,
                user=request.user,
                reason=form.cleaned_data["reason"],
                until=until,
                break_glass=True,
            )
            messages.warning(request, "You can read it for one hour. This is recorded and shown on the postmortem.")
            return redirect(postmortem)
        form.add_error("reference", "There is no restricted postmortem with this number.")
    return render(request, "postmortems/writing/break_glass.html", {"form": form}, status=422 if form.is_bound else 200)


def _restricted(reference: str) -> Postmortem | None:
    try:
        number = number_of(reference, "PM")
    except Http404:
        return None
    rows = Postmortem.objects.filter(visibility="restricted", trashed_at=None).exclude(status="withdrawn")
    return rows.filter(number=number).first()
