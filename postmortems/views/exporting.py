"""A postmortem as a file: `PM-12.md` for people and git, `PM-12.json` for programs. What its reader may see of it."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from postmortems.access import get_postmortem
from postmortems.exporting.markdown import as_markdown
from postmortems.exporting.record import record_of


@require_safe
def markdown(request: HttpRequest, reference: str) -> HttpResponse:
    postmortem = get_postmortem(request.user, reference)
    response = HttpResponse(as_markdown(record_of(postmortem)), content_type="text/markdown; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="{postmortem.reference}.md"'
    return response


@require_safe
def json(request: HttpRequest, reference: str) -> JsonResponse:
    postmortem = get_postmortem(request.user, reference)
    response = JsonResponse(record_of(postmortem), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'inline; filename="{postmortem.reference}.json"'
    return response
