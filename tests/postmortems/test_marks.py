"""A milestone is set from a row; one that stands elsewhere is asked about before it moves."""

import datetime

import pytest

from postmortems.models import Milestone, TimelineEntry
from tests.api.building import Api
from tests.postmortems.builders import draft

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def told(cast):
    found = draft(cast.author)
    for minute in (0, 10):
        TimelineEntry.add(
            found, cast.author, text=f"at {minute}", at=datetime.datetime(2026, 3, 1, 14, minute, tzinfo=datetime.UTC)
        )
    return found


@pytest.fixture
def mark(cast, sign_in, told):
    client = sign_in(cast.author)

    def send(text, headers=HTMX, **fields):
        uid = TimelineEntry.objects.get(text=text).uid
        return client.post(f"{told.get_absolute_url()}edit/entry/{uid}/milestone/", fields, headers=headers)

    return send


def set_to():
    return [(row.type, row.entry and row.entry.text, f"{row.at:%H:%M}") for row in Milestone.objects.order_by("at")]


def test_one_post_sets_it_and_the_row_and_the_key_times_come_back(mark):
    page = mark("at 0", type="detected").content.decode()
    assert set_to() == [("detected", "at 0", "14:00")]
    assert "phase-detected" in page and 'id="milestones"' in page and "Detected: 2026-03-01 14:00 UTC." in page


def test_without_a_script_it_leads_back_to_the_row(mark):
    answer = mark("at 0", headers={}, type="detected")
    assert answer.status_code == 302 and "#entry-" in answer.url


def test_one_that_stands_elsewhere_is_asked_about_and_then_moves(mark):
    mark("at 0", type="detected")
    answer = mark("at 10", type="detected")
    page = answer.content.decode()
    assert answer.status_code == 409 and "is set to 2026-03-01 14:00 UTC now" in page and "Move it here" in page
    assert set_to() == [("detected", "at 0", "14:00")]
    page = mark("at 10", type="detected", version=1).content.decode()
    assert set_to() == [("detected", "at 10", "14:10")]
    assert page.count("desk-row") >= 2, "the row that had it is drawn anew, too"
    assert mark("at 0", type="detected", version=1).status_code == 409, "somebody moved it meanwhile"


def test_the_same_again_takes_it_off_after_asking(mark):
    mark("at 0", type="detected")
    assert "Take it off?" in mark("at 0", type="detected").content.decode()
    mark("at 0", type="detected", version=1)
    assert set_to() == []


def test_the_menu_names_all_types_with_their_keys_and_where_they_stand(cast, sign_in, told, mark):
    mark("at 0", type="started")
    uid = TimelineEntry.objects.get(text="at 10").uid
    page = sign_in(cast.author).get(f"{told.get_absolute_url()}edit/entry/{uid}/milestone/").content.decode()
    assert (
        page.count('name="type"') == len(Milestone.Type.choices)
        and "<kbd" in page
        and "1 March 2026, 14:00 UTC" in page
    )


def test_an_unknown_type_is_refused(mark):
    assert mark("at 0", type="party").status_code == 422


def test_the_api_sets_it_from_an_entry(cast, told):
    entry = TimelineEntry.objects.get(text="at 10")
    api, path = Api(cast.author), f"postmortems/{told.reference}/milestones/"
    made = api.post(path, {"type": "mitigated", "entry": entry.uid})
    assert made.status_code == 201 and made.json()["at"].startswith("2026-03-01T14:10")
