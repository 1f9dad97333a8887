"""Draining: each Delivery is claimed, handed to its consumer and crossed off; failures back off and are parked."""

import threading
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connections
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from kb.events.models import Delivery, Lease
from kb.lib.uids import new_uid

BATCH = 200
LEASE = timedelta(seconds=10)  # short, so that nobody waits long for a holder that was killed; prolonged while he works
TRIES = 8


def acquire(name, holder, lasting=None):
    """Take or prolong the named lease by conditional UPDATE; True if `holder` has it now."""
    now = timezone.now()
    Lease.objects.get_or_create(name=name, defaults={"until": now})
    free = Q(until__lte=now) | Q(holder=holder)
    return bool(Lease.objects.filter(free, name=name).update(holder=holder, until=now + (lasting or LEASE)))


def release(name, holder):
    Lease.objects.filter(name=name, holder=holder).update(until=timezone.now(), holder="")


def end_leases():
    """End every lease at once. For a start that is alone on its database: whoever holds one was killed."""
    Lease.objects.exclude(holder="").update(until=timezone.now(), holder="")


@contextmanager
def prolonged(name, holder):
    """Keep the lease for as long as the block takes; only a holder that was killed lets it run out."""
    done = threading.Event()

    def prolong():
        while not done.wait(LEASE.total_seconds() / 4):
            with suppress(DatabaseError):
                Lease.objects.filter(name=name, holder=holder).update(until=timezone.now() + LEASE)
        connections.close_all()

    threading.Thread(target=prolong, daemon=True).start()
    try:
        yield
    finally:
        done.set()


def pending(consumer):
    """Subjects that changed and that `consumer` has not dealt with yet, parked ones included."""
    return list(Delivery.objects.filter(consumer=consumer).values_list("subject", flat=True))


@contextmanager
def all_done(consumer):
    """When the block ends well, everything is done that was pending when it began, parked ones included.

    For a consumer that does everything anew, such as a rebuild. What changes meanwhile has another token and stays.
    """
    tokens = list(Delivery.objects.filter(consumer=consumer).values_list("token", flat=True))
    yield
    _cross_off(consumer, tokens)


def drain(consumer, *, seconds=50):
    """Work off what is due for `consumer`, in batches, for at most about `seconds`; returns how many were done.

    One process at a time: the named lease guards it, so two workers or two beats do no harm. At least once: a
    process killed between the consumer's commit and the crossing-off repeats the batch.
    """
    holder = new_uid()
    if not acquire(f"drain:{consumer}", holder):
        return 0
    consume = import_string(settings.EVENT_CONSUMERS[consumer]["consume"])
    done, stop_at = 0, timezone.now() + timedelta(seconds=seconds)
    try:
        while timezone.now() < stop_at and acquire(f"drain:{consumer}", holder):
            batch = list(Delivery.objects.filter(consumer=consumer).due(timezone.now()).order_by("due_at")[:BATCH])
            if not batch:
                break
            with prolonged(f"drain:{consumer}", holder):
                done += _deliver(consume, batch)
    finally:
        release(f"drain:{consumer}", holder)
    return done


def _deliver(consume, batch):
    """Hand one batch over. When it fails, try its members one by one, so that one bad row holds up no other."""
    try:
        consume([delivery.subject for delivery in batch])
    except Exception as error:  # noqa: BLE001 - whatever a consumer throws is written on its row and shown
        if len(batch) > 1:
            return sum(_deliver(consume, [delivery]) for delivery in batch)
        _back_off(batch[0], error)
        return 0
    return _cross_off(batch[0].consumer, [delivery.token for delivery in batch])


def _cross_off(consumer, tokens):
    """Delete these rows, those apart whose subject changed again meanwhile (another token); returns how many."""
    return sum(
        Delivery.objects.filter(consumer=consumer, token__in=tokens[start : start + BATCH]).delete()[0]
        for start in range(0, len(tokens), BATCH)
    )


def _back_off(delivery, error):
    now, attempts = timezone.now(), delivery.attempts + 1
    Delivery.objects.filter(pk=delivery.pk, token=delivery.token).update(
        attempts=attempts,
        error=f"{type(error).__name__}: {error}"[:2000],
        due_at=now + timedelta(seconds=min(2**attempts, 600)),
        parked_at=now if attempts >= TRIES else None,
    )
