"""My subscriptions in the browser: begin, follow, change, pause, leave; and leaving from a mail without signing in."""

import pytest
from django.core import mail
from django.test import Client

from kb.digests.delivering import deliver
from kb.digests.models import MOST_INTERESTS, MOST_SUBSCRIPTIONS, Sending, Subscription
from kb.lib import signing
from tests.digests.builders import frozen_organization, published, subscribed, tick, utc

pytestmark = pytest.mark.django_db
MONDAY = "2025-11-24 07:05"


@pytest.fixture
def reader(cast, sign_in):
    return sign_in(cast.reader)


def test_nobody_gets_mail_before_asking_and_one_click_is_enough(cast, reader):
    page = reader.get("/subscriptions/")
    assert b"Subscribe to everything weekly" in page.content
    assert b"Subscribe to everything weekly" in reader.get("/digests/").content
    type(cast.reader).objects.filter(pk=cast.reader.pk).update(zone="Asia/Kolkata")
    assert reader.post("/subscriptions/start/").status_code == 302
    subscription = cast.reader.subscriptions.get()
    assert str(subscription) == "Mondays at 08:00, Asia/Kolkata"
    assert [(i.query, i.label) for i in subscription.interests.all()] == [("", "Everything")]


def test_the_first_digest_covers_the_week_before_its_moment(cast, clock):
    clock.at("2025-11-19T12:00:00+00:00")
    published(cast, "2025-11-17 09:00", "Two days before", learnings=["before"])
    Subscription.start(cast.reader, zone="UTC")
    (sent,) = tick("2025-11-24 08:01")
    assert "before" in sent.body


def test_there_is_a_limit_to_subscriptions_and_interests(cast, reader):
    for _ in range(MOST_SUBSCRIPTIONS + 1):
        reader.post("/subscriptions/start/")
    assert cast.reader.subscriptions.count() == MOST_SUBSCRIPTIONS
    subscription = cast.reader.subscriptions.first()
    for number in range(MOST_INTERESTS + 3):
        reader.post(f"/subscriptions/{subscription.uid}/interests/", {"kind": "query", "value": f"word{number}"})
    assert subscription.interests.count() == MOST_INTERESTS


@pytest.mark.parametrize(
    ("kind", "value", "query", "label"),
    [
        ("service", "Checkout", "service:checkout", "Checkout"),
        ("service", "checkout", "service:checkout", "Checkout"),
        ("team", "payments", "team:payments", "Payments"),
        ("tag", "Failover", "tag:failover", "failover"),
        ("postmortem", "pm-1", "PM-1", "PM-1"),
        ("postmortem", "http://testserver/postmortems/PM-1/", "PM-1", "PM-1"),
        ("query", ' timeout  -tag:drill "connection pool" ', 'timeout -tag:drill "connection pool"', ""),
        ("query", "pm-1", "PM-1", "PM-1"),
        ("everything", "", "", "Everything"),
    ],
)
def test_interests_are_kept_as_queries(cast, reader, kind, value, query, label):
    frozen_organization(cast)
    subscription = subscribed(cast.reader, "service:edge")
    answer = reader.post(f"/subscriptions/{subscription.uid}/interests/", {"kind": kind, "value": value})
    assert answer.status_code == 302
    interest = subscription.interests.last()
    assert interest.query == query and interest.label == (label or query)


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        ("service", "Chekout", "There is no service “Chekout”. Did you mean Checkout?"),
        ("service", "", "Say which one."),
        ("postmortem", "PM-999", "of a postmortem that you can see"),
        ("postmortem", "everything", "of a postmortem that you can see"),
        ("query", "- : ,", "There is no word in this search."),
        ("query", "a\0b", "null characters"),
        ("query", "x" * 301, "at most 300 characters"),
        ("colour", "red", "not one of the available choices"),
    ],
)
def test_what_cannot_be_followed_is_said_and_stays_in_the_form(cast, reader, kind, value, sentence):
    frozen_organization(cast)
    subscription = subscribed(cast.reader)
    answer = reader.post(f"/subscriptions/{subscription.uid}/interests/", {"kind": kind, "value": value})
    assert answer.status_code == 400
    assert sentence.lower() in answer.content.decode().lower()
    assert subscription.interests.count() == 1


def test_a_restricted_postmortem_cannot_be_told_from_a_missing_one(cast, reader):
    made = published(cast, "2025-11-18 10:00", "Secret", restricted=True, learnings=["x"])
    subscription = subscribed(cast.reader)
    for value in (made.reference, "PM-999"):
        answer = reader.post(f"/subscriptions/{subscription.uid}/interests/", {"kind": "postmortem", "value": value})
        assert answer.status_code == 400 and b"of a postmortem that you can see" in answer.content


