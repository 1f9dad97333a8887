"""Reading: a postmortem, a learning, a countermeasure; and their short addresses."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from postmortems.access import get_countermeasure, get_learning, get_postmortem
from postmortems.article import Article
from postmortems.cards import as_cards
from postmortems.fragments import TEMPLATE, article_html
from postmortems.models import Countermeasure, Learning
from postmortems.recurring import recurring
from postmortems.views.clock import clock_of, remember, zone_for


@require_safe
def postmortem(request: HttpRequest, reference: str) -> HttpResponse:
    """The page of one postmortem. Who chose another clock is told its times in that zone (rendered, not kept)."""
    found = get_postmortem(request.user, reference)
    if found.reference != reference:
        return redirect(found, permanent=True)
    context = {"postmortem": found, "access": found.access(request.user)}
    clock = clock_of(request)
    if clock == "incident":
        context["article_html"] = mark_safe(article_html(found))
    else:
        context |= {"article": Article.load(found.pk, zone_for(request, found), clock), "article_template": TEMPLATE}
    return remember(request, render(request, "postmortems/postmortem_detail.html", context))


@require_safe
def seen_before(request: HttpRequest, reference: str) -> HttpResponse:
    """What earlier postmortems did against the themes of this one, and what became of it."""
    found = get_postmortem(request.user, reference)
    context = {"postmortem": found, "recurring": recurring(request.user, found)}
    return render(request, "postmortems/seen_before.html", context)


@require_safe
def short_address(request: HttpRequest, reference: str) -> HttpResponse:
    """/PM-12/, /L-3/ and /CM-7/ lead to their pages, for those who may see them."""
    prefix = reference.partition("-")[0].upper()
    find = {"PM": get_postmortem, "L": get_learning, "CM": get_countermeasure}[prefix]
    return redirect(find(request.user, reference))


@require_safe
def learning(request: HttpRequest, reference: str) -> HttpResponse:
    found = get_learning(request.user, reference)
    row = Learning.objects.prefetch_related("services", "tags").select_related("postmortem__severity").get(pk=found.pk)
    siblings = Learning.objects.filter(postmortem=found.postmortem).exclude(pk=found.pk)
    context = {
        "learning": row,
        "postmortem": row.postmortem,
        "origin": as_cards([row.postmortem]),
        "siblings": siblings,
    }
    return render(request, "postmortems/learning_detail.html", context)


@require_safe
def countermeasure(request: HttpRequest, reference: str) -> HttpResponse:
    found = get_countermeasure(request.user, reference)
    rows = Countermeasure.objects.select_related("postmortem__severity", "owner", "team", "superseded_by")
    row = rows.prefetch_related("factors", "observations").get(pk=found.pk)
    context = {
        "measure": row, "postmortem": row.postmortem, "origin": as_cards([row.postmortem]), "steps": _steps(row),
        "recurring": recurring(request.user, row.postmortem), "may_move": row.may_move(request.user),
        "replaced_by": _visible_replacement(request.user, row),
    }  # fmt: skip
    return render(request, "postmortems/countermeasure_detail.html", context)


def _steps(row: Countermeasure) -> list[tuple[str, str]]:
    """[(label, "passed" | "current" | "")] along the ordinary way; a side way ends in its own step."""
    way = ["proposed", "accepted", "in_progress", "done", "verified"]
    labels = dict(Countermeasure.Status.choices)
    if row.status not in way:
        return [(labels["proposed"], "passed"), (labels[row.status], "current")]
    at = way.index(row.status)
    return [
        (labels[name], "passed" if place < at else "current" if place == at else "") for place, name in enumerate(way)
    ]


def _visible_replacement(user, row: Countermeasure) -> Countermeasure | None:
    if not row.superseded_by_id:
        return None
    return Countermeasure.objects.of_visible(user).filter(pk=row.superseded_by_id).first()
