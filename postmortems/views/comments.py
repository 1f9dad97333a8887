"""The discussion of a postmortem: threads on its parts, said, answered, resolved."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from postmortems.access import MISSING, get_postmortem
from postmortems.coaching import about_comment
from postmortems.forms.comments import CommentForm, OwnCommentForm, gist, parts_of
from postmortems.models import Comment, Postmortem

VERBS = {"resolve": "Resolved.", "reopen": "Open again.", "remove": "Taken back."}


@require_http_methods(["GET", "HEAD", "POST"])
def comments(request: HttpRequest, reference: str) -> HttpResponse:
    """All threads, the open ones first; a form for a new one (`?part=factor-…` chooses its part)."""
    postmortem = get_postmortem(request.user, reference)
    access = postmortem.access(request.user)
    may_comment = access.comment
    parts = parts_of(postmortem)
    form = CommentForm(parts, request.POST or None, initial={"part": request.GET.get("part", "")})
    if request.method == "POST":
        if not may_comment:
            raise PermissionDenied(f"You may read {postmortem.reference}, but not comment on it.")
        if form.is_valid():
            said = Comment.say(postmortem, request.user, form.cleaned_data["text"], part=form.chosen())
            return show_said(request, said)
    threads = threads_of(postmortem, parts, access)
    context = {
        "postmortem": postmortem, "form": form, "may_comment": may_comment,
        "open": [one for one in threads if not one.resolved_at],
        "resolved": [one for one in threads if one.resolved_at],
    }  # fmt: skip
    return render(request, "postmortems/comments.html", context, status=422 if request.method == "POST" else 200)


def threads_of(postmortem: Postmortem, parts, access) -> list[Comment]:
    """Threads with `about` (anchor and words of their part), answers and what may be done. Three queries."""
    said = {part.uid: (part.anchor, f"{part._meta.verbose_name.capitalize()}: {gist(part)}") for part in parts}
    rows = postmortem.comments.threads().select_related("by", "resolved_by").prefetch_related("replies__by")
    threads = list(rows)
    for thread in threads:
        thread.about = said.get(thread.part_uid)
        thread.part_is_gone = bool(thread.part_uid) and thread.about is None
        thread.answers = list(thread.replies.all())
        thread.resolvable = thread.may_resolve(access)
        for one in (thread, *thread.answers):
            one.mine = one.may_change(access)
    return threads


def find(request: HttpRequest, reference: str, uid: str) -> Comment:
    """A comment through the door of its postmortem."""
    postmortem = get_postmortem(request.user, reference)
    comment = postmortem.comments.select_related("thread").filter(uid=uid).first()
    if comment is None:
        raise Http404(MISSING)
    comment.postmortem = postmortem
    return comment


def show_said(request: HttpRequest, comment: Comment) -> HttpResponse:
    """The comment where it stands; of a question that accuses, the coach says so once, to who asked it."""
    if question := about_comment(comment.text):
        messages.info(request, question)
    return redirect(comment)


@require_POST
def reply(request: HttpRequest, reference: str, uid: str) -> HttpResponse:
    thread = find(request, reference, uid)
    form = OwnCommentForm(request.POST)
    if form.is_valid():
        said = Comment.say(thread.postmortem, request.user, form.cleaned_data["text"], thread=thread)
        return show_said(request, said)
    return show_own(request, thread, form, "Answer", status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_comment(request: HttpRequest, reference: str, uid: str) -> HttpResponse:
    comment = find(request, reference, uid)
    if not comment.may_change(comment.postmortem.access(request.user)):
        raise PermissionDenied("Only who said it changes it.")
    form = OwnCommentForm(request.POST or None, initial={"text": comment.text})
    if form.is_valid():
        comment.rewrite(request.user, form.cleaned_data["text"])
        return show_said(request, comment)
    return show_own(request, comment, form, "Change what you said", status=422 if request.method == "POST" else 200)


@require_POST
def settle_comment(request: HttpRequest, reference: str, uid: str, verb: str) -> HttpResponse:
    """resolve, reopen or remove."""
    comment = find(request, reference, uid)
    if verb not in VERBS:
        raise Http404(MISSING)
    getattr(comment, verb)(request.user)
    messages.success(request, VERBS[verb])
    return redirect(reverse("comments", args=[comment.postmortem.reference]))


def show_own(request: HttpRequest, comment: Comment, form, title: str, status: int) -> HttpResponse:
    context = {"comment": comment, "postmortem": comment.postmortem, "form": form, "title": title}
    return render(request, "postmortems/comment_form.html", context, status=status)
