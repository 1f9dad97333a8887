"""Whole postmortems from plain data: what comes out equals what the verbs would have made."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from kb.events.models import Delivery
from postmortems.importing.build import Parts, build
from postmortems.models import Postmortem, Service, Snapshot

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def parts(title="Checkout answered slowly", **head):
    return Parts(
        head={"title": title, "services": [Service.objects.named("checkout")], **head},
        rows={
            "section": [{"kind": "summary", "text": "It was **slow**."}],
            "participant": [{"key": "ic", "name": "Kim", "function": "commander"}],
            "entry": [
                {"text": "second", "at": NOON + timedelta(minutes=5), "participant": "ic"},
                {"key": "first", "text": "first", "at": NOON},
                {"text": "no time"},
            ],
            "milestone": [{"type": "detected", "at": NOON, "entry": "first"}],
            "factor": [{"key": "f", "statement": "Retries"}],
            "observation": [{"key": "o", "kind": "lucky", "text": "It was Sunday"}],
            "learning": [{"claim": "Jitter matters", "services": [Service.objects.named("payments")]}],
            "countermeasure": [{"statement": "Cap the retries", "addresses": ["f", "o"]}],
        },
    )


def test_everything_arrives_linked_rendered_and_numbered(cast):
    one, two = build([parts(), parts("Another")], cast.author)
    one = Postmortem.objects.get(pk=one.pk)
    assert (one.reference, two.reference) == ("PM-1", "PM-2")
    assert one.section_set.get().text_html.strip() == "<p>It was <strong>slow</strong>.</p>"
    assert [e.text for e in one.timelineentry_set.all()] == ["first", "no time", "second"]
    assert one.timelineentry_set.get(text="second").participant == one.participant_set.get()
    assert one.milestone_set.get().entry.text == "first"
    cm = one.countermeasure_set.get()
    assert (cm.factors.get(), cm.observations.get()) == (one.contributingfactor_set.get(), one.observation_set.get())
    assert [lea.number for lea in (one.learning_set.get(), two.learning_set.get())] == [1, 2]
    assert one.services.get().slug == "checkout" and one.learning_set.get().services.get().slug == "payments"


def test_the_snapshot_says_what_is_stored(cast):
    pm = build([parts()], cast.author)[0]
    assert Snapshot.objects.get().data == Postmortem.objects.get(pk=pm.pk).as_aggregate()


def test_the_index_hears_of_each(cast):
    made = build([parts(), parts()], cast.author)
    assert set(Delivery.objects.values_list("subject", flat=True)) == {f"postmortem:{pm.uid}" for pm in made}


def test_one_bad_field_and_nothing_is_written(cast):
    with pytest.raises(ValidationError):
        build([parts(), parts("bad \x00 title")], cast.author)
    assert not Postmortem.objects.exists()
