"""Closing periods: due subscriptions are claimed, composed for as one batch, and their sendings written."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from kb.accounts.audiences import audiences_of, load_audiences
from kb.digests.composing import Wanted, compose
from kb.digests.editions import EVERYTHING
from kb.digests.gathering import gather
from kb.digests.models import Digest, Sending, Subscription
from kb.lib.uids import new_uid
from kb.lib.weeks import local_day

BATCH = 1000
LEASE = timedelta(minutes=5)


class Closing(NamedTuple):
    """A period of one subscription, and what was found for it: None where nothing is new, so nothing is sent."""

    subscription: Subscription
    until: datetime
    digest: Digest | None


def close_periods(now):
    """Close the periods of all subscriptions that are due at `now`; yields a Closing for each.

    Each batch is composed with a constant number of SELECTs and written in one transaction, so a process that is
    killed leaves either all of a batch or nothing, and its claim runs out.
    """
    while True:
        token = new_uid()
        batch = list(Subscription.objects.claim(now, token, BATCH, LEASE))
        if not batch:
            return
        yield from _write(compose_for(batch, now), token)


def compose_due(now):
    """What close_periods would close, without claiming or writing anything."""
    due = Subscription.objects.due(now).select_related("owner").prefetch_related("interests")
    return compose_for(list(due.order_by("pk")), now)


def compose_for(subscriptions, now, *, until=None):
    """[Closing with an unsaved Digest or None] up to each one's newest scheduled moment, or up to `until`."""
    if not subscriptions:
        return []
    load_audiences([s.owner for s in subscriptions])
    periods = [(s, s.covered_until, until or s.latest_moment(now)) for s in subscriptions]
    last = max(local_day(end, s.zone) for s, _, end in periods)
    pool = gather(min(since for _, since, _ in periods), max(end for _, _, end in periods), last)
    seen, composed = {}, []
    for subscription, since, end in periods:
        wanted = _wanted(subscription, since, end, pool)
        if wanted not in seen:
            content = compose(pool, wanted)
            seen[wanted] = content and Digest.of(since, end, subscription.zone, content)
        composed.append(Closing(subscription, end, seen[wanted]))
    return composed


def _wanted(subscription, since, until, pool):
    """People who differ only in tokens that open nothing here get one digest composed for all of them."""
    interests = tuple((i.query, i.label if i.query else EVERYTHING) for i in subscription.interests.all())
    telling = frozenset().union(*(i.document.audiences for i in pool.items if i.kind == "restricted"))
    return Wanted(interests, since, until, subscription.zone, audiences_of(subscription.owner) & telling)


def _write(composed, token):
    """Digests, Sendings and the closed periods in one transaction; what somebody else changed meanwhile is left out."""
    with transaction.atomic():
        held = Subscription.objects.select_for_update().filter(lease=token, leased_until__gt=timezone.now())
        due = dict(held.values_list("pk", "next_due_at"))
        composed = [c for c in composed if due.get(c.subscription.pk) == c.subscription.next_due_at]
        composed = queue(composed)
        _advance(composed)
        Subscription.objects.filter(lease=token).update(lease="", leased_until=None)
    return composed


def queue(composed):
    """Store the digests, equal ones once, and a Sending for each; returns the Closings with stored digests."""
    new = {c.digest.fingerprint: c.digest for c in composed if c.digest}
    Digest.objects.bulk_create(new.values(), ignore_conflicts=True)
    saved = {digest.fingerprint: digest for digest in Digest.objects.filter(fingerprint__in=new)}
    composed = [c._replace(digest=c.digest and saved[c.digest.fingerprint]) for c in composed]
    at = timezone.now()
    sendings = [
        Sending(digest=digest, subscription=s, recipient=s.owner, period_end=until, created_at=at, due_at=at)
        for s, until, digest in composed
        if digest
    ]
    Sending.objects.bulk_create(sendings, ignore_conflicts=True)
    return composed


def _advance(composed):
    """The next period of each begins where this one ended. One UPDATE per distinct pair of moments: few."""
    pairs = {}
    for subscription, until, _ in composed:
        pairs.setdefault((until, subscription.schedule.after(until)), []).append(subscription.pk)
    for (until, next_due), pks in pairs.items():
        Subscription.objects.filter(pk__in=pks).update(covered_until=until, next_due_at=next_due, paused_at=None)
