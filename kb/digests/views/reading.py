"""Digests in the browser: mine, and one at its permanent address. What stands there is what may be read now."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from kb.digests.editions import read_editions
from kb.digests.models import Digest, Sending, Subscription
from kb.digests.rendering import render_text

PER_PAGE = 20


@require_safe
def digests(request):
    """Those that went to the reader, newest first, each under its subject of today."""
    page = Paginator(Digest.objects.sent_to(request.user), PER_PAGE).get_page(request.GET.get("page"))
    rows = list(zip(page.object_list, read_editions(page.object_list, request.user), strict=True))
    subscription = Subscription.objects.of(request.user).first()
    return render(request, "digests/digest_list.html", {"page": page, "rows": rows, "subscription": subscription})


@require_safe
def digest(request, uid):
    return render(request, "digests/digest_detail.html", _read(request.user, uid))


@require_safe
def digest_text(request, uid):
    """The same as plain text, as it stands in the mail."""
    read = _read(request.user, uid)
    text = render_text(read["edition"], read["digest"].get_absolute_url(), reasons=read["mine"])
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def _read(reader, uid):
    """{digest, edition, mine}. Reasons are shown to recipients: whose interests led to it is nobody else's business."""
    found = get_object_or_404(Digest, uid=uid)
    (edition,) = read_editions([found], reader)
    mine = Sending.objects.filter(digest=found, recipient=reader).exists()
    return {"digest": found, "edition": edition, "mine": mine}
