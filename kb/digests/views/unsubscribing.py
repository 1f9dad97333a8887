"""Leaving without signing in: the link in every mail, and the one click of RFC 8058."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from kb.digests.models import UNSUBSCRIBE, Subscription
from kb.lib import signing

VERBS = {"pause": Subscription.pause, "stop": Subscription.stop, "resume": Subscription.resume}


@csrf_exempt  # the signed token is the proof; a mail program that posts here has no cookie and no page of ours
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request, token):
    """GET asks and changes nothing. POST does: `choice` is pause, stop or resume; without one (a mail program's
    `List-Unsubscribe=One-Click`) it stops. The page names no person and no address. 404 for a token not ours."""
    uid = signing.read(UNSUBSCRIBE, token)
    subscription = uid and Subscription.objects.filter(uid=uid).first()
    if not subscription:
        raise Http404("This link is no longer in use: the subscription is gone, and nothing is sent any more.")
    done = ""
    if request.method == "POST":
        done = request.POST.get("choice", "stop")
        if done not in VERBS:
            raise Http404("There is no such choice.")
        VERBS[done](subscription)
    return render(request, "digests/unsubscribe.html", {"subscription": subscription, "done": done})
