"""What stands in a digest, and why: on a small organization whose weeks are known."""

from pathlib import Path

import pytest

from kb.digests.closing import compose_due
from kb.digests.editions import read_editions
from postmortems.catalog_changes import merge, rename
from postmortems.models import Learning, Postmortem, Service
from tests.digests.builders import frozen_organization, measure, published, subscribed, tick, utc

pytestmark = pytest.mark.django_db
GOLDEN = Path(__file__).parent / "golden"
MONDAY = "2025-11-24 07:05"


def edition_of(now=MONDAY):
    """The edition of the one due subscription, or None."""
    (closing,) = compose_due(utc(now))
    return closing.digest and read_editions([closing.digest], closing.subscription.owner)[0]


def as_told(edition):
    """{reference: reasons} of everything in an edition."""
    kinds = ("learnings", "published", "done", "overdue")
    return {entry.reference: entry.why for kind in kinds for entry in getattr(edition, kind)}


def test_the_text_part_reads_as_it_read_before(cast):
    frozen_organization(cast)
    subscribed(cast.reader, "", "service:checkout", "tag:failover")
    (mail,) = tick(MONDAY)
    token = cast.reader.subscriptions.get().unsubscribe_token
    digest = cast.reader.digest_sendings.get().digest
    text = f"{mail.subject}\n{'=' * 72}\n{mail.body}".replace(token, "TOKEN").replace(digest.uid, "DIGEST")
    assert text == (GOLDEN / "digest.txt").read_text()


def test_an_item_stands_once_with_all_its_reasons(cast):
    frozen_organization(cast)
    subscribed(cast.reader, "service:checkout", "tag:failover", "team:payments", "nothing at all like it", "PM-1")
    told = as_told(edition_of())
    assert told["L-1"] == ("Checkout", "Failover", "Payments", "PM-1")
    assert told["L-3"] == ("Failover", "Payments")


def test_only_what_an_interest_picks_is_told(cast):
    frozen_organization(cast)
    subscribed(cast.reader, "service:ledger")
    assert list(as_told(edition_of())) == ["L-3"]


def test_a_query_of_words_finds_the_learnings_of_a_postmortem_that_holds_them(cast):
    frozen_organization(cast)
    subscribed(cast.reader, '"retry storm"')
    assert list(as_told(edition_of())) == ["L-1", "L-2"]


def test_watching_one_postmortem_tells_what_is_new_in_it_and_not_what_mentions_it(cast):
    retries = frozen_organization(cast)
    published(cast, "2025-11-21 10:00", "Another", learnings=[f"It was as in {retries.reference}"])
    subscribed(cast.reader, retries.reference)
    assert list(as_told(edition_of())) == ["L-1", "L-2"]


def test_what_was_renamed_or_merged_is_still_followed(cast):
    frozen_organization(cast)
    service = Service.objects.get(slug="checkout")
    subscribed(cast.reader, "service:checkout")
    before = list(as_told(edition_of()))
    rename(service, "Till", cast.admin)
    assert before and list(as_told(edition_of())) == before
    merge(service, Service.objects.named("Cash desk"), cast.admin)
    assert list(as_told(edition_of())) == before
    Service.objects.create(name="Checkout", slug="checkout")  # another one by now: it is what the word means
    assert edition_of() is None


def test_a_learning_added_later_is_told_in_the_week_in_which_it_was_added(cast):
    retries = frozen_organization(cast)
    learning = Learning.add(retries, cast.author, claim="A later thought")
    Learning.objects.filter(pk=learning.pk).update(created_at=utc("2025-11-26 10:00"))
    subscribed(cast.reader, start="2025-11-26 12:00")
    assert list(as_told(edition_of("2025-12-01 07:05"))) == [learning.reference, "CM-2", "CM-3"]


