"""Health for machines, and the pages for people when something went wrong."""

import time

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from kb import kept_text
from kb.checks import database_fault
from kb.events.models import Delivery
from kb.tasks import HEARTBEAT

LATE = 60  # seconds that a to-do may wait before it is said
QUIET_WORKER = 120  # seconds without a heartbeat after which the worker counts as gone


@login_not_required
@require_safe
def healthz(request):
    """200 while this process answers at all."""
    return JsonResponse({"status": "alive"})


@login_not_required
@require_safe
def readyz(request):
    """200 when pages can be served: the database answers and has this code's schema; else 503.

    The rest tells how the work beside the pages goes; a late worker makes nothing unreadable. Ages in seconds, null
    where there is none.
    """
    fault = database_fault()
    report = {"status": "not ready" if fault else "ready", "database": fault or "ready"}
    if not fault:
        oldest = Delivery.objects.order_by("since").values_list("since", flat=True).first()
        seen = cache.get(HEARTBEAT)
        age = None if seen is None else round(time.time() - seen, 1)
        report["worker"] = {
            "status": "alive" if age is not None and age < QUIET_WORKER else "silent",
            "seconds_since_heartbeat": age,
        }
        waits = oldest and (timezone.now() - oldest).total_seconds()
        # Not how many nor since when: to nobody in particular, that would tell of every save.
        report["deliveries"] = {"status": "late" if waits and waits > LATE else "in time"}
    return JsonResponse(report, status=503 if fault else 200)


def csrf_failure(request, reason=""):
    """A form whose proof of origin is missing or old: nothing was saved, and what was typed can be sent again."""
    return kept_text.answer(request, signed_out=False, status=403)
