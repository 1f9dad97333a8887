"""Publication and its ways back: the checklist, publish, withdraw, reinstate, archive; who sees it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from postmortems.access import get_postmortem
from postmortems.forms.publishing import ReasonForm
from postmortems.gate import unanswered
from postmortems.models import Postmortem
from postmortems.recurring import recurring
from postmortems.views.saving import told


@require_http_methods(["GET", "POST"])
def publish(request: HttpRequest, reference: str) -> HttpResponse:
    """The checklist: what is empty, what is unanswered, who will see it; and the button, once the gate is open."""
    postmortem = get_postmortem(request.user, reference, "write")
    if request.method == "POST" and told(request, lambda: postmortem.publish(request.user), "Published."):
        return redirect("published", postmortem.reference)
    checks = postmortem.publication_checks()
    must_submit = postmortem.status == "draft" and postmortem.depth != "note"
    context = {
        "postmortem": postmortem,
        "access": postmortem.access(request.user),
        "audience": audience_in_words(postmortem),
        "blocking": [check for check in checks if check.blocks],
        "asking": [c for c in checks if not c.blocks and not c.ok],
        "is_open": all(check.ok for check in checks if check.blocks) and not must_submit,
        "must_submit": must_submit,
        "coverage": coverage_of(postmortem),
        "recurring": recurring(request.user, postmortem),
        "can_be": postmortem.status in ("draft", "in_review"),
    }
    return render(request, "postmortems/writing/publish.html", context, status=409 if request.method == "POST" else 200)


def coverage_of(postmortem: Postmortem) -> tuple[int, int]:
    """(answered, wanting): of the factors and observations that want an answer, how many have one. Four queries."""
    rows = [*postmortem.contributingfactor_set.all(), *postmortem.observation_set.all()]
    wanting = sum(row.wants_an_answer for row in rows)
    return wanting - len(unanswered(postmortem)), wanting


def audience_in_words(postmortem: Postmortem) -> str:
    """Who reads it once it is published, as a sentence."""
    if postmortem.visibility == Postmortem.Visibility.ORGANIZATION:
        return "Everybody who can sign in will read it; it can be found by search and comes in the weekly digest."
    names = [str(named) for named in postmortem.named_set.select_related("user", "team")]
    also = f", and {', '.join(names)}" if names else ""
    readers = f"Its owner, its authors, those asked to review it, and security will read it{also}."
    return f"{readers} Nobody else learns that it exists."


@require_safe
def published(request: HttpRequest, reference: str) -> HttpResponse:
    """What happens next."""
    postmortem = get_postmortem(request.user, reference, "write")
    if postmortem.status not in ("published", "archived"):
        return redirect("publish", postmortem.reference)
    open_ones = postmortem.countermeasure_set.still_open().select_related("owner")
    context = {"postmortem": postmortem, "open_ones": open_ones, "learnings": postmortem.learning_set.all()}
    return render(request, "postmortems/writing/published.html", context)


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Take it away from its readers, with a reason that stays with it."""
    postmortem = get_postmortem(request.user, reference, "lead")
    form = ReasonForm(
        request.POST if request.method == "POST" else None,
        label="Why is it withdrawn?",
        hint="Kept with it, for its owner, authors and facilitators.",
    )
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        if told(
            request,
            lambda: postmortem.withdraw(request.user, reason),
            "Withdrawn. It can be reinstated as a draft.",
        ):
            return redirect(postmortem)
    return _reason_page(request, postmortem, form, "withdraw")


@require_POST
def reinstate(request: HttpRequest, reference: str) -> HttpResponse:
    postmortem = get_postmortem(request.user, reference, "lead")
    told(request, lambda: postmortem.reinstate(request.user), "Reinstated as a draft.")
    return redirect("edit_postmortem", postmortem.reference)


@require_POST
def archive(request: HttpRequest, reference: str) -> HttpResponse:
    postmortem = get_postmortem(request.user, reference, "lead")
    told(request, lambda: postmortem.archive(request.user), "Archived. Everybody can still read it.")
    return redirect(postmortem)


@require_POST
def unarchive(request: HttpRequest, reference: str) -> HttpResponse:
    postmortem = get_postmortem(request.user, reference, "lead")
    told(request, lambda: postmortem.unarchive(request.user), "Back among the published ones.")
    return redirect(postmortem)


@require_http_methods(["GET", "POST"])
def visibility(request: HttpRequest, reference: str) -> HttpResponse:
    """Restrict it, or open it to the whole organization with a reason."""
    postmortem = get_postmortem(request.user, reference, "lead")
    restricted = postmortem.visibility == Postmortem.Visibility.RESTRICTED
    form = ReasonForm(
        request.POST if request.method == "POST" else None, required=restricted,
        label="Why may everybody read it now?" if restricted else "Why is it restricted?",
        hint="Kept in the audit trail.",
    )  # fmt: skip
    if form.is_valid():
        verb, done = (
            (postmortem.open_up, "Open to the organization.") if restricted else (postmortem.restrict, "Restricted.")
        )
        if told(request, lambda: verb(request.user, form.cleaned_data["reason"]), done):
            return redirect(postmortem if postmortem.can(request.user, "read") else "home")
    return _reason_page(request, postmortem, form, "open_up" if restricted else "restrict")


WORDS = {
    "withdraw": (
        "Withdraw",
        "It leaves search, lists and digests at once. Its owner, authors and facilitators still see "
        "it, and it can be reinstated as a draft.",
        "Withdraw it",
    ),
    "open_up": (
        "Open to the organization",
        "Everybody who can sign in will be able to read it once it is published, with "
        "its timeline, names and numbers. Read it once more with that in mind.",
        "Open it up",
    ),
    "restrict": (
        "Restrict",
        "From the next request on only its owner, authors, the people asked to review it, those you "
        "name, and security can see it. Everybody else gets the answer of a page that does not exist.",
        "Restrict it",
    ),
}


def _reason_page(request: HttpRequest, postmortem: Postmortem, form, key: str) -> HttpResponse:
    title, text, button = WORDS[key]
    context = {"postmortem": postmortem, "form": form, "heading": title, "text": text, "button": button}
    return render(request, "postmortems/writing/reason.html", context, status=422 if form.is_bound else 200)
