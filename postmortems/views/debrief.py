"""The debrief: a facilitator asked for, a date with its .ics, an agenda for the wall, two questions afterwards."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from postmortems.access import MISSING, get_postmortem
from postmortems.article import Article
from postmortems.calendar import as_ics
from postmortems.forms.debrief import DebriefAnswerForm, DebriefForm
from postmortems.models import Debrief, DebriefAnswer, FacilitationRequest, Postmortem
from postmortems.views.saving import told


def _debrief_of(postmortem: Postmortem) -> Debrief | None:
    return Debrief.objects.filter(postmortem=postmortem).first()


@require_http_methods(["GET", "HEAD", "POST"])
def debrief(request: HttpRequest, reference: str) -> HttpResponse:
    """When and where, who facilitates, the sums of what people said afterwards; its writers plan it here."""
    postmortem = get_postmortem(request.user, reference)
    access, planned = postmortem.access(request.user), _debrief_of(postmortem)
    form = DebriefForm(postmortem, planned, request.POST or None) if access.write else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied("Those who write it plan the debrief.")
        if form.is_valid():
            data = form.cleaned_data
            plan = {name: data[name] for name in ("at", "minutes", "place")}
            if told(request, lambda: Debrief.plan(postmortem, request.user, **plan), "The debrief is planned."):
                return redirect("debrief", postmortem.reference)
    wish = FacilitationRequest.objects.filter(postmortem=postmortem).select_related("by").first()
    context = {
        "postmortem": postmortem, "access": access, "debrief": planned, "form": form, "wish": wish,
        "sums": DebriefAnswer.sums(postmortem), "answers": DebriefAnswerForm() if access.comment else None,
        "own": DebriefAnswer.objects.filter(postmortem=postmortem, user=request.user).first(),
    }  # fmt: skip
    return render(request, "postmortems/debrief.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def call_off_debrief(request: HttpRequest, reference: str) -> HttpResponse:
    postmortem = get_postmortem(request.user, reference, "write")
    planned = _debrief_of(postmortem)
    if planned:
        told(request, lambda: planned.call_off(request.user), "The debrief is called off.")
    return redirect("debrief", postmortem.reference)


@require_POST
def answer_debrief(request: HttpRequest, reference: str) -> HttpResponse:
    postmortem = get_postmortem(request.user, reference, "comment")
    form = DebriefAnswerForm(request.POST)
    if form.is_valid():
        give = form.answers()
        said = "Thank you. It is counted, and shown to nobody as yours."
        told(request, lambda: DebriefAnswer.give(postmortem, request.user, **give), said)
        return redirect("debrief", postmortem.reference)
    access, planned = postmortem.access(request.user), _debrief_of(postmortem)
    context = {"postmortem": postmortem, "access": access, "debrief": planned, "answers": form}
    return render(request, "postmortems/debrief.html", context, status=422)


@require_safe
def debrief_ics(request: HttpRequest, reference: str) -> HttpResponse:
    """The entry for a calendar. Of a restricted postmortem it says the number alone: calendars are read by others."""
    postmortem = get_postmortem(request.user, reference)
    planned = _debrief_of(postmortem)
    if planned is None:
        raise Http404(MISSING)
    url = f"{settings.PUBLIC_URL.rstrip('/')}{postmortem.get_absolute_url()}debrief/"
    title = f": {postmortem.title}" if postmortem.visibility == "organization" else ""
    text = as_ics(
        uid=f"{planned.uid}@{request.get_host()}", revision=planned.revision, stamp=planned.changed_at, at=planned.at,
        until=planned.until, summary=f"Debrief {postmortem.reference}{title}", place=planned.place, url=url,
        about=f"How did it look to those who were there?\n{url}",
    )  # fmt: skip
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{postmortem.reference}-debrief.ics"'
    return response


@require_safe
def agenda(request: HttpRequest, reference: str) -> HttpResponse:
    """For the wall of the room: large, in the order of the conversation, without what one operates."""
    postmortem = get_postmortem(request.user, reference)
    article = Article.load(postmortem.pk)
    lines = [line for line in article.lines if line.milestones or line.entry and line.entry.is_key_moment]
    context = {
        "postmortem": postmortem, "article": article, "lines": lines, "debrief": _debrief_of(postmortem),
        "open_comments": list(postmortem.comments.still_open()[:12]),
    }  # fmt: skip
    return render(request, "postmortems/agenda.html", context)


@require_POST
def ask_facilitator(request: HttpRequest, reference: str) -> HttpResponse:
    postmortem = get_postmortem(request.user, reference, "write")
    said = "Those who facilitate were told. Whoever takes it stands here then."
    told(request, lambda: FacilitationRequest.ask(postmortem, request.user), said)
    return redirect("debrief", postmortem.reference)


@require_POST
def facilitate(request: HttpRequest, reference: str) -> HttpResponse:
    postmortem = get_postmortem(request.user, reference)
    wish = FacilitationRequest.objects.filter(postmortem=postmortem).select_related("postmortem", "by").first()
    if wish is None:
        raise Http404(MISSING)
    told(request, lambda: wish.take(request.user), f"You facilitate {postmortem.reference}. Thank you.")
    return redirect("debrief", postmortem.reference)
