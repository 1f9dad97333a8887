"""Two versions of one part: both shown word by word, and brought into one where that is wanted. Nothing is overwritten
that was not seen."""

from django.http import HttpRequest, HttpResponse

from kb.lib.words_diff import merged, words_diff
from postmortems.desk import GROUPS
from postmortems.models import Postmortem, WorkingCopy
from postmortems.views.saving import last_change_of, render_form


def show_conflict(request: HttpRequest, current, form, *, status: int, is_together: bool = False) -> HttpResponse:
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
        "is_together": is_together,
    }
    context["group"] = GROUPS.get(current.KIND)
    return render_form(request, context, status)


def show_both_together(request: HttpRequest, part, form) -> HttpResponse:
    """The form again with what both wrote in one text, to be read before it is saved. `base-…` fields say what the
    writer began with; a text without one stays as it was typed."""
    form.data = form.data.copy()
    for name in form.autosaved:
        base = form.data.get(f"base-{name}")
        if base is not None:
            texts = (base, getattr(part, name), form.data[name])
            form.data[name] = merged(*(text.replace("\r\n", "\n") for text in texts)).text
            form.data[f"base-{name}"] = getattr(part, name)
    return show_conflict(request, part, form, status=409, is_together=True)


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


def differences(current, form) -> list[dict]:
    """The fields in which the stored row and the typed form differ: label, theirs and mine as texts, and as pieces."""
    stored = type(form)(form.postmortem, form.user, instance=current)
    found = []
    for field in form:
        if field.name not in stored.fields or field.name == "which":
            continue
        theirs, mine = shown(stored[field.name], stored[field.name].initial), shown(field, field.value())
        if theirs.strip() != mine.strip():
            pieces = words_diff(theirs, mine)
            found.append({"label": field.label, "theirs": theirs, "mine": mine, "pieces": pieces})
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
