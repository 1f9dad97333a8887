"""Autosave: words are kept while they are typed. On the desk they are saved; of what is published, as a private
working copy that Save makes live. The answers are read by autosave.js: 204, or one sentence."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from postmortems.access import get_postmortem
from postmortems.models import Conflict, Postmortem, WorkingCopy
from postmortems.models.working_copies import MOST
from postmortems.views.saving import last_change_of, read_version, save_state

NOT_TYPED = ("csrfmiddlewaretoken", "version", "autosave", "which")


def autosave(request: HttpRequest, part, form) -> HttpResponse:
    """Keep the free text of a bound form; what is chosen or parsed waits for Save. `part` may be the postmortem itself,
    or None where somebody removed it."""
    if request.headers.get("X-Writer", request.user.uid) != request.user.uid:
        return _told(401, "Somebody else is signed in here now.")
    if part is None:
        return _told(409, "Somebody removed this while you were writing.")
    version, fault = read_version(request, version_of(part))
    if fault:
        return _told(fault, "This form does not say which version it was read at.")
    if form.postmortem.is_live:
        return _keep(request, part, version)
    form.is_valid()
    wrong = [str(error) for name in form.autosaved for error in form.errors.get(name, [])]
    if wrong:
        return _told(422, wrong[0])
    texts = {name: form.cleaned_data[name] for name in form.autosaved if name in form.cleaned_data}
    return _save(request, part, version, {name: text for name, text in texts.items() if text != getattr(part, name)})


def _save(request, part, version, changed):
    """Write what differs. A save whose answer got lost on the way is recognized when it is sent again."""
    try:
        if version_of(part) != version:
            raise Conflict(part)
        if changed:
            change = part.change_details if isinstance(part, Postmortem) else part.change
            change(request.user, version, **changed)
    except ValidationError as error:
        return _told(422, error.messages[0])
    except Conflict as conflict:
        last = last_change_of(conflict.current) if conflict.current else None
        is_echo = not changed and version_of(part) == version + 1 and last and last.by_id == request.user.pk
        if not is_echo:
            who = str(last.by) if last and last.by else "Somebody"
            return _told(409, f"{who} saved another version while you were writing.")
    response = save_state(HttpResponse(status=204), getattr(part, "postmortem", part))
    response.headers["X-Part-Version"] = str(version_of(part))
    return response


def _keep(request, part, version):
    typed = {name: texts for name, texts in request.POST.lists() if name not in NOT_TYPED}
    if sum(len(text) for texts in typed.values() for text in texts) > MOST:
        return _told(422, f"This is longer than {MOST:,} characters.")
    WorkingCopy.objects.keep(request.user, part, version, typed)
    headers = {"X-Kept-At": timezone.now().isoformat(timespec="seconds"), "X-Part-Version": str(version)}
    return HttpResponse(status=204, headers=headers)


@require_POST
def discard_working_copy(request: HttpRequest, reference: str, uid: str) -> HttpResponse:
    """Forget what this person typed into one part of a published postmortem; what is live stays as it is."""
    postmortem = get_postmortem(request.user, reference, "write")
    postmortem.working_copies.discard(request.user, uid)
    return redirect(reverse("edit_postmortem", args=[postmortem.reference]))


def version_of(part) -> int:
    return getattr(part, "details_version", part.version)


def _told(status, sentence):
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
