"""The demo's subscriptions, and the digest that its readers got last."""


def subscribe(entries, people, now):
    """Give people their weekly subscriptions."""
