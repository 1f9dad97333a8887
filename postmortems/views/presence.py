"""Who else is editing: asked every ten seconds by an open desk. Only an open form writes anything."""

import re

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_http_methods

from postmortems.access import get_postmortem
from postmortems.models import Presence

PART = re.compile(r"[a-z]{3,20}(?:-[a-z0-9]{2,16})?")
MOST = 12  # forms that one person has open at once, and is shown for


@require_http_methods(["GET", "POST"])
def presence(request: HttpRequest, reference: str) -> JsonResponse:
    """{"editing": {part: [names]}} of everybody else. A POST says which parts (`part`, any number) are open here."""
    postmortem = get_postmortem(request.user, reference, "write")
    if request.method == "POST":
        parts = [part for part in request.POST.getlist("part") if PART.fullmatch(part)]
        Presence.objects.renew(postmortem, request.user, list(dict.fromkeys(parts))[:MOST])
    return JsonResponse({"editing": Presence.objects.others(postmortem, request.user)})
