"""`manage.py send_digests`: by hand what the tick does, one line for each step."""

from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from kb.digests import tasks
from kb.digests.models import Sending
from tests.digests.builders import frozen_organization, subscribed

pytestmark = pytest.mark.django_db


def said(*arguments):
    out = StringIO()
    call_command("send_digests", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_it_tells_what_it_does_and_a_second_run_does_nothing(cast):
    frozen_organization(cast)
    subscribed(cast.reader)
    subscribed(cast.stranger, "nothing:like this")
    subject = "3 learnings on failover and 1 countermeasure done – week 47"
    assert said("--now", "2025-11-24T08:05+01:00", "--dry-run") == [
        f"reader: would be sent: {subject}",
        "stranger: nothing new, nothing sent",
    ]
    assert not Sending.objects.exists() and mail.outbox == []
    assert said("--now", "2025-11-24T08:05+01:00") == [
        f"reader: composed: {subject}",
        "stranger: nothing new, nothing sent",
        "reader: sent",
    ]
    assert said("--now", "2025-11-24T08:05+01:00") == ["No subscription is due at 2025-11-24 08:05 UTC+01:00."]
    assert len(mail.outbox) == 1


def test_a_time_that_is_none_is_refused_with_an_example(cast):
    with pytest.raises(CommandError, match="2026-03-02T08:05"):
        said("--now", "next Monday")


def test_the_tick_closes_and_sends(cast, clock):
    frozen_organization(cast)
    subscribed(cast.reader)
    clock.at("2025-11-24T07:05:00+00:00")
    tasks.tick()
    tasks.tick()
    assert len(mail.outbox) == 1


def test_a_broker_that_is_away_holds_nothing_up(cast, monkeypatch):
    def away(**_):
        raise ConnectionRefusedError

    monkeypatch.setattr(tasks.send_waiting, "apply_async", away)
    tasks.nudge()
