"""Noninterference: what a secret is, nobody outside can tell from any byte of a digest."""

import itertools
import re

import pytest
from django.core import mail

from kb.digests import models
from kb.digests.models import Digest
from kb.lib import uids
from tests.digests.builders import frozen_organization, measure, published, subscribed, tick

pytestmark = pytest.mark.django_db
MONDAY = "2025-11-24 07:05"
RARE = "quetzalcoatl"


def secret(cast):
    """A restricted postmortem of the author, full of a rare word; its numbers come after those of everything else."""
    made = published(
        cast,
        "2025-11-19 10:00",
        f"{RARE} was here",
        services=[RARE],
        tags=["failover", RARE],
        restricted=True,
        learnings=[f"{RARE} learning"],
        takeaway=f"{RARE} takeaway",
    )
    measure(made, f"{RARE} done", done="2025-11-19 12:00")
    measure(made, f"{RARE} late", due="2025-11-20")
    return made


def uids_in_order(monkeypatch):
    """Random uids become 1, 2, 3 …, so that two worlds can be compared byte by byte."""
    numbers = itertools.count(1)
    monkeypatch.setattr(models, "new_uid", lambda: f"uid{next(numbers):09}")
    for model in (models.Subscription, models.Digest, models.Sending, models.Interest):
        monkeypatch.setattr(model._meta.get_field("uid"), "default", models.new_uid)
        model._meta.get_field("uid").__dict__.pop("_get_default", None)


def what_outsiders_get(cast, sign_in):
    """Every byte that reader, stranger and facilitator get: mails, digest pages, text, previews, subscriptions."""
    for person in (cast.reader, cast.stranger, cast.facilitator):
        subscribed(person, "", "tag:failover", RARE, "-tag:failover")
    tick(MONDAY)
    found = [re.sub(rb"={15}\d+==", b"", sent.message().as_bytes()) for sent in mail.outbox]
    for person in (cast.reader, cast.stranger, cast.facilitator):
        client = sign_in(person)
        paths = ["/digests/", "/subscriptions/"]
        paths += [f"/subscriptions/{s.uid}/preview/" for s in person.subscriptions.all()]
        paths += [f"/subscriptions/explain/?kind=query&value={RARE}"]
        for digest in Digest.objects.sent_to(person):
            paths += [f"/digests/{digest.uid}/", f"/digests/{digest.uid}.txt"]
        found += [re.sub(rb'csrf[^>]*value="[^"]*"', b"", client.get(path).content) for path in paths]
    return [re.sub(rb"Date: [^\n]*|uid\d{9}[.\w-]*|(in|ago)? \d+ \w+ ago", b"", text) for text in found]


def test_outsiders_get_the_same_bytes_with_and_without_a_secret(cast, sign_in, monkeypatch):
    from django.db import transaction

    class Undo(Exception):
        pass

    seen = []
    for with_secret in (False, True):
        mail.outbox.clear()
        try:
            with transaction.atomic():
                uids_in_order(monkeypatch)
                frozen_organization(cast)
                if with_secret:
                    secret(cast)
                seen.append(what_outsiders_get(cast, sign_in))
                raise Undo
        except Undo:
            pass
    assert len(seen[0]) == len(seen[1]) > 12
    for without, with_it in zip(*seen, strict=True):
        assert without == with_it
    mails = [text for text in seen[1] if b"Message-ID" in text]
    assert len(mails) == 3 and not any(RARE.encode() in text for text in mails)


def test_those_who_may_read_it_get_a_count_and_a_link_and_nothing_else(cast):
    secret(cast)
    subscribed(cast.author)
    subscribed(cast.security, "service:checkout")
    (sent,) = tick(MONDAY)
    assert sent.subject == "1 restricted item – week 47"
    assert "1 restricted item that you may read:\nhttp://testserver/digests/" in sent.body
    assert RARE not in sent.body and RARE not in sent.alternatives[0].content


def test_who_may_no_longer_read_it_is_told_nothing(cast, sign_in):
    made = secret(cast)
    subscribed(cast.author)
    tick(MONDAY)
    digest = Digest.objects.get()
    address = f"/digests/{digest.uid}/"
    assert made.reference.encode() in sign_in(cast.author).get(address).content
    for person in (cast.reader, cast.facilitator, cast.stranger):
        page = sign_in(person).get(address)
        assert page.status_code == 200 and b"restricted" not in page.content
        assert made.reference.encode() not in page.content


def test_a_withdrawn_or_purged_postmortem_vanishes_from_stored_digests(cast, sign_in):
    postmortem = published(cast, "2025-11-18 10:00", f"About {RARE}", tags=[RARE], learnings=[f"{RARE} taught us"])
    published(cast, "2025-11-18 11:00", "Another", learnings=["Something else"])
    subscribed(cast.reader)
    tick(MONDAY)
    client, address = sign_in(cast.reader), f"/digests/{Digest.objects.get().uid}/"
    assert RARE.encode() in client.get(address).content
    postmortem.withdraw(cast.author, "wrong")
    assert RARE.encode() not in client.get(address).content
    postmortem.purge(None)
    for path in (address, "/digests/", address.rstrip("/") + ".txt"):
        page = client.get(path)
        assert page.status_code == 200 and RARE.encode() not in page.content
    assert b"Something else" in client.get(address).content


def test_whose_interests_led_to_it_is_shown_to_its_recipient_only(cast, sign_in):
    frozen_organization(cast)
    subscription = subscribed(cast.reader)
    subscription.follow("service:checkout", "Things that Bob breaks")
    tick(MONDAY)
    address = f"/digests/{Digest.objects.get().uid}/"
    assert b"Things that Bob breaks" in sign_in(cast.reader).get(address).content
    assert b"Because" not in sign_in(cast.teammate).get(address).content
    assert b"Because" not in sign_in(cast.teammate).get(address.rstrip("/") + ".txt").content


def test_uids_are_random_outside_of_tests():
    assert models.new_uid is uids.new_uid
