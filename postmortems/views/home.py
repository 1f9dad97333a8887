"""Home: what waits for me, and what was learned lately."""

import datetime

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from postmortems.models import Countermeasure, Learning, Postmortem, Review
from postmortems.sight import Sight

SOON = datetime.timedelta(days=14)
SHOWN = 8


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The newest learnings beside my desk: drafts, reviews asked of me, countermeasures due. Constant queries."""
    user, today = request.user, timezone.localdate()
    sight = Sight(user)
    visible = sight.postmortems()
    answered = Review.objects.filter(postmortem=OuterRef("pk"))
    context = {
        "drafts": visible.drafts().written_by(user).order_by("-updated_at")
        .annotate(approved=Exists(answered.filter(outcome="approved")))
        .annotate(changes_asked=Exists(answered.filter(outcome="changes_asked")))[:SHOWN],
        "reviews": Review.objects.filter(sight("postmortem__"), postmortem__status="in_review")
        .filter(reviewer=user, outcome="")
        .select_related("postmortem")[:SHOWN],
        "due": Countermeasure.objects.filter(sight("postmortem__")).owned_by(user).due_by(today + SOON)
        .select_related("postmortem").order_by("due_on")[:SHOWN],
        "checks": Countermeasure.objects.filter(sight("postmortem__")).owned_by(user).checks_due(today)
        .select_related("postmortem").order_by("check_on")[:SHOWN],
        "today": today,
        "learnings": _lately_learned(),
    }  # fmt: skip
    return render(request, "home.html", context)


def _lately_learned() -> list[Learning]:
    """Of the newest postmortems that everybody may read: two small queries instead of sorting all learnings."""
    newest = list(
        Postmortem.objects.open_to_everybody().order_by("-visible_since").values_list("pk", flat=True)[:SHOWN]
    )
    rows = Learning.objects.filter(postmortem__in=newest).select_related("postmortem")
    return list(rows.order_by("-postmortem__visible_since", "position")[:SHOWN])
