"""The debrief: a facilitator asked for, a date with its calendar entry, the agenda, two questions afterwards."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from postmortems.calendar import as_ics
from postmortems.models import Debrief, DebriefAnswer, FacilitationRequest, Notice, NotPossible
from tests.postmortems.builders import draft, published
from tests.postmortems.full import full_draft

AT = datetime(2026, 12, 1, 13, 0, tzinfo=UTC)


def address(postmortem, page=""):
    return f"/postmortems/{postmortem.reference}/debrief/{page}"


@pytest.mark.django_db
def test_a_facilitator_is_asked_for_and_takes_it(cast, sign_in):
    found = draft(cast.author)
    sign_in(cast.author).post(address(found, "ask-facilitator/"))
    assert [notice.kind for notice in Notice.of(cast.facilitator)] == ["facilitator_asked"]
    assert "I will facilitate" in sign_in(cast.facilitator).get(address(found)).content.decode()
    assert "I will facilitate" not in sign_in(cast.teammate).get(address(found)).content.decode()
    with pytest.raises(PermissionDenied):
        FacilitationRequest.objects.get().take(cast.teammate)
    sign_in(cast.facilitator).post(address(found, "facilitate/"))
    found.refresh_from_db()
    assert found.facilitator == cast.facilitator and not FacilitationRequest.objects.exists()
    assert [notice.kind for notice in Notice.of(cast.author)] == ["facilitates"]
    with pytest.raises(NotPossible, match="facilitates it already"):
        FacilitationRequest.ask(found, cast.author)


@pytest.mark.django_db
def test_a_debrief_is_planned_in_the_zone_of_the_incident_and_goes_into_a_calendar(cast, sign_in):
    found = draft(cast.author, zone="Europe/Berlin", authors=[cast.teammate])
    client = sign_in(cast.author)
    form = {"day": "2026-12-01", "time": "14:00", "minutes": "45", "place": "Room 3; second floor"}
    assert client.post(address(found), form).status_code == 302
    debrief = Debrief.objects.get()
    assert (debrief.at, debrief.minutes) == (AT, 45)
    assert [notice.kind for notice in Notice.of(cast.teammate)] == ["debrief"]
    text = client.get(f"/postmortems/{found.reference}/debrief.ics").content.decode()
    assert "DTSTART:20261201T130000Z\r\nDTEND:20261201T134500Z" in text
    assert r"LOCATION:Room 3\; second floor" in text and f"SUMMARY:Debrief {found.reference}: {found.title}" in text
    client.post(address(found), {**form, "time": "15:00"})
    again = client.get(f"/postmortems/{found.reference}/debrief.ics").content.decode()
    assert "SEQUENCE:2" in again and [line for line in again.splitlines() if "UID" in line][0] in text
    client.post(address(found, "call-off/"))
    assert client.get(f"/postmortems/{found.reference}/debrief.ics").status_code == 404


@pytest.mark.django_db
def test_bad_times_keep_what_was_typed(cast, sign_in):
    found = draft(cast.author, zone="Europe/Berlin")
    for form, words in (
        ({"day": "2026-03-29", "time": "02:30"}, "never came"), ({"day": "", "time": "10:00"}, "required"),
        ({"day": "2026-12-01", "time": "10:00", "minutes": "9999"}, "480"),
        ({"day": "1999-01-01", "time": "10:00"}, "year"),
    ):  # fmt: skip
        response = sign_in(cast.author).post(address(found), {"minutes": "60", "place": "Kept place", **form})
        page = response.content.decode()
        assert response.status_code == 422 and words in page and "Kept place" in page, words
    assert not Debrief.objects.exists()


@pytest.mark.django_db
def test_a_restricted_one_leaves_only_its_number_in_calendars(cast, sign_in):
    found = draft(cast.author, "Zebra", visibility="restricted")
    Debrief.plan(found, cast.author, at=AT, minutes=30, place="")
    assert "ebra" not in sign_in(cast.author).get(f"/postmortems/{found.reference}/debrief.ics").content.decode()


@pytest.mark.django_db
def test_the_agenda_shows_key_moments_factors_and_questions(cast, sign_in):
    found = full_draft(cast.author)
    page = sign_in(cast.author).get(address(found, "agenda/")).content.decode()
    assert "entry 0" in page and "entry 1" not in page, "key moments only"
    assert "factor 0" in page and "good 0" in page and "claim 0" in page and "come to one again" in page
    empty = sign_in(cast.author).get(address(draft(cast.author, "Empty"), "agenda/")).content.decode()
    assert "No key moments are marked yet" in empty


@pytest.mark.django_db
def test_answers_are_shown_as_sums_of_three_or_more(cast, sign_in):
    found = published(cast.author, cast.teammate)
    client = sign_in(cast.author)
    for user in (cast.author, cast.teammate):
        DebriefAnswer.give(found, user, learned=True, come_again=False)
    assert "once three people have answered" in client.get(address(found)).content.decode()
    sign_in(cast.stranger).post(address(found, "answer/"), {"learned": "no", "come_again": "yes"})
    sign_in(cast.stranger).post(address(found, "answer/"), {"learned": "yes", "come_again": "yes"})
    page = client.get(address(found)).content.decode()
    assert "Of 3 who answered, 3 learned something" in page and "1 would come again" in page
    assert sign_in(cast.reader).post(address(found, "answer/"), {"learned": "yes"}).status_code == 403
    assert sign_in(cast.stranger).post(address(found, "answer/"), {"learned": "yes"}).status_code == 422


@given(st.text(max_size=300))
def test_any_words_make_a_calendar_that_can_be_read(words):
    words = words.replace("\r", "").replace("\x00", "")
    now = timezone.now()
    text = as_ics(uid="a@b", revision=1, stamp=now, at=AT, until=AT + timedelta(hours=1), summary=words, place="",
                  about="x", url="https://example.org/")  # fmt: skip
    lines = text.split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    unfolded = text.replace("\r\n ", "").split("\r\n")
    said = next(line for line in unfolded if line.startswith("SUMMARY:")).removeprefix("SUMMARY:")
    plain = said.replace("\\n", "\n").replace("\\;", ";").replace("\\,", ",").replace("\\\\", "\\")
    assert "\\" in words or plain == words