def test_the_period_is_open_at_its_start_and_closed_at_its_end(cast):
    for at, claim in [
        ("2025-11-17 07:00:00", "at the start"),
        ("2025-11-17 07:00:01", "just after"),
        ("2025-11-24 07:00:00", "at the end"),
        ("2025-11-24 07:00:01", "too late"),
    ]:
        published(cast, at, claim, learnings=[claim])
    subscribed(cast.reader)
    assert [entry.text for entry in edition_of().learnings] == ["just after", "at the end"]


def test_what_is_being_committed_in_this_minute_waits_for_it_to_settle(cast):
    subscribed(cast.reader)
    assert compose_due(utc("2025-11-24 07:00:59")) == []
    assert len(compose_due(utc("2025-11-24 07:01:00"))) == 1


def test_imports_are_never_announced(cast):
    imported = published(cast, "2025-11-18 10:00", "From the old wiki", learnings=["An old thing"])
    measure(imported, "An old measure", done="2025-11-19 10:00")
    measure(imported, "An old date", due="2025-11-20")
    Postmortem.objects.update(origin="imported")
    subscribed(cast.reader, "", imported.reference)
    assert edition_of() is None


@pytest.mark.parametrize("verb", ["withdraw", "restrict", "delete_to_trash"])
def test_what_is_no_longer_for_everybody_is_not_told(cast, verb):
    postmortem = published(cast, "2025-11-18 10:00", "Shown too early", learnings=["A thing"])
    measure(postmortem, "A measure", done="2025-11-19 10:00")
    getattr(postmortem, verb)(cast.author, *(["wrong"] if verb == "withdraw" else []))
    subscribed(cast.reader)
    assert edition_of() is None


def test_a_measure_that_is_past_due_for_long_is_told_beside_news_but_is_none(cast):
    postmortem = published(cast, "2025-10-01 10:00", "Old", learnings=["Old"])
    measure(postmortem, "Long ago", due="2025-10-15")
    subscribed(cast.reader)
    assert edition_of() is None
    measure(postmortem, "Since Thursday", due="2025-11-19")
    assert [entry.is_new for entry in edition_of().overdue] == [True, False]


def test_due_on_the_day_itself_is_not_past_due(cast):
    postmortem = published(cast, "2025-10-01 10:00", "Old", learnings=["Old"])
    measure(postmortem, "Today", due="2025-11-24")
    measure(postmortem, "Yesterday", due="2025-11-23")
    subscribed(cast.reader)
    assert [entry.text for entry in edition_of().overdue] == ["Yesterday"]


def test_a_postmortem_with_nothing_new_to_learn_is_told_by_itself(cast):
    published(cast, "2025-11-18 10:00", "Known trouble")
    subscribed(cast.reader)
    edition = edition_of()
    assert [entry.source.title for entry in edition.published] == ["Known trouble"]
    assert edition.subject == "1 postmortem – week 47"
    assert edition.sentence == "One postmortem to read."


@pytest.mark.parametrize(
    ("queries", "subject"),
    [
        ([""], "3 learnings on failover and 1 countermeasure done – week 47"),
        (["service:edge"], "1 countermeasure done and 1 countermeasure past due – week 47"),
        (["service:ledger"], "1 learning on databases – week 47"),
    ],
)
def test_the_subject_says_something(cast, queries, subject):
    frozen_organization(cast)
    subscribed(cast.reader, *queries)
    assert edition_of().subject == subject


def test_countermeasures_keep_the_subscriber_s_calendar(cast):
    """The measure was due on the 24th; where it is the 25th already it is past due."""
    postmortem = published(cast, "2025-10-01 10:00", "Old", learnings=["Old"])
    measure(postmortem, "Due", due="2025-11-24")
    subscribed(cast.reader, zone="Pacific/Kiritimati", weekday=1, hour=0)  # Tuesday 0:00 there is Monday 10:00 UTC
    assert [entry.text for entry in edition_of("2025-11-24 10:05").overdue] == ["Due"]
