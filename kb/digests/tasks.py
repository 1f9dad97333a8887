"""The weekly digest's jobs; when they run stands in kb/celery.py. The work is rows, so a lost run loses nothing."""

import logging

from celery import shared_task
from django.utils import timezone

from kb.digests.closing import close_periods
from kb.digests.delivering import deliver

log = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def tick():
    """Each minute: close the periods that are over, then send what waits. Safe to run twice, and at once."""
    for _ in close_periods(timezone.now()):
        pass
    send_waiting()


@shared_task(ignore_result=True)
def send_waiting():
    for _ in deliver():
        pass


def nudge():
    """Ask for a run of send_waiting now; a broker that is away only means that the next tick does it."""
    try:
        send_waiting.apply_async(retry=False)
    except Exception as error:  # noqa: BLE001 - kombu raises whatever its transport raises
        log.warning("could not nudge the sending of digests: %s", error)
