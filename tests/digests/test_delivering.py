"""From the outbox to the mail server: what leaves, with which headers, once; and what happens when it is refused."""

import smtplib
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import override_settings
from django.utils import timezone

from kb.digests.closing import close_periods
from kb.digests.delivering import TRIES, deliver
from kb.digests.models import Digest, Sending, Subscription
from kb.lib.mail import FileBackend
from tests.digests.builders import frozen_organization, moved, published, subscribed, tick, utc

pytestmark = pytest.mark.django_db
MONDAY = "2025-11-24 07:05"


class Refusing(EmailBackend):
    """A mail server that answers with `error` to the first `times` mails."""

    error, times = None, 0

    def send_messages(self, messages):
        if Refusing.times > 0:
            Refusing.times -= 1
            raise Refusing.error
        return super().send_messages(messages)


@pytest.fixture
def refusing(settings):
    def refuse(error, times=1):
        settings.EMAIL_BACKEND = f"{__name__}.Refusing"
        Refusing.error, Refusing.times = error, times

    yield refuse
    Refusing.times = 0


def again():
    """Whatever waits is due now."""
    Sending.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    return list(deliver())


def test_a_mail_says_what_list_it_is_from_and_how_to_leave_it(cast):
    frozen_organization(cast)
    subscription = subscribed(cast.reader)
    (sent,) = tick(MONDAY)
    parsed = message_from_bytes(sent.message().as_bytes(), policy=policy.default)
    sending = Sending.objects.get()
    assert parsed["Message-ID"] == f"<digest.{sending.uid}@testserver>"
    assert parsed["List-Id"] == "Andon weekly learning digest <digest.testserver>"
    link = f"<http://testserver/subscriptions/unsubscribe/{subscription.unsubscribe_token}/>"
    assert parsed["List-Unsubscribe"].replace(" ", "") == link
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["To"] == "Rita Reader <reader@example.org>"
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]
    assert cast.reader.email not in subscription.unsubscribe_token


def test_no_markup_remains_in_the_text_part_and_no_line_is_too_long(cast):
    frozen_organization(cast)
    subscribed(cast.reader)
    (sent,) = tick(MONDAY)
    assert "&amp;" not in sent.body and "<em>" not in sent.body and "<p>" not in sent.body
    assert "Replication lag & read_only <flags> are invisible" in sent.body
    assert all(len(line) <= 72 or line.strip().startswith("http") for line in sent.body.splitlines())


def test_the_html_part_carries_its_styles_within_and_its_dark_colours(cast):
    frozen_organization(cast)
    subscribed(cast.reader)
    (sent,) = tick(MONDAY)
    html = sent.alternatives[0].content
    assert 'style="' in html and "prefers-color-scheme: dark" in html
    assert "<script" not in html and "<img" not in html and "<link" not in html
    assert len(html.encode()) < 100_000
    assert "read_only</code> &lt;flags&gt;" in html


def test_a_digest_of_very_many_items_stays_below_a_hundred_kilobytes(cast):
    for number in range(40):
        published(cast, "2025-11-18 10:00", "T" * 190, learnings=[("c" * 290 + str(number), "d " * 2000)])
    subscribed(cast.reader)
    (sent,) = tick(MONDAY)
    assert len(sent.alternatives[0].content.encode()) < 100_000
    assert "28 more items: http://testserver/digests/" in sent.body


def test_a_week_without_news_sends_nothing_and_is_closed(cast):
    subscription = subscribed(cast.reader)
    assert tick(MONDAY) == []
    subscription.refresh_from_db()
    assert subscription.covered_until == utc("2025-11-24 07:00")
    assert subscription.next_due_at == utc("2025-12-01 07:00")
    assert not Digest.objects.exists() and not Sending.objects.exists()


def test_two_ticks_send_one_mail(cast):
    frozen_organization(cast)
    subscribed(cast.reader)
    assert len(tick(MONDAY)) == 1
    assert tick(MONDAY) == [] and tick("2025-11-24 07:06") == []


def test_people_with_the_same_content_share_one_digest(cast):
    frozen_organization(cast)
    for person in (cast.reader, cast.stranger, cast.teammate):
        subscribed(person)
    assert len(tick(MONDAY)) == 3
    assert Digest.objects.count() == 1


def test_after_days_of_downtime_one_digest_comes_and_not_five(cast):
    for at, claim in [("2025-11-18 10:00", "one"), ("2025-11-26 10:00", "two"), ("2025-12-20 10:00", "five")]:
        published(cast, at, claim, learnings=[claim])
    subscription = subscribed(cast.reader)
    (sent,) = tick("2025-12-24 12:00")
    assert sent.subject == "3 learnings – weeks 47–51"
    subscription.refresh_from_db()
    assert subscription.covered_until == utc("2025-12-22 07:00")
    assert subscription.next_due_at == utc("2025-12-29 07:00")


