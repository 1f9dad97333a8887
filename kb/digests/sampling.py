"""Outside of the weekly round: one digest on request, and what an interest would have brought lately."""

from collections import Counter
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from kb.digests.closing import compose_for, queue
from kb.digests.gathering import gather
from kb.digests.models import SETTLING
from kb.digests.tasks import nudge

LATELY = timedelta(weeks=4)
KINDS = {"learning": "learning", "published": "postmortem", "done": "countermeasure done", "overdue": "past due"}


def send_now(subscription):
    """Queue the digest of the current period as it stands; False if nothing is new. The period stays open.

    At most one for each minute: asking twice in a hurry sends one.
    """
    now = timezone.now()
    until = (now - SETTLING).replace(second=0, microsecond=0)
    if until <= subscription.covered_until:
        return False
    composed = compose_for([subscription], now, until=until)
    if composed[0].digest is None:
        return False
    with transaction.atomic():
        queue(composed)
        transaction.on_commit(nudge, robust=True)
    return True


def recently(query):
    """[(how many, of what)] that `query` would have picked in the last four weeks. As dear as one digest."""
    now = timezone.now()
    pool = gather(now - LATELY, now, now.date())
    found = Counter(pool.items[place].kind for place in pool.picked_by(query))
    return [(found[kind], word) for kind, word in KINDS.items() if found[kind]]
