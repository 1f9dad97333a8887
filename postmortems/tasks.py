"""Periodic work on what people write."""

import time

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from postmortems import attachments, fragments
from postmortems.models import ChatUpload, Postmortem


@shared_task(ignore_result=True)
def purge_trash():
    """Daily: what lay in the trash for thirty days is removed with every trace, unless it was restored meanwhile."""
    overdue = Postmortem.objects.overdue_in_trash(timezone.now())
    for pk in list(overdue.values_list("pk", flat=True)):
        with transaction.atomic():
            if postmortem := overdue.select_for_update().filter(pk=pk).first():
                postmortem.purge(by=None, reason="thirty days in the trash")


@shared_task(ignore_result=True)
def sweep_attachments():
    """Hourly: files whose row never came, because somebody's upload was cut short, or whose postmortem was purged."""
    attachments.sweep(time.time())


@shared_task(ignore_result=True)
def make_fragments():
    """Every ten seconds, for one second: the pages of an import or after an update, so that no reader waits for them.
    In small bites, because the worker has more urgent things to do."""
    fragments.make_missing(seconds=1.0)


@shared_task(ignore_result=True)
def purge_chats():
    """Daily: chats that somebody gave a week ago. What was made of them stays."""
    ChatUpload.objects.overdue(timezone.now()).delete()
