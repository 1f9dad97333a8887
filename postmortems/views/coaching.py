"""The language coach beside the text: a look at all words, those of one part, and the answers to what it asks."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from postmortems.access import MISSING, get_part, get_postmortem
from postmortems.coach import FINDS
from postmortems.coaching import Coach, read_as
from postmortems.models import PART_MODELS, CoachAnswer, WorkingCopy

NEW = "new"  # the uid of a row that is being added


@require_safe
def coach(request: HttpRequest, reference: str) -> HttpResponse:
    """What the coach asks about, part by part. About a dozen queries, and 15 ms for 1,000 words."""
    postmortem = get_postmortem(request.user, reference, "write")
    margins = Coach(postmortem).margins()
    context = {"postmortem": postmortem, "margins": margins, "asks": sum(len(margin.open) for margin in margins)}
    return render(request, "postmortems/writing/coach_page.html", context)


@require_http_methods(["GET", "POST"])
def coach_part(request: HttpRequest, reference: str, kind: str, uid: str) -> HttpResponse:
    """The words of one part: as a page, or with htmx as its margin. A POST reads what is being typed; it writes
    nothing."""
    part = _find(request, reference, kind, uid)
    typed = request.POST if request.method == "POST" else None
    return _show(request, part, _typed(part, typed) if typed else _kept(request, part), typing=typed is not None)


@require_POST
def answer_coach(request: HttpRequest, reference: str, kind: str, uid: str) -> HttpResponse:
    """“Keep, because …”, “not a match”, or asking again. Who answered is not kept."""
    part = _find(request, reference, kind, uid)
    if request.POST.get("rule") not in dict(FINDS) or uid == NEW:
        raise Http404(MISSING)
    fault = _answer(_postmortem_of(part), part, _kept(request, part), request.POST)
    if request.htmx:
        typing = request.POST.get("typing") == "1"
        return _show(request, part, _kept(request, part), typing=typing, fault=fault, focus=True)
    if fault:
        messages.error(request, fault)
    return redirect(reverse("coach_part", args=[reference, kind, uid]))


def _answer(postmortem, part, texts, data):
    """Keep one answer; a sentence where that did not work, else "". Only what stands in the text teaches anything."""
    finding = [data.get(name, "") for name in ("rule", "words")]
    answer = data.get("answer", "")
    if answer == "again":
        CoachAnswer.take_back(postmortem, part.uid, *finding)
        return ""
    if answer not in CoachAnswer.Kind.values:
        return "Choose one of the answers; nothing was kept."
    try:
        notes = Coach(postmortem).margin(part, texts).open
        around = next((note.finding.around for note in notes if [note.finding.rule.id, note.words] == finding), "")
        CoachAnswer.give(postmortem, part.uid, *finding, answer, data.get("because", ""), around)
    except ValidationError as error:
        return error.messages[0]
    return ""


def _find(request, reference, kind, uid):
    """The part, or the postmortem itself for `details`; an unsaved row where one is being added."""
    if kind == "details":
        postmortem = get_postmortem(request.user, reference, "write")
        if uid != postmortem.uid:
            raise Http404(MISSING)
        return postmortem
    if uid != NEW:
        return get_part(request.user, reference, kind, uid)
    postmortem = get_postmortem(request.user, reference, "write")
    if kind not in PART_MODELS:
        raise Http404(MISSING)
    return PART_MODELS[kind](postmortem=postmortem, uid=NEW)


def _typed(part, data):
    """{field: text} of a form that is being filled; what was chosen decides how the text is read."""
    for name in ("kind", "source", "role"):
        if name in data and hasattr(part, name):
            setattr(part, name, data[name])
    return {name: data.get(name, "") for name in read_as(part)}


def _kept(request, part):
    """{field: text} of what this person typed into a published part and has not made live; else None."""
    copy = WorkingCopy.objects.of(request.user, part) if part.pk else None
    return {name: texts[0] for name, texts in copy.values.items() if texts} if copy else None


def _postmortem_of(part):
    return getattr(part, "postmortem", part)


def _show(request, part, texts, *, typing, fault="", focus=False):
    postmortem = _postmortem_of(part)
    context = {"postmortem": postmortem, "margin": Coach(postmortem).margin(part, texts), "part": part,
               "typing": typing, "fault": fault, "focus": focus}  # fmt: skip
    template = "postmortems/writing/coach.html" if request.htmx else "postmortems/writing/coach_part.html"
    return render(request, template, context)
