"""The history of a postmortem: its changes, two whole versions side by side, and putting back what was."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kb.accounts.models import User
from postmortems import history
from postmortems.access import MISSING, get_postmortem
from postmortems.desk import GROUPS
from postmortems.models import Conflict, NotPossible
from postmortems.models.restoring import find, put_back
from postmortems.views.rows import show_row
from postmortems.views.saving import read_version

PER_PAGE = 30


@require_safe
def postmortem_history(request: HttpRequest, reference: str) -> HttpResponse:
    """Changes, the latest first; narrowed by `kind`, `part` (a uid), `by` (a user name) or `change` (a uid)."""
    postmortem = get_postmortem(request.user, reference)
    access = postmortem.access(request.user)
    everything = history.changes_for(postmortem, access)
    people = User.objects.filter(pk__in=everything.order_by().values("by")).order_by("name", "username")
    kinds = set(everything.order_by().values_list("part_kind", flat=True).distinct())
    chosen = {name: request.GET.get(name, "") for name in ("kind", "part", "by", "change")}
    page = Paginator(_narrowed(everything, chosen).select_related("by").order_by("-pk"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "postmortem": postmortem, "access": access, "page": page, "chosen": chosen, "people": list(people),
        "lines": history.lines_of(postmortem, list(page.object_list)), "sees_all": history.sees_all(postmortem, access),
        "kinds": [(kind, _title(kind)) for kind in ("postmortem", *GROUPS) if kind in kinds],
        "snapshots": _named(history.snapshots_for(postmortem, access)), "query": _query(chosen),
    }  # fmt: skip
    return render(request, "postmortems/history.html", context)


def _narrowed(changes, chosen):
    for name, field in (("kind", "part_kind"), ("part", "part_uid"), ("by", "by__username"), ("change", "uid")):
        if chosen[name]:
            changes = changes.filter(**{field: chosen[name]})
    return changes


def _query(chosen):
    return "".join(f"{urlencode({name: value})}&" for name, value in chosen.items() if value)


def _title(kind):
    return "Title, details, state" if kind == "postmortem" else GROUPS[kind].title


def _named(snapshots):
    return [(row, history.REASONS.get(row.reason, row.reason)) for row in reversed(snapshots)]


@require_safe
def compare_versions(request: HttpRequest, reference: str) -> HttpResponse:
    """Two whole versions, `old` and `new`, by the uids of their snapshots; `new` may be “now”."""
    postmortem = get_postmortem(request.user, reference)
    access = postmortem.access(request.user)
    seen = history.snapshots_for(postmortem, access)
    if "old" not in request.GET:
        return redirect("postmortem_history", postmortem.reference)
    old = _snapshot(seen, request.GET.get("old"))
    new = None if request.GET.get("new", "now") == "now" else _snapshot(seen, request.GET["new"])
    if new and new.pk < old.pk:
        old, new = new, old
    data = new.data if new else postmortem.as_aggregate()
    left_out = set() if history.sees_all(postmortem, access) else history.nameless(postmortem)
    context = {
        "postmortem": postmortem, "access": access, "old": old, "new": new, "reasons": history.REASONS,
        "old_name": history.REASONS.get(old.reason), "new_name": history.REASONS.get(new.reason) if new else "Now",
        "found": history.compare(postmortem, old.data, data, left_out), "snapshots": _named(seen),
    }  # fmt: skip
    return render(request, "postmortems/compare.html", context)


def _snapshot(seen, uid):
    row = seen.defer(None).filter(uid=uid or "").first()
    if row is None:
        raise Http404(MISSING)
    return row


@require_POST
def restore_change(request: HttpRequest, reference: str, uid: str) -> HttpResponse:
    """The part as this change left it, or with `to=before` as it was before: so a removal is undone.

    `also` names further changes that are undone with it, all or none: what was removed together comes back together.
    """
    postmortem = get_postmortem(request.user, reference, "write")
    uids = [uid, *request.POST.getlist("also")[: history.MOST]]
    changes = sorted(postmortem.changes.filter(uid__in=uids), key=lambda change: -change.pk)
    if uid not in {change.uid for change in changes}:
        raise Http404(MISSING)
    version = int(text) if (text := request.POST.get("version", "")).isdecimal() and len(text) < 10 else None

    for change in changes:
        change.postmortem = postmortem
    side = "before" if request.POST.get("to") == "before" else "after"

    def verb():
        return put_back(changes, request.user, side, version)

    if request.htmx:
        return _in_its_place(request, postmortem, changes, verb)
    done = _told(request, verb, "It is back.")
    if request.POST.get("back") == "desk":
        change = changes[0]
        anchor = "details" if change.part_kind == "postmortem" else f"{change.part_kind}-{change.part_uid}"
        return redirect(f"{reverse('edit_postmortem', args=[postmortem.reference])}#{anchor}")
    anchor = f"#change-{done[0].uid}" if done else ""
    return redirect(f"{reverse('postmortem_history', args=[postmortem.reference])}{anchor}")


def _in_its_place(request, postmortem, changes, verb):
    """The row itself, where the line stood that offered to bring it back; or that line with the reason."""
    try:
        verb()
        return show_row(request, find(changes[0]), focus=True)
    except FAULTS as fault:
        context = {"undo": changes, "group": GROUPS[changes[0].part_kind], "postmortem": postmortem,
                   "fault": reason_of(fault)}  # fmt: skip
        return render(request, "postmortems/writing/removed_row.html", context, status=422)


@require_POST
def restore_snapshot(request: HttpRequest, reference: str, uid: str) -> HttpResponse:
    """Everything as it was in a whole version, as new changes; refused where something was changed meanwhile."""
    postmortem = get_postmortem(request.user, reference, "write")
    snapshot = _snapshot(postmortem.snapshots.all(), uid)
    snapshot.postmortem = postmortem
    version, fault = read_version(request, postmortem.version)
    if fault:
        version = 0
    _told(request, lambda: snapshot.restore(request.user, version), "Everything is as it was then.")
    return redirect("postmortem_history", postmortem.reference)


FAULTS = (NotPossible, Conflict, ValidationError, IntegrityError)


def reason_of(fault):
    """A sentence for people on why something could not be put back."""
    if isinstance(fault, Conflict):
        return "Somebody changed it after you opened this page. Nothing was put back; look again."
    if isinstance(fault, ValidationError):
        return f"It cannot come back as it was: {' '.join(fault.messages)} Nothing was changed."
    if isinstance(fault, IntegrityError):
        return "Something of its kind has taken its place meanwhile. Nothing was changed."
    return str(fault)


def _told(request, verb, done):
    """What the verb returns; None where it could not be done, and a message says why."""
    try:
        result = verb()
    except FAULTS as fault:
        messages.error(request, reason_of(fault))
        return None
    messages.success(request, done)
    return result
