"""Review: asking peers to read, taking it back, and the reviewer's page with its seven questions."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from postmortems.access import get_postmortem
from postmortems.forms.reviewing import ReviewForm, SubmitForm
from postmortems.models import NotPossible, Postmortem, Review
from postmortems.views.saving import told


@require_http_methods(["GET", "POST"])
def submit_for_review(request: HttpRequest, reference: str) -> HttpResponse:
    """Choose who shall read it. In review already: ask more people."""
    postmortem = get_postmortem(request.user, reference, "write")
    form = SubmitForm(postmortem, request.user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _ask(postmortem, request.user, form.reviewers(), form.cleaned_data["teams"])
            messages.success(request, "Sent to review. You can go on writing; reviewers see every save.")
            return redirect("review", postmortem.reference)
        except NotPossible as reason:
            form.add_error(None, str(reason))
    context = {
        "form": form,
        "postmortem": postmortem,
        "checks": [c for c in postmortem.publication_checks() if not c.ok],
    }
    return render(request, "postmortems/writing/submit.html", context, status=422 if form.is_bound else 200)


def _ask(postmortem: Postmortem, by, reviewers, teams) -> None:
    with transaction.atomic():
        if postmortem.status == Postmortem.Status.IN_REVIEW:
            for reviewer in reviewers:
                Review.ask(postmortem, reviewer, by)
        else:
            postmortem.submit_for_review(by, reviewers)
        for team in teams:
            Review.ask_team(postmortem, team, by)


@require_POST
def take_back(request: HttpRequest, reference: str) -> HttpResponse:
    postmortem = get_postmortem(request.user, reference, "write")
    told(
        request,
        lambda: postmortem.take_back(request.user),
        "Taken back to draft. Reviews given so far are kept.",
    )
    return redirect("edit_postmortem", postmortem.reference)


@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, reference: str) -> HttpResponse:
    """The reviews given so far and, for whoever may review, the questions."""
    postmortem = get_postmortem(request.user, reference)
    access = postmortem.access(request.user)
    if not access.reviews:
        raise PermissionDenied("Reviews are between those who wrote it and those who were asked.")
    own = postmortem.review_set.filter(reviewer=request.user).first()
    form = ReviewForm(request.POST or None, review=own) if access.review else None
    if request.method == "POST" and form and form.is_valid():
        answer = form.answer(postmortem, request.user)
        if answer:
            return _after_review(request, postmortem, answer)
    reviews = list(postmortem.review_set.select_related("reviewer", "asked_by"))
    for one in reviews:
        one.postmortem = postmortem
    context = {"form": form, "postmortem": postmortem, "access": access, "reviews": reviews, "own": own,
               "stands_inside": own and not own.by_outsider}  # fmt: skip
    if form is None and request.method == "POST":
        messages.error(request, f"{postmortem.reference} is not in review now; nothing was saved.")
        context["typed"] = [(name, text) for name, text in request.POST.items() if name != "csrfmiddlewaretoken"]
    status = 409 if context.get("typed") else 422 if request.method == "POST" else 200
    return render(request, "postmortems/writing/review.html", context, status=status)


def _after_review(request: HttpRequest, postmortem: Postmortem, answer: Review) -> HttpResponse:
    approved = answer.outcome == Review.Outcome.APPROVED
    messages.success(
        request,
        "Thank you. Your approval is kept with it."
        if approved
        else "Thank you. It went back to its authors with your answers.",
    )
    if postmortem.access(request.user).read:
        return redirect("review", postmortem.reference)
    return redirect("home")
