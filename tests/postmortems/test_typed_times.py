"""Times of rows as people type them: understood, asked back around a change of clocks, never guessed."""

import datetime

import pytest

from postmortems.models import TimelineEntry
from tests.postmortems.builders import draft

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
BERLIN = {"zone": "Europe/Berlin"}
LEAST = {"text": "before", "kind": "action", "zone": "UTC", "source": "typed"}


def desk(postmortem, uid=""):
    return f"/postmortems/{postmortem.reference}/edit/entry/" + (f"{uid}/" if uid else "add/")


def entry(postmortem, text, when):
    return TimelineEntry.add(postmortem, postmortem.owner, text=text, at=datetime.datetime.fromisoformat(when))


@pytest.mark.parametrize(
    "when, day, at, precision",
    [
        ("14:03", "2026-03-01", "2026-03-01T13:03:00+00:00", "minute"),
        ("14:03:22", "2026-03-01", "2026-03-01T13:03:22+00:00", "second"),
        ("2026-07-01 14:03", "", "2026-07-01T12:03:00+00:00", "minute"),
        ("2026-07-01T14:03:05", "", "2026-07-01T12:03:05+00:00", "second"),
        ("2026-03-01", "", "2026-02-28T23:00:00+00:00", "day"),
        ("2026-03-01 14:03Z", "", "2026-03-01T14:03:00+00:00", "minute"),
        ("2026-03-01 14:03 +05:30", "", "2026-03-01T08:33:00+00:00", "minute"),
        ("~14:05", "2026-03-01", "2026-03-01T13:05:00+00:00", "minute"),
        ("2:03 pm PST", "2026-03-01", "2026-03-01T22:03:00+00:00", "minute"),
        ("2 Mar 2026 14.03", "", "2026-03-02T13:03:00+00:00", "minute"),
        ("1772373780", "", "2026-03-01T14:03:00+00:00", "second"),
        ("", "", None, "unknown"),
    ],
)
def test_a_time_is_understood_as_it_was_typed(cast, sign_in, when, day, at, precision):
    postmortem = draft(cast.author, zone="Europe/Berlin")
    sent = LEAST | BERLIN | {"when": when, "day": day}
    answer = sign_in(cast.author).post(desk(postmortem), sent)
    assert answer.status_code == 302, answer.content.decode()
    row = TimelineEntry.objects.get()
    assert (row.at.isoformat() if row.at else None, row.precision) == (at, precision)
    assert row.typed == when and row.approximate == when.startswith("~")


