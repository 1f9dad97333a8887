"""The reader's switch: incident time, my time, UTC. `?time=` chooses, a cookie remembers, every page asks here."""

import datetime

from django.http import HttpRequest, HttpResponse

from kb.lib import instants
from postmortems.models import Postmortem

COOKIE = "clock"
CLOCKS = {"incident": "Incident time", "mine": "My time", "utc": "UTC"}
YEAR = 365 * 86400


def clock_of(request: HttpRequest) -> str:
    """The name of the chosen clock, one of CLOCKS."""
    chosen = request.GET.get("time") or request.COOKIES.get(COOKIE)
    return chosen if chosen in CLOCKS else "incident"


def zone_for(request: HttpRequest, postmortem: Postmortem) -> datetime.tzinfo:
    """The zone in which this reader wants to be told the times."""
    name = {"incident": postmortem.zone, "mine": request.user.zone, "utc": "UTC"}[clock_of(request)]
    return instants.zone(name)


def remember(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Keep what was chosen just now for the next pages."""
    if request.GET.get("time") in CLOCKS:
        response.set_cookie(COOKIE, clock_of(request), max_age=YEAR, samesite="Lax", httponly=True,
                            secure=request.is_secure())  # fmt: skip
    return response
