"""Home: what waits for me, and what was learned lately."""
import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from postmortems.models import Countermeasure, Learning, Postmortem, Review

SOON = datetime.timedelta(days=14)
SHOWN = 8


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The newest learnings beside my desk: drafts, reviews asked of me, countermeasures due. Constant queries."""
    user, today = request.user, timezone.localdate()
    visible = Postmortem.objects.visible_to(user)
    learnings = Learning.objects.filter(postmortem__in=Postmortem.objects.open_to_everybody())
    context = {
        "drafts": visible.drafts().written_by(user).order_by("-updated_at")[:SHOWN],
        "reviews": Review.objects.filter(reviewer=user, outcome="", postmortem__in=visible.filter(status="in_review"))
        .select_related("postmortem")[:SHOWN],
        "due": Countermeasure.objects.of_visible(user).owned_by(user).due_by(today + SOON)
        .select_related("postmortem").order_by("due_on")[:SHOWN],
        "today": today,
        "learnings": learnings.select_related("postmortem", "postmortem__severity").prefetch_related("services")
        .order_by("-postmortem__visible_since", "position")[:SHOWN],
    }  # fmt: skip
    return render(request, "home.html", context)
