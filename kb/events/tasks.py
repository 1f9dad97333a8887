"""Nudges and the sweep. The work is in the rows; a task only says that it is time to look."""

import logging

from celery import shared_task
from django.conf import settings

from kb.events.drain import drain

log = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def drain_consumer(consumer):
    drain(consumer)


def nudge(consumer):
    """Send the task, and survive a broker that is away: the sweep comes within seconds anyway."""
    try:
        drain_consumer.apply_async([consumer], retry=False)
    except Exception as error:  # noqa: BLE001 - kombu raises whatever its transport raises
        log.warning("could not nudge %s: %s", consumer, error)


@shared_task(ignore_result=True)
def sweep():
    """Every few seconds: whatever nudge was lost, its rows are found here."""
    for consumer in settings.EVENT_CONSUMERS:
        drain(consumer)
