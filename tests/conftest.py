"""The cast, sign-in, and the real things that some tests need: services, a browser, a running site."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.test import Client


@dataclass
class Cast:
    """The people of every test. Author and teammate are in Payments, the stranger in Platform."""

    reader: object
    author: object
    teammate: object
    stranger: object
    facilitator: object
    security: object
    admin: object
    payments: object
    platform: object

    def everybody(self):
        """The seven people by their part in the story."""
        return {name: person for name, person in vars(self).items() if name not in ("payments", "platform")}


PARTS = {
    "reader": {"name": "Rita Reader", "role": "reader"},
    "author": {"name": "Ada Author"},
    "teammate": {"name": "Tom Teammate"},
    "stranger": {"name": "Sam Stranger"},
    "facilitator": {"name": "Fay Facilitator", "role": "facilitator"},
    "security": {"name": "Sid Security", "role": "security"},
    "admin": {"name": "Ann Admin", "is_admin": True},
}
PASSWORD = "correct horse battery"  # everybody's, in tests


@pytest.fixture
def cast(db):
    """A fresh Cast in the database; everybody's password is `tests.conftest.PASSWORD`."""
    from kb.accounts.models import Membership, Team, User

    people = {
        part: User.objects.create_user(part, f"{part}@example.org", PASSWORD, **fields)
        for part, fields in PARTS.items()
    }
    payments = Team.objects.create(name="Payments", slug="payments")
    platform = Team.objects.create(name="Platform", slug="platform")
    for team, part in ((payments, "author"), (payments, "teammate"), (platform, "stranger")):
        Membership.objects.create(team=team, user=people[part])
    return Cast(**people, payments=payments, platform=platform)


@pytest.fixture
def sign_in():
    """`sign_in(user)` → a Django test client of that person; `sign_in(None)` → of nobody."""

    def client_of(user):
        client = Client()
        if user is not None:
            client.force_login(user, settings.AUTHENTICATION_BACKENDS[0])
        return client

    return client_of


@pytest.fixture
def clock(monkeypatch):
    """`clock.at("2026-03-02T09:00:00+00:00")` stops `timezone.now()` there; `clock.on(minutes=5)` moves it."""
    from datetime import datetime, timedelta

    from django.utils import timezone

    state = SimpleNamespace(now=timezone.now())

    def at(iso):
        state.now = datetime.fromisoformat(iso)

    def on(**delta):
        state.now += timedelta(**delta)

    monkeypatch.setattr(timezone, "now", lambda: state.now)
    return SimpleNamespace(at=at, on=on, now=lambda: state.now)
