"""One line and Enter: the row in its place, its neighbour, the form for the next one; many lines are shown first."""

import datetime
import re

import pytest

from postmortems.models import Milestone, Participant, TimelineEntry
from tests.postmortems.builders import draft

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def at(clock):
    return datetime.datetime.fromisoformat(f"2026-03-01T{clock}:00+00:00")


@pytest.fixture
def told(cast):
    found = draft(cast.author)
    for clock, text in (("14:00", "first"), ("14:20", "last")):
        TimelineEntry.add(found, cast.author, text=text, at=at(clock))
    return found


@pytest.fixture
def type_in(cast, sign_in, told):
    client = sign_in(cast.author)

    def send(line, headers=HTMX, **fields):
        body = {"line": line, "day": "2026-03-01", "kind": "observation", **fields}
        return client.post(f"{told.get_absolute_url()}edit/timeline/quick/", body, headers=headers)

    return send


def rows():
    return [(f"{row.at:%d %H:%M}" if row.at else None, row.text) for row in TimelineEntry.objects.all()]


def test_a_line_becomes_a_row_in_its_place_and_the_answer_is_it_and_its_neighbour(type_in):
    answer = type_in("14:10 the pool was full", kind="symptom")
    page = answer.content.decode()
    assert rows() == [("01 14:00", "first"), ("01 14:10", "the pool was full"), ("01 14:20", "last")]
    first, new, last = TimelineEntry.objects.all()
    assert f'hx-swap-oob="afterend:#{first.anchor}"' in page and "the pool was full" in page
    assert re.search(rf'id="{last.anchor}"[^>]*hx-swap-oob="outerHTML"', page), "its gap is another one now"
    assert f'id="{first.anchor}"' not in page, "no other row comes along"
    assert f'name="after" value="{new.uid}"' in page and "Added at 2026-03-01 14:10 UTC" in page
    assert (new.kind, new.typed) == ("symptom", "14:10")


def test_without_a_script_the_same_line_is_added_and_leads_to_its_row(type_in):
    answer = type_in("14:10 the pool was full", headers={})
    assert answer.status_code == 302 and answer.url.endswith(f"#{TimelineEntry.objects.all()[1].anchor}")


def test_the_next_line_counts_from_the_one_added_last(type_in, told):
    first = TimelineEntry.objects.get(text="first")
    type_in("+2m soon after", after=first.uid)
    type_in("23:58 late", after=first.uid)
    type_in("00:05 past midnight", after=TimelineEntry.objects.get(text="late").uid)
    assert ("01 14:02", "soon after") in rows() and ("02 00:05", "past midnight") in rows()


def test_the_first_line_needs_only_the_day_that_stands_there(cast, sign_in):
    empty = draft(cast.author, zone="Europe/Berlin")
    page = sign_in(cast.author).get(f"{empty.get_absolute_url()}edit/").content.decode()
    assert re.search(r'name="day" value="\d{4}-\d\d-\d\d"', page) and 'id="entry-rows"' in page
    body = {"line": "14:03 it began", "day": "2026-03-01", "kind": "symptom"}
    assert sign_in(cast.author).post(f"{empty.get_absolute_url()}edit/timeline/quick/", body).status_code == 302
    assert TimelineEntry.objects.get().local_text == "2026-03-01 14:03 CET"


@pytest.mark.parametrize(
    ("line", "word"), [("14:03", "what happened"), ("25:10 alarm", "does not exist"), ("", "required"), ("a\x00b", "")]
)
def test_a_line_that_cannot_be_is_refused_with_its_text(type_in, line, word):
    answer = type_in(line)
    assert answer.status_code == 422 and word in answer.content.decode()
    assert len(rows()) == 2


def test_a_line_without_a_time_is_kept_as_such(type_in):
    type_in("somebody restarted it")
    assert (None, "somebody restarted it") in rows()


def test_a_time_that_came_twice_is_asked(cast, sign_in):
    berlin = draft(cast.author, zone="Europe/Berlin")
    client, address = sign_in(cast.author), f"{berlin.get_absolute_url()}edit/timeline/quick/"
    body = {"line": "02:30 dark", "day": "2026-10-25", "kind": "symptom"}
    answer = client.post(address, body, headers=HTMX)
    assert (
        answer.status_code == 422
        and "came twice" in answer.content.decode()
        and 'value="second"' in answer.content.decode()
    )
    client.post(address, body | {"which": "second"}, headers=HTMX)
    assert TimelineEntry.objects.get().at.isoformat() == "2026-10-25T01:30:00+00:00"


def test_letters_with_two_meanings_are_told(type_in):
    assert "can also be that of" in type_in("14:10 CST full").content.decode()


LINES = "14:01 UTC page\n  with a second line\n- **14:05** - rollback begins\n~14:09 recovered"


def test_several_lines_are_shown_as_what_they_would_become_and_nothing_is_written(type_in):
    page = type_in(LINES).content.decode()
    assert "Turn these lines into 3 timeline entries?" in page and "about 2026-03-01 14:09 UTC" in page
    assert page.count('name="pick"') == 3 and len(rows()) == 2


