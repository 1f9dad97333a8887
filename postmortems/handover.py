"""When somebody leaves: what he owned goes to somebody else, so that nothing is left without an owner."""

from django.db import transaction

from kb.events.record import record
from postmortems.models import Countermeasure, Postmortem


def hand_over_everything(leaving, to, by):
    """Reassign the postmortems and open countermeasures of `leaving` to `to`; returns how many of each.

    One transaction; a handful of statements per thing handed over.
    """
    with transaction.atomic():
        postmortems = list(Postmortem.objects.filter(owner=leaving))
        for postmortem in postmortems:
            postmortem.hand_over(to, by)
        open_ones = list(Countermeasure.objects.still_open().owned_by(leaving).select_related("postmortem"))
        for countermeasure in open_ones:
            countermeasure.hand_over(to, by)
        record("user.handed_over", actor=by, subject=f"user:{leaving.uid}", data={"to": to.uid})
    return len(postmortems), len(open_ones)
