"""Choosing rows and changing them together on the desk: with and without a script, with undo, by writers alone."""

import datetime
import re

import pytest

from postmortems.models import TimelineEntry
from tests.postmortems.builders import draft

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def told(cast):
    found = draft(cast.author)
    for minute in (0, 10, 20):
        TimelineEntry.add(
            found, cast.author, text=f"at {minute}", at=datetime.datetime(2026, 3, 1, 14, minute, tzinfo=datetime.UTC)
        )
    return found


@pytest.fixture
def change(cast, sign_in, told):
    client = sign_in(cast.author)

    def send(headers=HTMX, rows=("at 0", "at 10"), **fields):
        chosen = [f"{row.uid}:{row.version}" for row in TimelineEntry.objects.filter(text__in=rows)]
        address = f"{told.get_absolute_url()}edit/timeline/change/"
        return client.post(address, {"row": chosen, **fields}, headers=headers)

    return send


def clocks():
    return [(row.text, row.local_text[11:]) for row in TimelineEntry.objects.all()]


def test_chosen_rows_move_and_the_answer_offers_to_undo(cast, sign_in, change):
    page = change(verb="shift", by="+1h30m").content.decode()
    assert clocks() == [("at 20", "14:20 UTC"), ("at 0", "15:30 UTC"), ("at 10", "15:40 UTC")]
    assert "2 entries moved." in page
    undo = re.search(r'action="([^"]+/undo/\d+/)"', page)[1]
    page = sign_in(cast.author).post(undo, headers=HTMX).content.decode()
    assert "2 entries are as before." in page and clocks()[0] == ("at 0", "14:00 UTC")


def test_without_a_script_the_desk_says_it_and_offers_to_undo(cast, sign_in, change, told):
    answer = change(headers={}, verb="shift", by="-5m")
    page = sign_in(cast.author).get(answer.url).content.decode()
    assert "2 entries moved." in page and clocks()[0] == ("at 0", "13:55 UTC")
    undo = re.search(r'action="([^"]+/undo/\d+/)"', page)[1]
    assert sign_in(cast.author).post(undo, follow=True).status_code == 200
    assert clocks()[0] == ("at 0", "14:00 UTC")


def test_a_zone_asks_whether_the_clock_or_the_moment_stays(change):
    page = change(verb="zone", zone="Europe/Berlin").content.decode()
    assert "What stays?" in page and clocks()[0] == ("at 0", "14:00 UTC")
    change(verb="zone", zone="Europe/Berlin", keep="moment")
    assert clocks()[0] == ("at 0", "15:00 CET")
    change(verb="zone", zone="UTC", keep="clock")
    assert clocks()[:2] == [("at 20", "14:20 UTC"), ("at 0", "15:00 UTC")]


def test_without_a_script_the_question_keeps_the_rows(change):
    page = change(headers={}, verb="zone", zone="Europe/Berlin").content.decode()
    assert page.count('type="hidden" name="row"') == 2


def test_removed_rows_come_back_with_one_click(cast, sign_in, change):
    page = change(verb="remove").content.decode()
    assert [text for text, _ in clocks()] == ["at 20"] and "2 entries removed." in page
    sign_in(cast.author).post(re.search(r'action="([^"]+/undo/\d+/)"', page)[1])
    assert [text for text, _ in clocks()] == ["at 0", "at 10", "at 20"]


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"verb": "shift", "by": "soon"}, "By how much?"), ({"verb": "shift", "by": ""}, "By how much?"),
        ({"verb": "shift", "by": "+9999d"}, "ten years"), ({"verb": "zone", "zone": "Mars/Base"}, "Name the zone"),
        ({"verb": "shift", "by": "+5m", "rows": ()}, "Choose the rows first"), ({"verb": "dance"}, ""),
    ],
)  # fmt: skip
def test_what_cannot_be_done_says_why_and_changes_nothing(change, fields, word):
    answer = change(**fields)
    assert answer.status_code == 422 and word in answer.content.decode()
    assert clocks() == [("at 0", "14:00 UTC"), ("at 10", "14:10 UTC"), ("at 20", "14:20 UTC")]


def test_rows_named_in_another_way_are_refused(cast, sign_in, told):
    address = f"{told.get_absolute_url()}edit/timeline/change/"
    answer = sign_in(cast.author).post(address, {"row": ["1", "x:y"], "verb": "remove"})
    assert answer.status_code == 422 and TimelineEntry.objects.count() == 3


def test_a_row_that_somebody_changed_stops_it(cast, change):
    read = [f"{row.uid}:{row.version}" for row in TimelineEntry.objects.all()]
    TimelineEntry.objects.get(text="at 10").change(cast.teammate, 1, text="at 10, told better")
    answer = change(verb="remove", row=read)
    assert answer.status_code == 409 and "one of these rows was changed" in answer.content.decode()
    assert TimelineEntry.objects.count() == 3


def test_a_batch_is_undone_once(cast, sign_in, change, told):
    change(verb="shift", by="+5m")
    undo = f"{told.get_absolute_url()}edit/timeline/undo/999999/"
    assert "nothing to undo" in sign_in(cast.author).post(undo, headers=HTMX).content.decode()
