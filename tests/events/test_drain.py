"""To-dos: one per subject, none lost while somebody works, failures back off and are parked visibly."""

import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from kb.events import drain as draining
from kb.events.models import Delivery, Event
from kb.events.record import record, request_delivery

pytestmark = pytest.mark.django_db(transaction=True)
seen = []


def consume(subjects):
    seen.append(list(subjects))


def fail_on_bad(subjects):
    if any("bad" in subject for subject in subjects):
        raise ValueError("no such thing")
    consume(subjects)


@pytest.fixture(autouse=True)
def consumers(settings, monkeypatch):
    seen.clear()
    monkeypatch.setattr("kb.events.record.nudge", lambda consumer: None)
    settings.EVENT_CONSUMERS = {"index": {"consume": f"{__name__}.consume", "kinds": ["postmortem."]}}


def write(*subjects):
    with transaction.atomic():
        request_delivery(["index"], subjects)


def test_a_fact_outside_of_a_transaction_is_refused():
    with pytest.raises(TransactionManagementError):
        record("postmortem.publish", actor=None, subject="postmortem:x")


def test_a_rolled_back_change_leaves_neither_fact_nor_todo():
    with pytest.raises(RuntimeError), transaction.atomic():
        record("postmortem.publish", actor=None, subject="postmortem:x", group="x")
        raise RuntimeError
    assert not Event.objects.exists() and not Delivery.objects.exists()


def test_many_changes_of_one_subject_are_one_todo():
    write("postmortem:a"), write("postmortem:a"), write("postmortem:b")
    assert draining.drain("index") == 2
    assert seen == [["postmortem:a", "postmortem:b"]] and draining.pending("index") == []


def test_a_change_while_the_consumer_works_is_not_lost(monkeypatch):
    write("postmortem:a")
    consume_once = draining.import_string

    def slow(path):
        def work(subjects):
            if not seen:
                write("postmortem:a")
            consume(subjects)

        return work

    monkeypatch.setattr(draining, "import_string", slow)
    draining.drain("index")
    assert seen == [["postmortem:a"], ["postmortem:a"]] and consume_once
    assert draining.pending("index") == []


def test_one_bad_row_holds_up_no_other_and_is_parked_after_eight_tries(settings):
    settings.EVENT_CONSUMERS["index"]["consume"] = f"{__name__}.fail_on_bad"
    write("postmortem:bad", "postmortem:good")
    assert draining.drain("index") == 1
    bad = Delivery.objects.get()
    assert (bad.subject, bad.attempts, bad.error) == ("postmortem:bad", 1, "ValueError: no such thing")
    for _ in range(7):
        Delivery.objects.update(due_at=timezone.now())
        draining.drain("index")
    assert Delivery.objects.get().parked_at and draining.drain("index") == 0
    write("postmortem:bad")
    assert Delivery.objects.get().parked_at is None


def test_only_one_process_drains_at_a_time():
    assert draining.acquire("drain:index", "somebody")
    write("postmortem:a")
    assert draining.drain("index") == 0
    draining.release("drain:index", "somebody")
    assert draining.drain("index") == 1


def test_the_lease_of_a_killed_holder_runs_out_soon_and_that_of_a_slow_one_is_prolonged(monkeypatch):
    assert draining.LEASE.total_seconds() <= 10  # what was acknowledged is found 15 s after a start
    monkeypatch.setattr(draining, "LEASE", timedelta(seconds=0.4))
    write("postmortem:a")
    others = []

    def slow(path):
        def work(subjects):
            time.sleep(1)
            others.append(draining.acquire("drain:index", "somebody"))
            consume(subjects)

        return work

    monkeypatch.setattr(draining, "import_string", slow)
    assert draining.drain("index") == 1 and others == [False]
    assert draining.acquire("drain:index", "killed", draining.LEASE)
    time.sleep(0.5)
    assert draining.acquire("drain:index", "somebody")


def test_doing_everything_anew_crosses_off_what_was_pending_before_and_nothing_that_came_meanwhile():
    write(*(f"postmortem:{n}" for n in range(450)))
    Delivery.objects.filter(subject="postmortem:9").update(parked_at=timezone.now())
    with draining.all_done("index"):
        write("postmortem:7", "postmortem:new")
    assert set(draining.pending("index")) == {"postmortem:7", "postmortem:new"}


def test_what_could_not_be_done_anew_stays_pending():
    write("postmortem:1")
    with pytest.raises(OSError), draining.all_done("index"):
        raise OSError("the disk is full")
    assert draining.pending("index") == ["postmortem:1"]
