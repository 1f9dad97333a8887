"""The API's documentation as a page of the site: made from its description, readable offline, without scripts."""

from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    return redirect("api_docs")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")