def test_typing_an_interest_explains_what_it_would_bring(cast, reader):
    path = "/subscriptions/explain/"
    answer = reader.get(
        path, {"kind": "query", "value": 'timeout redis pool "exact words" -tag:drill service:checkout'}
    )
    text = answer.content.decode()
    assert "the phrase “exact words”" in text and "service checkout" in text and "without tag drill" in text
    assert "of the words “timeout”, “redis”, “pool”" in text
    assert "Nothing in the last four weeks" in text
    assert "There is no service" in reader.get(path, {"kind": "service", "value": "nope"}).content.decode()


def test_following_from_a_page_begins_a_subscription_or_joins_the_first(cast, reader):
    data = {"query": "service:checkout", "label": "Checkout", "next": "/services/checkout/"}
    assert reader.post("/subscriptions/follow/", data)["Location"] == "/services/checkout/"
    subscription = cast.reader.subscriptions.get()
    assert [i.query for i in subscription.interests.all()] == ["service:checkout"]
    reader.post("/subscriptions/follow/", {"query": "tag:dns", "label": "DNS", "next": "https://evil.example/"})
    assert [i.query for i in subscription.interests.all()] == ["service:checkout", "tag:dns"]
    answer = reader.post("/subscriptions/follow/", data | {"next": "https://evil.example/"})
    assert answer["Location"] == "/subscriptions/"
    assert subscription.interests.count() == 2, "the same interest stands once"
    interest = subscription.interests.first()
    reader.post("/subscriptions/unfollow/", {"interest": interest.uid})
    assert [i.query for i in subscription.interests.all()] == ["tag:dns"]


def test_the_schedule_is_checked(cast, reader):
    subscription = subscribed(cast.reader)
    path = f"/subscriptions/{subscription.uid}/schedule/"
    assert reader.post(path, {"weekday": 4, "hour": 16, "zone": "Asia/Tokyo"}).status_code == 302
    subscription.refresh_from_db()
    assert str(subscription) == "Fridays at 16:00, Asia/Tokyo"
    for wrong in ({"weekday": 7}, {"hour": 24}, {"zone": "Mars/Olympus"}, {"zone": "../../etc/passwd"}, {"hour": "x"}):
        answer = reader.post(path, {"weekday": 4, "hour": 16, "zone": "Asia/Tokyo"} | wrong)
        assert answer.status_code == 400, wrong
    subscription.refresh_from_db()
    assert str(subscription) == "Fridays at 16:00, Asia/Tokyo"


POSTS = ["schedule", "interests", "pause", "resume", "delete", "send"]


@pytest.mark.parametrize("verb", POSTS)
def test_nobody_else_can_touch_a_subscription(cast, sign_in, verb):
    subscription = subscribed(cast.author)
    path = f"/subscriptions/{subscription.uid}/{verb}/"
    for person in (cast.reader, cast.teammate, cast.facilitator, cast.security, cast.admin):
        assert sign_in(person).post(path).status_code == 404
        assert sign_in(person).get(f"/subscriptions/{subscription.uid}/preview/").status_code == 404
    assert sign_in(None).post(path).status_code == 302
    assert sign_in(cast.author).get(path).status_code == 405
    interest = subscription.interests.get()
    assert sign_in(cast.reader).post("/subscriptions/unfollow/", {"interest": interest.uid}).status_code == 404
    subscription.refresh_from_db()
    assert not subscription.paused_at and subscription.interests.count() == 1


def test_forms_are_proved_by_their_page_apart_from_the_one_click(cast):
    from django.conf import settings

    subscription = subscribed(cast.reader)
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.reader, settings.AUTHENTICATION_BACKENDS[0])
    for verb in POSTS:
        assert client.post(f"/subscriptions/{subscription.uid}/{verb}/").status_code == 403
    for path in ("start", "follow", "unfollow"):
        assert client.post(f"/subscriptions/{path}/").status_code == 403


def test_one_click_unsubscribes_without_signing_in(cast):
    subscription = subscribed(cast.reader)
    path = f"/subscriptions/unsubscribe/{subscription.unsubscribe_token}/"
    client = Client(enforce_csrf_checks=True)
    page = client.get(path)
    assert page.status_code == 200 and b"Unsubscribe" in page.content
    assert b"Rita" not in page.content and b"example.org" not in page.content
    subscription.refresh_from_db()
    assert not subscription.is_stopped, "looking changes nothing: link scanners look"
    answer = client.post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200 and "sessionid" not in answer.cookies
    subscription.refresh_from_db()
    assert subscription.is_stopped and subscription.interests.count() == 1
    frozen_organization(cast)
    assert tick("2026-01-05 07:05") == []