def test_the_hour_stays_when_the_clocks_change(cast):
    published(cast, "2026-03-29 20:00", "Late on Sunday", learnings=["late"])
    subscription = subscribed(cast.reader, start="2026-03-26 12:00")
    assert tick("2026-03-30 05:59") == []
    assert len(tick("2026-03-30 06:01")) == 1
    subscription.refresh_from_db()
    assert subscription.next_due_at == utc("2026-04-06 06:00")


def test_what_was_withdrawn_after_it_was_queued_does_not_leave(cast):
    first = published(cast, "2025-11-18 10:00", "Shown", learnings=["Stays"])
    second = published(cast, "2025-11-19 10:00", "Not for everybody", learnings=["Goes"])
    subscribed(cast.reader)
    list(close_periods(utc(MONDAY)))
    second.restrict(cast.author)
    list(deliver())
    assert "Stays" in mail.outbox[0].body and "Goes" not in mail.outbox[0].body
    first.restrict(cast.author)
    Sending.objects.update(sent_at=None)
    list(deliver())
    assert len(mail.outbox) == 1
    assert Sending.objects.get().error == "Nothing of it can be read any more."


def test_a_digest_is_rendered_anew_for_those_later_in_the_queue(cast):
    postmortem = published(cast, "2025-11-18 10:00", "Shown", learnings=["Stays"])
    goes = published(cast, "2025-11-19 10:00", "Not for everybody", learnings=["Goes"])
    subscribed(cast.reader)
    subscribed(cast.author)
    list(close_periods(utc(MONDAY)))
    run = deliver()
    next(run)
    goes.restrict(cast.author)
    list(run)
    assert ["Goes" in sent.body for sent in mail.outbox] == [True, False]
    assert postmortem.reference in mail.outbox[1].body


@pytest.mark.parametrize("verb", ["stop", "delete"])
def test_who_left_after_it_was_queued_gets_nothing(cast, verb):
    frozen_organization(cast)
    subscription = subscribed(cast.reader)
    list(close_periods(utc(MONDAY)))
    getattr(subscription, verb)()
    list(deliver())
    assert mail.outbox == []
    assert Sending.objects.get().dropped_at


def test_a_closed_account_gets_nothing(cast):
    frozen_organization(cast)
    subscribed(cast.reader)
    list(close_periods(utc(MONDAY)))
    type(cast.reader).objects.filter(pk=cast.reader.pk).update(is_active=False)
    list(deliver())
    assert mail.outbox == []


def test_without_an_address_the_digest_is_there_and_its_mail_is_parked(cast):
    frozen_organization(cast)
    type(cast.reader).objects.filter(pk=cast.reader.pk).update(email="")
    subscribed(cast.reader)
    assert tick(MONDAY) == []
    assert "no mail address" in Sending.objects.get().error


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPRecipientsRefused({"reader@example.org": (451, b"try later")}),
        smtplib.SMTPDataError(452, b"full"),
        smtplib.SMTPServerDisconnected("lost"),
        smtplib.SMTPAuthenticationError(535, b"our own password"),
        ConnectionRefusedError("away"),
        TimeoutError("slow"),
    ],
)
def test_a_refusal_that_may_pass_is_tried_again_with_the_same_message_id(cast, refusing, error):
    frozen_organization(cast)
    subscribed(cast.reader)
    refusing(error)
    assert tick(MONDAY) == []
    sending = Sending.objects.get()
    assert sending.due_at > timezone.now() and not sending.parked_at and type(error).__name__ in sending.error
    again()
    assert [sent.extra_headers["Message-ID"] for sent in mail.outbox] == [f"<digest.{sending.uid}@testserver>"]


@pytest.mark.parametrize(
    "error",
    [smtplib.SMTPRecipientsRefused({"reader@example.org": (550, b"unknown")}), smtplib.SMTPDataError(554, b"spam")],
)
def test_a_refusal_for_good_is_parked_with_its_error(cast, refusing, error):
    frozen_organization(cast)
    subscribed(cast.reader)
    refusing(error)
    assert tick(MONDAY) == []
    assert again() == []
    sending = Sending.objects.get()
    assert sending.parked_at and type(error).__name__ in sending.error


def test_it_is_given_up_after_about_a_day_and_a_half(cast, refusing):
    frozen_organization(cast)
    subscribed(cast.reader)
    refusing(smtplib.SMTPDataError(452, b"full"), times=99)
    tick(MONDAY)
    for _ in range(TRIES + 2):
        again()
    sending = Sending.objects.get()
    assert sending.parked_at and sending.attempts == TRIES


