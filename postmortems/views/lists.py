"""Lists: postmortems, learnings and countermeasures, with filters and orders in the address."""
from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from postmortems.filters import CountermeasureFilter, LearningFilter, PostmortemFilter
from postmortems.models import Countermeasure, Learning, Postmortem
from postmortems.models.visibility import OPEN

PER_PAGE = 25
ORDERS = {
    "newest": ("Newest first", ["-published_at", "-number"]),
    "oldest": ("Oldest first", ["published_at", "number"]),
    "severity": ("Gravest first", ["severity__rank", "-published_at", "-number"]),
}


@require_safe
def postmortems(request: HttpRequest) -> HttpResponse:
    visible = Postmortem.objects.visible_to(request.user)
    chosen = PostmortemFilter(request.GET, queryset=visible, request=request)
    order = request.GET.get("order") if request.GET.get("order") in ORDERS else "newest"
    rows = chosen.qs.for_cards().annotate(learning_count=Count("learning_set")).order_by(*ORDERS[order][1])
    context = {"orders": [(key, label) for key, (label, _) in ORDERS.items()], "order": order}
    return _show(request, "postmortems/postmortem_list.html", chosen, rows, context)


@require_safe
def learnings(request: HttpRequest) -> HttpResponse:
    visible = Learning.objects.filter(postmortem__in=Postmortem.objects.visible_to(request.user).filter(status__in=OPEN))
    chosen = LearningFilter(request.GET, queryset=visible, request=request)
    rows = chosen.qs.select_related("postmortem__severity").prefetch_related("services", "tags")
    return _show(request, "postmortems/learning_list.html", chosen, rows.order_by("-number"))


@require_safe
def countermeasures(request: HttpRequest) -> HttpResponse:
    visible = Countermeasure.objects.of_visible(request.user)
    chosen = CountermeasureFilter(request.GET, queryset=visible, request=request)
    rows = chosen.qs.select_related("postmortem", "owner", "team").order_by("due_on", "number")
    return _show(request, "postmortems/countermeasure_list.html", chosen, rows, {"today": timezone.localdate()})


def _show(request: HttpRequest, template: str, chosen, rows: QuerySet, context: dict | None = None) -> HttpResponse:
    page = _page(request, chosen.qs, rows)
    rest = request.GET.copy()
    rest.pop("page", None)
    without_order = rest.copy()
    without_order.pop("order", None)
    filtered = any(value for key, value in rest.items() if key in chosen.filters)
    return render(request, template, {
        "page": page, "form": chosen.form, "filtered": filtered, "query": _prefix(rest),
        "query_without_order": _prefix(without_order), **(context or {}),
    })  # fmt: skip


def _page(request: HttpRequest, counted: QuerySet, rows: QuerySet) -> Page:
    """The page asked for, or the nearest there is. Counted without what only the shown rows need."""
    paginator = Paginator(rows, PER_PAGE)
    paginator.count = counted.order_by().count()
    return paginator.get_page(request.GET.get("page"))


def _prefix(query) -> str:
    text = query.urlencode()
    return f"{text}&" if text else ""
