"""What every save has in common: the version it was read at, errors at their fields, and both texts on a conflict."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from postmortems.models import Change, NotPossible, Postmortem, Presence


def read_version(request: HttpRequest, current: int) -> tuple[int, int]:
    """(version, fault) of a form: fault is 428 without one, 400 for one that cannot be, else 0."""
    text = request.POST.get("version", "")
    if not text:
        return 0, 428
    if not (text.isascii() and text.isdigit() and len(text) < 10) or int(text) > current:
        return 0, 400
    return int(text), 0


def attempt(form, verb: Callable):
    """What `verb` returns; or None, and its errors stand in the form."""
    try:
        return verb()
    except ValidationError as error:
        form.take_errors(error)
    except IntegrityError:  # two people added the one of its kind at the same moment
        form.add_error(None, "Somebody just added the same. Look at theirs first; what you typed is still here.")
    return None


def told(request: HttpRequest, verb: Callable, done: str) -> bool:
    """Call a verb of the state machine; say what came of it as a message."""
    try:
        verb()
    except NotPossible as reason:
        messages.error(request, str(reason))
        return False
    messages.success(request, done)
    return True


def save_state(response: HttpResponse, postmortem: Postmortem, *, saved: bool = True) -> HttpResponse:
    """Tell the page that it is saved, and when in the postmortem's zone (read by writing.js)."""
    if saved:
        response.headers["X-Saved-Version"] = str(postmortem.version)
        response.headers["X-Saved-At"] = timezone.now().isoformat(timespec="seconds")
    return response


def render_form(request: HttpRequest, context: dict, status: int = 200) -> HttpResponse:
    """A form of the desk: with htmx the form alone, to be swapped in; else a page of its own."""
    group, part = context.get("group"), context.get("part")
    if part or not group:  # a row that is only being added is nobody else's yet
        others = Presence.objects.others(context["postmortem"], request.user)
        context["others"] = in_words(others.get(part.anchor if group else "details", []))
    template = "postmortems/writing/form.html" if request.htmx else "postmortems/writing/form_page.html"
    return render(request, template, context, status=status)


def in_words(names: list[str]) -> str:
    """ "Ada is", "Ada and Tom are"; nothing for nobody."""
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'}" if names else ""


def last_change_of(part):
    """The latest Change of a part, with who made it; one query."""
    postmortem_id = getattr(part, "postmortem_id", part.pk)
    return Change.objects.filter(postmortem=postmortem_id, part_uid=part.uid).select_related("by").last()
