"""How a reader wants the pages to be: the theme in a cookie, so that no page flashes; single keys in the profile."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from kb.context import THEMES

A_YEAR = 365 * 24 * 3600


@login_not_required
@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """POST theme=light|dark|system and/or keys=on|off; goes back to where the reader was."""
    response = redirect(_back(request))
    if theme := request.POST.get("theme"):
        _remember_theme(request, response, theme)
    if request.user.is_authenticated and (keys := request.POST.get("keys")):
        request.user.single_keys = keys != "off"
        request.user.save(update_fields=["single_keys"])
    return response


def _remember_theme(request: HttpRequest, response: HttpResponse, theme: str) -> None:
    # The script sets the same cookie without a round trip, so it is not HttpOnly; it holds no secret.
    if theme in THEMES:
        response.set_cookie("theme", theme, max_age=A_YEAR, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie("theme", samesite="Lax")


def _back(request: HttpRequest) -> str:
    target = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return target
    return "/"
