"""Pages of services, tags, teams and themes: what happened here, which factors come back, what is still open."""

import functools
import operator

from django.db.models import Count, Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kb.accounts.models import Team
from postmortems.access import MISSING
from postmortems.cards import as_cards, first_of
from postmortems.catalog_changes import current_address
from postmortems.models import ContributingFactor, Countermeasure, Learning, Postmortem, Service, Tag, Theme
from postmortems.models.visibility import OPEN
from postmortems.sight import Sight
from postmortems.vocabulary import known_to

SHOWN = 20


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """The services this reader knows of, with the number of postmortems he can read on each."""
    sight = Sight(request.user)
    affected = Postmortem.services.through.objects.filter(_read(sight, "postmortem__"))
    counts = dict(affected.values_list("service").annotate(Count("pk")).order_by())
    rows = list(known_to(request.user, Service, sight).select_related("team"))
    for row in rows:
        row.postmortem_count = counts.get(row.pk, 0)
    return render(request, "postmortems/service_list.html", {"services": rows})


@require_safe
def service(request: HttpRequest, slug: str) -> HttpResponse:
    affected, conditions = Postmortem.services.through, Postmortem.conditions.through
    return _page(request, Service, slug, [affected, conditions], Learning.services.through)


@require_safe
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, Tag, slug, [Postmortem.tags.through], Learning.tags.through)


@require_safe
def team(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, Team, slug, [Postmortem.teams.through])


@require_safe
def theme(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, Theme, slug, [ContributingFactor])


def _page(request: HttpRequest, model: type[Model], slug: str, uses: list, learned=None) -> HttpResponse:
    """One page for the four vocabularies. `uses` are the tables that join postmortems to the word, `learned` the one
    that joins learnings to it; those of its postmortems are shown as well. Constant queries."""
    sight, kind = Sight(request.user), model._meta.model_name
    known = known_to(request.user, model, sight)
    row = known.filter(slug=slug).first()
    if row is None:
        return _moved(known, kind, slug)
    joined = [use.objects.filter(**{kind: row}).values("postmortem") for use in uses]
    found = Postmortem.objects.filter(_read(sight), _any(pk__in=joined))
    of_these = Q(postmortem__in=found.values("pk"))
    wanted = of_these | Q(pk__in=learned.objects.filter(**{kind: row}).values("learning")) if learned else of_these
    return render(request, "postmortems/catalog_detail.html", {
        "item": row, "kind": kind, "today": timezone.localdate(), "total": found.count(),
        "postmortems": as_cards(found.select_related("severity").order_by("-published_at", "-number")[:SHOWN]),
        "learnings": _learnings(Learning.objects.filter(_read(sight, "postmortem__"), wanted)),
        "themes": _themes(of_these), "measures": _still_open(of_these),
    })  # fmt: skip


def _any(**lists) -> Q:
    """`_any(pk__in=[a, b])` → Q(pk__in=a) | Q(pk__in=b)."""
    [(lookup, values)] = lists.items()
    return functools.reduce(operator.or_, (Q(**{lookup: value}) for value in values))


def _read(sight: Sight, path: str = "") -> Q:
    """What is published or archived, among what the reader sees."""
    return sight(path) & Q(**{f"{path}status__in": OPEN})


def _learnings(found: QuerySet) -> list[Learning]:
    newest = found.order_by("-postmortem__published_at", "-postmortem__number", "position")
    return first_of(newest, Learning.objects.select_related("postmortem"), SHOWN)


def _themes(of_these: Q) -> list[Theme]:
    """Factors that come back: themes by the number of postmortems they stand in, as `times`."""
    counts = ContributingFactor.objects.filter(of_these).exclude(theme=None).order_by()
    counts = dict(counts.values_list("theme").annotate(Count("postmortem", distinct=True)))
    themes = list(Theme.objects.in_bulk(counts).values())
    for theme in themes:
        theme.times = counts[theme.pk]
    return sorted(themes, key=lambda theme: (-theme.times, theme.name))[:SHOWN]


def _still_open(of_these: Q) -> list[Countermeasure]:
    found = Countermeasure.objects.still_open().filter(of_these).order_by("due_on", "number")
    return first_of(found, Countermeasure.objects.select_related("postmortem", "owner", "team"), SHOWN)


def _moved(known: QuerySet, kind: str, slug: str) -> HttpResponse:
    """An address that a rename or merge gave up leads on for good."""
    uid = current_address(kind, slug)
    target = known.filter(uid=uid).first() if uid else None
    if target is None:
        raise Http404(MISSING)
    return redirect(target, permanent=True)
