"""Pages of services, tags, teams and themes: what happened here, which factors come back, what is still open."""

from django.db.models import Count, Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kb.accounts.models import Team
from postmortems.access import MISSING
from postmortems.catalog_changes import current_address
from postmortems.models import Countermeasure, Learning, Postmortem, Service, Tag, Theme
from postmortems.models.visibility import OPEN
from postmortems.sight import Sight
from postmortems.vocabulary import known_to

SHOWN = 20


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """The services this reader knows of, with the number of postmortems he can read on each."""
    sight = Sight(request.user)
    rows = known_to(request.user, Service, sight).select_related("team")
    rows = rows.annotate(postmortem_count=Count("postmortems", filter=_read(sight, "postmortems__"), distinct=True))
    return render(request, "postmortems/service_list.html", {"services": rows})


@require_safe
def service(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, Service, "service", slug,
                 lambda row: Q(services=row) | Q(conditions=row), lambda row: Q(services=row))  # fmt: skip


@require_safe
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, Tag, "tag", slug, lambda row: Q(tags=row), lambda row: Q(tags=row))


@require_safe
def team(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, Team, "team", slug, lambda row: Q(teams=row), None)


@require_safe
def theme(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, Theme, "theme", slug, lambda row: Q(contributingfactor_set__theme=row), None)


def _page(request: HttpRequest, model: type[Model], kind: str, slug: str, of_postmortem, of_learning) -> HttpResponse:
    """One page for the four vocabularies. `of_postmortem(row)` and `of_learning(row)` are Qs of what belongs to it;
    without the latter, learnings are those of its postmortems. Constant queries."""
    sight = Sight(request.user)
    known = known_to(request.user, model, sight)
    row = known.filter(slug=slug).first()
    if row is None:
        return _moved(known, kind, slug)
    found = Postmortem.objects.filter(_read(sight), pk__in=Postmortem.objects.filter(of_postmortem(row)).values("pk"))
    of_these = Q(postmortem__in=found.values("pk"))
    wanted = of_these | of_learning(row) if of_learning else of_these
    learnings = Learning.objects.filter(_read(sight, "postmortem__"), wanted).distinct().select_related("postmortem")
    return render(request, "postmortems/catalog_detail.html", {
        "item": row, "kind": kind, "today": timezone.localdate(), "total": found.count(),
        "postmortems": found.for_cards().order_by("-published_at", "-number")[:SHOWN],
        "learnings": learnings.order_by("-postmortem__published_at", "position")[:SHOWN],
        "themes": _themes(found), "measures": _still_open(of_these),
    })  # fmt: skip


def _read(sight: Sight, path: str = "") -> Q:
    """What is published or archived, among what the reader sees."""
    return sight(path) & Q(**{f"{path}status__in": OPEN})


def _themes(found: QuerySet) -> QuerySet:
    """Factors that come back: themes by the number of postmortems they stand in."""
    count = Count("factors__postmortem", filter=Q(factors__postmortem__in=found.values("pk")), distinct=True)
    return Theme.objects.annotate(times=count).filter(times__gt=0).order_by("-times", "name")[:SHOWN]


def _still_open(of_these: Q) -> QuerySet:
    rows = Countermeasure.objects.still_open().filter(of_these).select_related("postmortem", "owner", "team")
    return rows.order_by("due_on", "number")[:SHOWN]


def _moved(known: QuerySet, kind: str, slug: str) -> HttpResponse:
    """An address that a rename or merge gave up leads on for good."""
    uid = current_address(kind, slug)
    target = known.filter(uid=uid).first() if uid else None
    if target is None:
        raise Http404(MISSING)
    return redirect(target, permanent=True)
