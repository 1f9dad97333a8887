"""What every save has in common: the version it was read at, errors at their fields, and both texts on a conflict."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from postmortems.desk import GROUPS
from postmortems.models import Change, NotPossible, Postmortem, WorkingCopy


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


def show_conflict(request: HttpRequest, current, form, *, status: int) -> HttpResponse:
    """Both versions side by side, and the typed one in a form that would be saved over the stored one."""
    context = {
        "part": current,
        "form": form,
        "status": status,
        "differences": differences(current, form),
        "version": getattr(current, "details_version", current.version),
        "postmortem": getattr(current, "postmortem", current),
        "last": last_change_of(current),
        "conflict": True,
    }
    context["group"] = GROUPS.get(current.KIND)
    return render_form(request, context, status)


def show_working_copy(request: HttpRequest, part, form) -> HttpResponse | None:
    """The form as this person left it, where what was typed is not live yet; both, where the live one went on."""
    copy = WorkingCopy.objects.of(request.user, part)
    if copy is None:
        return None
    copy.fill(form)
    version = getattr(part, "details_version", part.version)
    if copy.base_version != version and differences(part, form):
        return show_conflict(request, part, form, status=200)
    is_head = isinstance(part, Postmortem)
    context = {"form": form, "part": None if is_head else part, "group": GROUPS.get(part.KIND), "version": version,
               "postmortem": form.postmortem, "details": is_head, "kept": copy}  # fmt: skip
    return render_form(request, context)


def render_form(request: HttpRequest, context: dict, status: int = 200) -> HttpResponse:
    """A form of the desk: with htmx the form alone, to be swapped in; else a page of its own."""
    template = "postmortems/writing/form.html" if request.htmx else "postmortems/writing/form_page.html"
    return render(request, template, context, status=status)


def last_change_of(part):
    """The latest Change of a part, with who made it; one query."""
    postmortem_id = getattr(part, "postmortem_id", part.pk)
    return Change.objects.filter(postmortem=postmortem_id, part_uid=part.uid).select_related("by").last()


def differences(current, form) -> list[dict]:
    """The fields in which the stored row and the typed form differ: label, theirs and mine as texts."""
    stored = type(form)(form.postmortem, form.user, instance=current)
    found = []
    for field in form:
        if field.name not in stored.fields or field.name == "which":
            continue
        theirs, mine = shown(stored[field.name], stored[field.name].initial), shown(field, field.value())
        if theirs.strip() != mine.strip():
            found.append({"label": field.label, "theirs": theirs, "mine": mine})
    return found


def shown(field, value) -> str:
    """A field's value as people read it: labels of choices, names of rows, line ends as stored."""
    value = field.field.prepare_value(value)
    if hasattr(field.field, "choices"):
        chosen = {str(one) for one in (value if isinstance(value, list) else [value])}
        return "\n".join(str(label) for key, label in field.field.choices if str(key) in chosen and str(key))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value).replace("\r\n", "\n")
