"""The demo's subscriptions; last week's digests go out with the first tick, so that there is one to open."""

from kb.digests.models import Subscription


def subscribe(entries, people):
    """Give people their weekly subscriptions, each due for the period that ended last."""
    for entry in entries:
        interests = [(interest["query"], interest["label"]) for interest in entry["interests"]]
        subscription = Subscription.start(
            people[entry["username"]], interests, weekday=entry["weekday"], hour=entry["hour"], zone=entry["zone"]
        )
        due = subscription.covered_until
        Subscription.objects.filter(pk=subscription.pk).update(
            next_due_at=due, covered_until=subscription.schedule.before(due)
        )