@pytest.mark.parametrize(
    "when, day, word",
    [
        ("25:00", "2026-03-01", "does not exist"),
        ("2026-02-30 10:00", "", "does not exist"),
        ("0000-01-01 10:00", "", "does not exist"),
        ("9999-01-01 10:00", "", "cannot be meant"),
        ("soonish", "2026-03-01", "not understood"),
        ("14:03", "", "On which day?"),
        ("14:03", "not a day", "valid date"),
    ],
)
def test_a_time_that_cannot_be_is_refused_with_the_text_kept(cast, sign_in, when, day, word):
    postmortem = draft(cast.author)
    sent = LEAST | {"text": "kept words", "when": when, "day": day}
    answer = sign_in(cast.author).post(desk(postmortem), sent, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 422 and word in page and "kept words" in page and when in page
    assert not TimelineEntry.objects.exists()


def test_a_time_that_came_twice_is_asked_and_the_answer_taken(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    sent = LEAST | BERLIN | {"when": "2026-10-25 02:30"}
    page = client.post(desk(postmortem), sent).content.decode()
    assert "came twice" in page and 'value="first"' in page and 'value="second"' in page
    assert client.post(desk(postmortem), sent | {"which": "second"}).status_code == 302
    assert TimelineEntry.objects.get().at.isoformat() == "2026-10-25T01:30:00+00:00"


def test_a_time_that_never_came_is_asked_too(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    sent = LEAST | BERLIN | {"when": "2026-03-29 02:30"}
    answer = client.post(desk(postmortem), sent)
    assert answer.status_code == 422 and "never came" in answer.content.decode()
    assert not TimelineEntry.objects.exists()


def test_an_answered_question_is_not_asked_again_while_something_else_is_corrected(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    sent = LEAST | BERLIN | {"when": "2026-10-25 02:30", "which": "first", "text": ""}
    page = client.post(desk(postmortem), sent).content.decode()
    assert '<input type="hidden" name="which" value="first">' in page


def test_saving_without_touching_the_time_keeps_it_to_the_second(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    row = entry(postmortem, "imported", "2026-10-25T00:30:22+00:00")
    row.change(cast.author, 1, zone="Europe/Berlin", precision="minute", approximate=True)
    form = client.get(desk(postmortem, row.uid)).content.decode()
    assert 'value="~02:30"' in form and 'value="2026-10-25"' in form
    sent = LEAST | BERLIN | {"when": "~02:30", "day": "2026-10-25", "text": "told better", "version": 2}
    assert client.post(desk(postmortem, row.uid), sent).status_code == 302
    row.refresh_from_db()
    assert row.at.isoformat() == "2026-10-25T00:30:22+00:00" and row.approximate and row.text == "told better"


@pytest.mark.parametrize(
    "until, ok", [("14:20", True), ("14:03", True), ("14:00", False), ("2026-03-02 01:00", True), ("later", False)]
)
def test_an_entry_does_not_end_before_it_starts(cast, sign_in, until, ok):
    postmortem = draft(cast.author)
    sent = LEAST | {"when": "2026-03-01 14:03", "until": until}
    answer = sign_in(cast.author).post(desk(postmortem), sent)
    assert answer.status_code == (302 if ok else 422)
    assert TimelineEntry.objects.filter(until__isnull=False).exists() == ok


def test_rows_sort_themselves_by_time_and_the_next_one_keeps_the_day(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    for when in ("2026-03-01 14:10", "2026-03-01 14:03"):
        answer = client.post(desk(postmortem), LEAST | {"when": when, "text": when}, headers=HTMX)
    assert list(TimelineEntry.objects.values_list("text", flat=True)) == ["2026-03-01 14:03", "2026-03-01 14:10"]
    assert 'name="day" value="2026-03-01"' in answer.content.decode()
    late = TimelineEntry.objects.first()
    answer = client.post(
        desk(postmortem, late.uid),
        LEAST | {"when": "2026-03-01 15:00", "text": "late", "version": 1},
        headers=HTMX,
    )
    assert answer.headers["HX-Reswap"] == "delete" and "afterend:#entry-" in answer.content.decode()
    assert list(TimelineEntry.objects.values_list("text", flat=True)) == ["2026-03-01 14:10", "late"]


def test_without_a_zone_the_time_is_told_in_that_of_the_postmortem(cast, sign_in):
    postmortem = draft(cast.author, zone="Asia/Tokyo")
    sign_in(cast.author).post(desk(postmortem), LEAST | {"zone": "", "when": "2026-03-01 14:03"})
    row = TimelineEntry.objects.get()
    assert (row.zone, row.at.isoformat()) == ("Asia/Tokyo", "2026-03-01T05:03:00+00:00")


def test_a_span_fills_the_end_and_is_told_by_its_start_afterwards(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    client.post(desk(postmortem), LEAST | {"when": "~13:30-13:45", "day": "2026-03-01"})
    row = TimelineEntry.objects.get()
    assert (row.at.isoformat()[11:16], row.until.isoformat()[11:16], row.approximate) == ("13:30", "13:45", True)
    form = client.get(desk(postmortem, row.uid)).content.decode()
    assert 'value="~13:30"' in form and 'value="13:45"' in form


def test_minutes_count_from_the_row_before_and_are_told_as_a_clock_afterwards(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    entry(postmortem, "first", "2026-03-01T23:58:00+00:00")
    client.post(desk(postmortem), LEAST | {"when": "+5m", "text": "second"})
    row = TimelineEntry.objects.get(text="second")
    assert (row.at.isoformat(), row.typed) == ("2026-03-02T00:03:00+00:00", "+5m")
    assert 'value="00:03"' in client.get(desk(postmortem, row.uid)).content.decode()


def test_after_midnight_the_next_row_is_on_the_next_day(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    entry(postmortem, "first", "2026-03-01T23:58:00+00:00")
    client.post(desk(postmortem), LEAST | {"when": "00:05", "day": "2026-03-01", "text": "second"})
    assert TimelineEntry.objects.get(text="second").at.isoformat() == "2026-03-02T00:05:00+00:00"
