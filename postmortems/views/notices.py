"""What concerned me lately."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from postmortems.models import Notice

PER_PAGE = 30


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """The newest first, of what may still be seen. Looking at it changes nothing."""
    page = Paginator(Notice.of(request.user), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "postmortems/notices.html", {"page": page, "query": ""})


@require_POST
def read_notices(request: HttpRequest) -> HttpResponse:
    Notice.mark_read(request.user)
    return redirect("notices")