def test_chosen_lines_become_rows_and_one_undo_takes_them_back(cast, sign_in, type_in, told):
    answer = type_in(LINES, accept="1", pick=["0", "2"])
    page = answer.content.decode()
    assert answer.headers["HX-Retarget"] == "#timeline" and "2 entries added." in page
    assert rows() == [
        ("01 14:00", "first"),
        ("01 14:01", "page\nwith a second line"), ("01 14:09", "recovered"), ("01 14:20", "last"),
    ]  # fmt: skip
    assert TimelineEntry.objects.get(text="recovered").approximate
    undo = re.search(r'action="([^"]+/undo/\d+/)"', page)[1]
    assert "2 entries are as before." in sign_in(cast.author).post(undo, headers=HTMX).content.decode()
    assert rows() == [("01 14:00", "first"), ("01 14:20", "last")]


def test_several_lines_can_stay_one_entry(type_in):
    type_in("14:10 the log said\n```\nfull\n```", as_one="1")
    assert ("01 14:10", "the log said\n```\nfull\n```") in rows()


def test_a_pasted_chat_becomes_rows_with_their_source_and_people(cast, type_in, told):
    ada = Participant.add(told, cast.author, name="ada")
    chat = "[14:03] ada: seeing 500s\n[14:04] bob: me too\n[14:09] ada: rolled back"
    assert "Turn these lines into 3" in type_in(chat).content.decode()
    type_in(chat, accept="1", pick=["0", "1", "2"])
    found = TimelineEntry.objects.filter(source="chat")
    assert [(row.participant, row.text) for row in found] == [
        (ada, "seeing 500s"), (None, "bob: me too"), (ada, "rolled back"),
    ]  # fmt: skip
    assert all(row.source_key for row in found)


def test_choosing_none_of_the_lines_says_so(type_in):
    answer = type_in(LINES, accept="1")
    assert (
        answer.status_code == 422
        and "Choose at least one" in answer.content.decode()
        and "rollback" in answer.content.decode()
    )


def test_a_milestone_that_stood_alone_at_that_time_joins_the_new_row(cast, type_in, told):
    mark = Milestone.add(told, cast.author, type="detected", at=at("14:10"))
    page = type_in("14:10 the page came").content.decode()
    assert f'<li id="mark-{mark.uid}" hx-swap-oob="delete">' in page and "Detected" in page


def test_saving_a_row_answers_with_it_and_the_one_after_it(cast, sign_in, told):
    row, client = TimelineEntry.objects.get(text="first"), sign_in(cast.author)
    address = f"{told.get_absolute_url()}edit/entry/{row.uid}/"
    body = {"text": "told better", "kind": "action", "source": "typed", "when": "14:00", "day": "2026-03-01",
            "zone": "UTC", "version": 1}  # fmt: skip
    page = client.post(address, body, headers=HTMX).content.decode()
    assert "told better" in page and 'hx-swap-oob="outerHTML"' in page and 'id="new-entry"' not in page


def test_the_number_of_queries_of_a_save_does_not_grow_with_the_rows(
    cast, type_in, told, django_assert_max_num_queries
):
    from postmortems.models import batches

    batches.add(
        told, cast.author, [{"text": f"row {n}", "at": at("15:00") + datetime.timedelta(minutes=n)} for n in range(200)]
    )
    with django_assert_max_num_queries(40):
        type_in("15:30 in the middle")


# --- times told in the reader's clock ---------------------------------------------------------------------------------


def test_the_desk_tells_times_in_the_chosen_clock_and_remembers_it(cast, sign_in, told):
    cast.author.zone = "Asia/Tokyo"
    cast.author.save()
    client, address = sign_in(cast.author), f"{told.get_absolute_url()}edit/"
    assert '>23:00</time> <span class="zone">JST' in client.get(f"{address}?time=mine").content.decode()
    assert '>23:00</time> <span class="zone">JST' in client.get(address).content.decode(), "a cookie keeps it"
    assert "JST" in client.get(told.get_absolute_url()).content.decode(), "on the reading page, too"
    assert '>14:00</time> <span class="zone">UTC' in client.get(f"{address}?time=utc").content.decode()
    assert '>14:00</time> <span class="zone">UTC' in client.get(f"{address}?time=nonsense").content.decode()


def test_every_row_says_its_zone_and_that_a_time_is_about_or_unknown(cast, sign_in, told):
    TimelineEntry.add(told, cast.author, text="roughly", at=at("14:30"), approximate=True)
    TimelineEntry.add(told, cast.author, text="some time", precision="unknown")
    page = sign_in(cast.author).get(f"{told.get_absolute_url()}edit/").content.decode()
    assert page.count('<span class="zone">UTC</span>') == 3 and "time unknown" in page
    assert '<span class="visually-hidden">about </span>14:30' in page
