"""Lists: postmortems, learnings and countermeasures, with filters and orders in the address."""

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, F, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from postmortems.cards import as_cards, in_turn
from postmortems.filters import CountermeasureFilter, LearningFilter, PostmortemFilter
from postmortems.models import Countermeasure, Learning, Postmortem
from postmortems.sight import Sight

PER_PAGE = 25
PER_COLUMN = 20
COLUMNS = ("proposed", "accepted", "in_progress", "done", "verified")
ORDERS = {
    "newest": ("Newest first", ["-published_at", "-number"]),
    "oldest": ("Oldest first", ["published_at", "number"]),
    "severity": ("Gravest first", ["severity__rank", "-published_at", "-number"]),
}


@require_safe
def postmortems(request: HttpRequest) -> HttpResponse:
    # Without a status only published ones are shown: then the sight need not know of the reader's drafts.
    sight = request.sight = Sight(request.user, published=not request.GET.get("status"))
    chosen = PostmortemFilter(request.GET, queryset=sight.postmortems(), request=request)
    order = request.GET.get("order") if request.GET.get("order") in ORDERS else "newest"
    rows = chosen.qs.select_related("severity").order_by(*ORDERS[order][1])
    page = _page(request, rows, chosen.qs)
    page.object_list = _with_learning_counts(as_cards(page.object_list))
    context = {"orders": [(key, label) for key, (label, _) in ORDERS.items()], "order": order}
    return _show(request, "postmortems/postmortem_list.html", chosen, page, context)


@require_safe
def learnings(request: HttpRequest) -> HttpResponse:
    sight = request.sight = Sight(request.user, published=True)
    chosen = LearningFilter(request.GET, queryset=Learning.objects.all(), request=request)
    # Along the numbers, asking of each row whether it is seen, until the page is full.
    rows = chosen.qs.filter(sight.of_each()).order_by("-number").values_list("pk", flat=True)
    page = _page(request, rows, chosen.qs.filter(sight("postmortem__")))
    page.object_list = in_turn(Learning.objects.select_related("postmortem"), page.object_list)
    return _show(request, "postmortems/learning_list.html", chosen, page, {})


@require_safe
def countermeasures(request: HttpRequest) -> HttpResponse:
    sight = request.sight = Sight(request.user)
    visible = Countermeasure.objects.filter(sight("postmortem__"))
    chosen = CountermeasureFilter(request.GET, queryset=visible, request=request)
    if request.GET.get("layout") == "board":
        return _show(request, "postmortems/countermeasure_board.html", chosen, None, _board(chosen.qs))
    open_first = Case(When(status__in=Countermeasure.OPEN, then=0), default=1)
    rows = chosen.qs.order_by(open_first, F("due_on").asc(nulls_last=True), "-number").values_list("pk", flat=True)
    page = _page(request, rows, chosen.qs)
    page.object_list = in_turn(Countermeasure.objects.select_related("postmortem", "owner", "team"), page.object_list)
    context = {"today": timezone.localdate()}
    return _show(request, "postmortems/countermeasure_list.html", chosen, page, context)


def _board(found: QuerySet) -> dict:
    """Columns from proposed to verified, each with how many there are and the next due ones. Six or seven queries."""
    counts = dict(found.order_by().values_list("status").annotate(Count("pk", distinct=True)))
    shown = Countermeasure.objects.select_related("postmortem", "owner", "team")
    columns = []
    for status in COLUMNS:
        newest = status not in Countermeasure.OPEN
        order = ["-done_at", "-number"] if newest else [F("due_on").asc(nulls_last=True), "number"]
        keys = found.filter(status=status).order_by(*order).values_list("pk", flat=True)[:PER_COLUMN]
        total = counts.get(status, 0)
        columns.append({
            "status": status, "label": Countermeasure.Status(status).label, "total": total,
            "measures": in_turn(shown, keys), "more": max(0, total - PER_COLUMN),
        })  # fmt: skip
    return {"columns": columns, "total": sum(counts.values()), "today": timezone.localdate()}


def _with_learning_counts(rows: list[Postmortem]) -> list[Postmortem]:
    """`learning_count` for the rows that are shown; counting all of them first would cost as much as the page."""
    of_these = Learning.objects.filter(postmortem__in=rows).values_list("postmortem").annotate(Count("pk")).order_by()
    counts = dict(of_these)
    for row in rows:
        row.learning_count = counts.get(row.pk, 0)
    return rows


def _page(request: HttpRequest, rows: QuerySet, counted: QuerySet) -> Page:
    """The page asked for, or the nearest there is. Counted without what only the shown rows need."""
    paginator = Paginator(rows, PER_PAGE)
    paginator.count = counted.order_by().count()
    return paginator.get_page(request.GET.get("page"))


def _show(request: HttpRequest, template: str, chosen, page: Page | None, context: dict) -> HttpResponse:
    rest = request.GET.copy()
    rest.pop("page", None)
    without_order, without_layout = rest.copy(), rest.copy()
    without_order.pop("order", None)
    without_layout.pop("layout", None)
    filtered = any(value for key, value in rest.items() if key in chosen.filters)
    return render(request, template, {
        "page": page, "form": chosen.form, "filtered": filtered, "query": _prefix(rest),
        "query_without_order": _prefix(without_order), "query_without_layout": _prefix(without_layout), **context,
    })  # fmt: skip


def _prefix(query) -> str:
    text = query.urlencode()
    return f"{text}&" if text else ""
