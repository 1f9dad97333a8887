"""`record()`: the one way a fact gets written, with a to-do for each consumer that asked for its kind."""

from functools import lru_cache

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from kb.events.models import Delivery, Event
from kb.events.tasks import nudge
from kb.lib.uids import new_uid


@lru_cache(maxsize=1)
def _consumers():
    return {name: tuple(entry["kinds"]) for name, entry in settings.EVENT_CONSUMERS.items()}


def consumers_of(kind):
    """Names of the consumers whose `kinds` prefixes match `kind`."""
    return [name for name, prefixes in _consumers().items() if kind.startswith(prefixes)]


def record(kind, *, actor, subject, group="", data=None, at=None, announce=True):
    """Write one Event and its Deliveries inside the caller's transaction; after the commit, nudge the consumers.

    Call it once per change. With `announce=False` the to-dos are written but no nudge is sent: bulk imports end with
    one nudge of their own (`nudge()`). Raises TransactionManagementError outside of a transaction, because a fact
    without its change, or a change without its fact, must not be possible.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("record() needs the transaction of the change it tells of")
    event = Event.objects.create(
        kind=kind, actor=actor, subject=subject, group=group, data=data or {}, at=at or timezone.now()
    )
    request_delivery(consumers_of(kind), [subject if not group else f"postmortem:{group}"], announce=announce)
    return event


def request_delivery(consumers, subjects, *, announce=True):
    """Upsert the pending to-dos: one statement for all of a change. A parked one is given a new chance."""
    now = timezone.now()
    Delivery.objects.bulk_create(
        [Delivery(consumer=c, subject=s, token=new_uid(), since=now, due_at=now) for c in consumers for s in subjects],
        update_conflicts=True,
        unique_fields=["consumer", "subject"],
        update_fields=["token", "due_at", "attempts", "parked_at"],
        batch_size=500,
    )
    for consumer in consumers:
        if announce:
            _nudge_once(consumer)


def _nudge_once(consumer):
    """After the commit, however many rows the transaction wrote: one message says as much as a hundred."""
    connection = transaction.get_connection()
    here = set(connection.savepoint_ids)  # a wish of a savepoint that may yet be rolled back does not count
    if any(getattr(wish, "consumer", "") == consumer and sids <= here for sids, wish, _ in connection.run_on_commit):
        return

    def wish():
        nudge(consumer)

    wish.consumer = consumer
    transaction.on_commit(wish, robust=True)


def forget(group):
    """Blank what the events of a purged postmortem said; that they happened stays. Inside the caller's transaction."""
    return Event.objects.filter(group=group).update(data={})
