"""Periodic work on what people write."""
from celery import shared_task
from django.utils import timezone

from postmortems.models import Postmortem


@shared_task(ignore_result=True)
def purge_trash():
    """Daily: what lay in the trash for thirty days is removed with every trace."""
    for postmortem in Postmortem.objects.overdue_in_trash(timezone.now()):
        postmortem.purge(by=None, reason="thirty days in the trash")