def test_one_refused_address_holds_up_nobody_else(cast, refusing):
    frozen_organization(cast)
    for person in (cast.reader, cast.author):
        subscribed(person)
    refusing(smtplib.SMTPRecipientsRefused({"reader@example.org": (550, b"unknown")}))
    assert len(tick(MONDAY)) == 1


def test_a_mail_server_out_of_reach_is_not_asked_for_each_mail(cast, refusing):
    frozen_organization(cast)
    for person in (cast.reader, cast.author, cast.teammate):
        subscribed(person)
    refusing(ConnectionRefusedError("away"), times=99)
    tick(MONDAY)
    assert sorted(Sending.objects.values_list("attempts", flat=True)) == [0, 0, 1]


def test_a_mail_in_somebody_else_s_hands_is_left_alone_until_their_lease_ends(cast):
    frozen_organization(cast)
    subscribed(cast.reader)
    list(close_periods(utc(MONDAY)))
    sending = Sending.objects.get()
    assert sending.claim(timedelta(minutes=4))
    assert list(deliver()) == []
    Sending.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert len(list(deliver())) == 1
    assert not sending.mark_sent(), "the late one writes nothing over the other's result"


def test_a_claim_is_given_to_one_of_two(cast):
    subscribed(cast.reader)
    first = Subscription.objects.claim(utc(MONDAY), "one", 10, timedelta(minutes=5))
    second = Subscription.objects.claim(utc(MONDAY), "two", 10, timedelta(minutes=5))
    assert (len(first), len(second)) == (1, 0)


def test_a_subscription_changed_while_it_was_composed_for_is_left_for_the_next_tick(cast, monkeypatch):
    frozen_organization(cast)
    subscription = subscribed(cast.reader)
    from kb.digests import closing

    composed = closing.compose_for

    def slowly(batch, now):
        found = composed(batch, now)
        Subscription.objects.get(pk=subscription.pk).stop()
        return found

    monkeypatch.setattr(closing, "compose_for", slowly)
    assert tick(MONDAY) == []
    assert not Sending.objects.exists()


def test_a_pause_skips_its_weeks_and_then_goes_on_with_the_last_one(cast, clock):
    missed = published(cast, "2025-11-20 10:00", "Missed", learnings=["missed"])
    told = published(cast, "2025-12-24 10:00", "Told", learnings=["told"])
    subscription = subscribed(cast.reader)
    clock.at("2025-11-21T12:00:00+00:00")
    subscription.pause()
    assert tick("2025-11-24 07:05") == [] and tick("2025-12-22 06:00") == []
    assert tick("2025-12-22 07:05") == []
    (sent,) = tick("2025-12-29 07:05")
    assert told.reference in sent.body and missed.reference not in sent.body
    subscription.refresh_from_db()
    assert subscription.paused_at is None


def test_another_day_leaves_no_gap_and_repeats_nothing(cast, clock):
    published(cast, "2025-11-18 10:00", "One", learnings=["first thing"])
    subscription = subscribed(cast.reader)
    clock.at("2025-11-19T12:00:00+00:00")
    subscription.reschedule(weekday=4, hour=16, zone="UTC")
    (first,) = tick("2025-11-21 16:05")
    two = published(cast, "2025-11-22 10:00", "Two", learnings=["two"])
    (second,) = tick("2025-11-28 16:05")
    assert "first thing" in first.body
    assert two.reference in second.body and "first thing" not in second.body


def test_files_are_one_mail_each(cast, tmp_path):
    frozen_organization(cast)
    for person in (cast.reader, cast.author):
        subscribed(person)
    backend = "kb.lib.mail.FileBackend"
    with override_settings(EMAIL_BACKEND=backend, EMAIL_FILE_PATH=str(tmp_path)):
        tick(MONDAY)
    assert FileBackend.__module__ == "kb.lib.mail"
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 2 and all(name.endswith("-example.org.eml") for name in names)
    read = message_from_bytes(next(tmp_path.iterdir()).read_bytes(), policy=policy.default)
    assert read["Subject"].endswith("– week 47")


def test_a_title_with_line_breaks_or_direction_marks_breaks_no_header(cast):
    postmortem = published(cast, "2025-11-18 10:00", "Plain")
    type(postmortem).objects.update(
        title="Odd\r\nBcc: everybody@example.org \u202egnp", visible_since=utc("2025-11-18 10:00")
    )
    moved(postmortem, utc("2025-11-18 10:00"))
    subscribed(cast.reader)
    (sent,) = tick(MONDAY)
    assert "Bcc" not in sent.message()
    assert "U+202Egnp" in sent.body
