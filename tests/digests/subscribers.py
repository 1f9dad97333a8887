"""Many subscribers who are due, for sites and benchmarks of their own process (`site.run`)."""

from datetime import timedelta

from django.utils import timezone

from kb.accounts.models import User
from kb.digests.models import Interest, Subscription
from postmortems.models import Countermeasure, Learning, Postmortem

SCHEDULE = {"weekday": 0, "hour": 8, "zone": "Europe/Berlin"}


def create(count, queries=("",)):
    """`count` people, each with a subscription that was due a day ago, its interests going round `queries`."""
    users = [User(username=f"u{n}", email=f"u{n}@example.org", name=f"Person {n}") for n in range(count)]
    users = User.objects.bulk_create(users)
    now = timezone.now()
    probe = Subscription(**SCHEDULE)
    due = probe.schedule.latest(now - timedelta(minutes=2))
    rows = [
        Subscription(owner=user, next_due_at=due, covered_until=probe.schedule.before(due), **SCHEDULE)
        for user in users
    ]
    rows = Subscription.objects.bulk_create(rows)
    Interest.objects.bulk_create(
        Interest(subscription=row, query=query, label=query or "Everything")
        for n, row in enumerate(rows)
        for query in {queries[n % len(queries)], queries[(n + 3) % len(queries)]}
    )
    return due


def announce(due, count=3):
    """`count` published postmortems of the week before `due`, two learnings and a completed countermeasure each."""
    owner = User.objects.create_user("owner", "owner@example.org")
    for number in range(count):
        made = Postmortem.start(owner, f"Number {number}", takeaway="A short story.")
        for claim in ("one", "two"):
            Learning.add(made, owner, claim=f"Claim {claim} of {number}", what_to_do_differently="Something else.")
        Countermeasure.add(made, owner, statement="Something is done").complete(owner)
        moment = due - timedelta(days=1, hours=number % 100)
        Learning.objects.filter(postmortem=made).update(created_at=moment)
        Countermeasure.objects.filter(postmortem=made).update(done_at=moment)
        Postmortem.objects.filter(pk=made.pk).update(status="published", published_at=moment, visible_since=moment)
