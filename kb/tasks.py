"""The house's own jobs; when they run stands in kb/celery.py."""

import time

from celery import shared_task
from django.core.cache import cache
from django.core.management import call_command

HEARTBEAT = "worker-seen-at"


@shared_task(ignore_result=True)
def heartbeat():
    """Note in the shared cache that beat, broker and worker are alive; /readyz tells its age."""
    cache.set(HEARTBEAT, time.time(), None)


@shared_task(ignore_result=True)
def clear_sessions():
    call_command("clearsessions")
