"""A form that could not be taken, because its writer was signed out or its proof of origin was old: the page that
answers holds what was typed, so that it can be sent again or copied."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

NOT_KEPT = ("password", "csrfmiddlewaretoken")  # parts of names of fields that are never sent back


def answer(request: HttpRequest, *, signed_out: bool, status: int) -> HttpResponse:
    """What was typed comes back only to a form of this very site: another site must not fill in ours."""
    fields = kept_fields(request) if from_own_page(request) else []
    context = {"fields": fields, "signed_out": signed_out, "address": request.get_full_path()}
    return render(request, "send_again.html", context, status=status)


def kept_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """[(name, value)] of the form, in its order; files and secrets are left out."""
    return [
        (name, value)
        for name, values in request.POST.lists()
        if not any(word in name.lower() for word in NOT_KEPT)
        for value in values
    ]


def from_own_page(request: HttpRequest) -> bool:
    """Whether the browser says that the form stood on a page of this site."""
    own = f"{request.scheme}://{request.get_host()}"
    origin = request.headers.get("Origin", "")
    return origin == own if origin else request.headers.get("Referer", "").startswith(f"{own}/")
