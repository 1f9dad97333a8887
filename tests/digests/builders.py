"""A small organization whose weeks are known to the minute, and subscriptions to it."""

from datetime import UTC, datetime

from django.core import mail

from kb.digests.closing import close_periods
from kb.digests.delivering import deliver
from kb.digests.models import Subscription
from postmortems.models import Countermeasure, Learning, Postmortem, Review, Service, Tag
from tests.postmortems.builders import ANSWERS


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def published(cast, at, title, *, learnings=(), services=(), tags=(), restricted=False, takeaway=""):
    """A postmortem of the author that became visible at the moment `at`, everything in it written before."""
    postmortem = Postmortem.start(
        cast.author,
        title,
        takeaway=takeaway,
        services=Service.objects.many_named(list(services)),
        tags=Tag.objects.many_named(list(tags)),
        nothing_new_because="" if learnings else "we knew all of this",
    )
    for learning in learnings:
        claim, differently = learning if isinstance(learning, tuple) else (learning, "")
        Learning.add(postmortem, cast.author, claim=claim, what_to_do_differently=differently)
    if restricted:
        postmortem.restrict(cast.author)
    reviewer = cast.security if restricted else cast.facilitator
    postmortem.submit_for_review(cast.author, [reviewer])
    Review.answer(postmortem, reviewer, outcome="approved", answers=ANSWERS)
    postmortem.publish(cast.author)
    moved(postmortem, utc(at))
    return postmortem


def moved(postmortem, moment):
    """Everything about the postmortem happened at `moment`."""
    rows = Postmortem.objects.filter(pk=postmortem.pk)
    rows.update(published_at=moment, created_at=moment)
    rows.exclude(visible_since=None).update(visible_since=moment)
    Learning.objects.filter(postmortem=postmortem).update(created_at=moment)
    postmortem.refresh_from_db()


def measure(postmortem, statement, *, due="", done="", team=None):
    row = Countermeasure.add(postmortem, postmortem.owner, statement=statement, due_on=due or None, team=team)
    if done:
        row.complete(postmortem.owner)
        Countermeasure.objects.filter(pk=row.pk).update(done_at=utc(done))
    return row


def subscribed(user, *queries, start="2025-11-18 12:00", weekday=0, hour=8, zone="Europe/Berlin"):
    """A subscription that began at `start`, so that its first digest is of week 47; labels tell the queries."""
    interests = [(query, label_of(query)) for query in queries or ("",)]
    subscription = Subscription.start(user, interests, weekday=weekday, hour=hour, zone=zone)
    subscription._begin_after(utc(start))
    subscription.save()
    return subscription


def label_of(query):
    return query.partition(":")[2].replace("-", " ").capitalize() or query or "Everything"


def frozen_organization(cast):
    """Week 47 of 2025: four postmortems, one of them restricted; measures done, past due, and long past due."""
    retries = published(
        cast,
        "2025-11-18 14:05",
        "Card payments failed over into a retry storm",
        services=["Checkout", "Payments"],
        tags=["failover", "retries"],
        takeaway="A failover of two minutes became an outage of forty.",
        learnings=[
            ("A retry without *jitter* turned a blip into an outage", "Add jitter to every retry, and cap it."),
            "Failover drills that nobody notices test the wrong thing",
        ],
    )
    published(
        cast,
        "2025-11-20 09:30",
        "Ledger replica lagged behind",
        services=["Ledger"],
        tags=["failover", "databases"],
        learnings=[("Replication lag & `read_only` <flags> are invisible in staging", "Alert on lag, not on errors.")],
    )
    published(cast, "2025-11-21 16:00", "Night job ran twice", services=["Scheduler"], tags=["time"])
    published(cast, "2025-11-19 10:00", "Leaked token", restricted=True, learnings=["Xylophone keys rotate slowly"])
    older = published(
        cast, "2025-10-01 10:00", "Certificate ran out", services=["Edge"], tags=["tls"], learnings=["Certificates end"]
    )
    measure(older, "Renew certificates by machine, thirty days ahead", done="2025-11-19 11:00", team=cast.platform)
    measure(older, "Page on certificates with less than a week", due="2025-11-20", team=cast.platform)
    measure(older, "Write down which certificates exist", due="2025-10-15")
    measure(retries, "Cap retries at three per request", due="2026-01-15", team=cast.payments)
    return retries


def tick(now):
    """What one run of the beat's tick does at `now`; returns the mails that left."""
    before = len(mail.outbox)
    list(close_periods(utc(now)))
    list(deliver())
    return mail.outbox[before:]