def test_leaving_offers_a_pause_and_a_way_back(cast):
    subscription = subscribed(cast.reader)
    path = f"/subscriptions/unsubscribe/{subscription.unsubscribe_token}/"
    client = Client()
    client.post(path, {"choice": "pause"})
    subscription.refresh_from_db()
    assert subscription.paused_at and not subscription.is_stopped
    client.post(path, {"choice": "stop"})
    client.post(path, {"choice": "resume"})
    subscription.refresh_from_db()
    assert not subscription.paused_at and not subscription.is_stopped
    assert client.post(path, {"choice": "delete"}).status_code == 404


def test_a_token_is_good_for_its_own_purpose_only(cast):
    subscription = subscribed(cast.reader)
    for token in ("nonsense", subscription.uid, signing.sign("other", subscription.uid), "x" * 5000):
        assert Client().post(f"/subscriptions/unsubscribe/{token}/").status_code == 404
    token = subscription.unsubscribe_token
    subscription.delete()
    assert Client().get(f"/subscriptions/unsubscribe/{token}/").status_code == 404


def test_the_preview_shows_what_would_be_sent_now_and_stores_nothing(cast, reader, clock):
    frozen_organization(cast)
    subscription = subscribed(cast.reader, "service:ledger")
    clock.at("2025-11-21T12:00:00+00:00")
    page = reader.get(f"/subscriptions/{subscription.uid}/preview/")
    assert "Replication lag" in page.content.decode() and "Because you follow Ledger" in page.content.decode()
    assert not Sending.objects.exists()
    clock.at("2025-11-18T12:00:00+00:00")
    assert b"Nothing new so far" in reader.get(f"/subscriptions/{subscription.uid}/preview/").content


def test_one_on_request_comes_at_once_and_the_planned_one_comes_as_planned(cast, reader, clock):
    frozen_organization(cast)
    subscription = subscribed(cast.reader)
    clock.at("2025-11-21T12:00:30+00:00")
    path = f"/subscriptions/{subscription.uid}/send/"
    for _ in range(2):
        assert reader.post(path).status_code == 302
    list(deliver())
    assert len(mail.outbox) == 1, "asking twice in a hurry sends one"
    clock.at("2025-11-24T07:05:00+00:00")
    assert len(tick(MONDAY)) == 1
    clock.at("2025-11-24T07:06:00+00:00")
    answer = reader.post(path, follow=True)
    assert b"nothing new since the last one" in answer.content


def test_trouble_with_the_last_mail_is_shown_with_a_way_to_read_it(cast, reader):
    frozen_organization(cast)
    subscribed(cast.reader)
    tick(MONDAY)
    Sending.objects.update(sent_at=None, parked_at=utc(MONDAY), error="SMTPRecipientsRefused: 550 unknown")
    page = reader.get("/subscriptions/").content.decode()
    assert "could not be delivered" in page and "550 unknown" in page
    assert Sending.objects.get().digest.get_absolute_url() in page


def test_digests_stay_readable_after_the_subscription_is_deleted(cast, reader):
    frozen_organization(cast)
    subscription = subscribed(cast.reader)
    tick(MONDAY)
    reader.post(f"/subscriptions/{subscription.uid}/delete/")
    assert b"3 learnings on failover" in reader.get("/digests/").content


def test_a_digest_that_does_not_exist_is_not_found_and_strangers_sign_in(cast, reader, sign_in):
    assert reader.get("/digests/abcdefghijkm/").status_code == 404
    assert reader.get("/digests/abcdefghijkm.txt").status_code == 404
    for path in ("/digests/", "/subscriptions/", "/digests/abcdefghijkm/"):
        assert sign_in(None).get(path).status_code == 302


def test_tags_with_letters_of_any_script_can_be_followed(cast, reader):
    published(cast, "2025-11-18 10:00", "Tagged", tags=["障害"], learnings=["one"])
    subscription = subscribed(cast.reader)
    answer = reader.post(f"/subscriptions/{subscription.uid}/interests/", {"kind": "tag", "value": "障害"})
    assert answer.status_code == 302
    subscription.interests.filter(query="").delete()
    assert len(tick(MONDAY)) == 1
