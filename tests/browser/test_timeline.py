"""The timeline in a real browser, by keyboard alone: rows, key times, many rows at once, and their undo."""

import datetime

import pytest
from axe_playwright_python.sync_playwright import Axe

from postmortems.models import Milestone, TimelineEntry, batches
from tests.browser.test_writing import desk, focused, holds, saved, tab_to
from tests.postmortems.builders import draft

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TEN = datetime.datetime(2026, 3, 1, 14, tzinfo=datetime.UTC)
LINES = [
    "2026-03-01 14:03 the page came",
    "+2m looked at the pool",
    "2:07 pm it was full",
    "~14:10 somebody restarted it",
    "14:12-14:20 half of the requests failed",
    "14:30 UTC rolled back",
    "14:31:20 first good answer",
    "14.40 all good",
    "23:58 night shift told",
    "00:05 quiet",
]


def rows(page):
    return page.locator("#entry-rows > .desk-row")


@pytest.fixture
def told(cast):
    found = draft(cast.author)
    batches.add(found, cast.author, [{"text": f"row {n}", "at": TEN + datetime.timedelta(minutes=n)} for n in range(5)])
    return found


def test_ten_rows_are_written_by_keyboard_alone(cast, browse):
    page = browse(cast.author)
    page.goto(desk(draft(cast.author)))
    tab_to(page, "^line$")
    for count, line in enumerate(LINES, start=1):
        page.keyboard.type(line)
        page.keyboard.press("Enter")
        page.wait_for_function("n => document.querySelectorAll('#entry-rows > .desk-row').length === n", arg=count)
        holds(page, "line")
    said = page.locator("#timeline-said").text_content()
    assert "Added at 2026-03-02 00:05 UTC" in said, "what came of it is told politely"
    shown = [row.split("\n")[0] for row in page.locator("#entry-rows .prose").all_inner_texts()]
    found = list(TimelineEntry.objects.all())
    assert shown == [row.text for row in found] and [row.at for row in found] == sorted(row.at for row in found)
    texts = {row.text: row for row in found}
    assert texts["looked at the pool"].at - texts["the page came"].at == datetime.timedelta(minutes=2)
    assert texts["somebody restarted it"].approximate and texts["half of the requests failed"].until
    assert texts["quiet"].day == datetime.date(2026, 3, 2)
    assert page.locator("#entry-rows .day-line").count() >= 2


def test_what_is_typed_ahead_is_not_lost(cast, browse):
    page = browse(cast.author)
    page.goto(desk(draft(cast.author)))
    page.locator("[name=line]").focus()
    page.keyboard.type("2026-03-01 14:03 one")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+a")
    page.keyboard.type("14:05 two")
    saved(page, "one")
    page.wait_for_function("() => document.querySelector('[name=line]').value === '14:05 two'")
    page.keyboard.press("Enter")
    saved(page, "two")
    assert list(TimelineEntry.objects.values_list("text", flat=True)) == ["one", "two"]


def test_a_key_time_is_set_with_one_key_and_moved_after_a_question(cast, browse, told):
    page = browse(cast.author)
    page.goto(desk(told))
    rows(page).nth(1).focus()
    page.keyboard.press("d")
    page.locator("#entry-rows .phase-detected").wait_for()
    assert Milestone.objects.get().entry.text == "row 1"
    saved(page, "1 March 2026, 14:01 UTC")  # in the table of key times, too
    rows(page).nth(3).focus()
    page.keyboard.press("d")
    page.get_by_text("is set to 2026-03-01 14:01 UTC now").wait_for()  # it is told first
    tab_to(page, "^Move it here", most=2)
    page.keyboard.press("Enter")
    page.locator("#entry-rows > :nth-child(4).phase-detected").wait_for()
    assert page.locator("#entry-rows .phase-detected").count() == 1
    assert Milestone.objects.get().entry.text == "row 3"


def test_single_keys_do_nothing_while_one_types(cast, browse, told):
    page = browse(cast.author)
    page.goto(desk(told))
    page.locator("[name=line]").focus()
    page.keyboard.type("dsm")
    assert not Milestone.objects.exists() and page.locator("[name=line]").input_value() == "dsm"


def test_rows_are_walked_chosen_moved_and_put_back_by_keyboard(cast, browse, told):
    page = browse(cast.author)
    page.goto(desk(told))
    rows(page).nth(1).focus()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    assert page.locator(".pick:checked").count() == 3
    assert "3 chosen" in page.locator("[data-chosen]").text_content()
    page.locator("#batch [name=by]").fill("+1h")
    page.locator("#batch").get_by_role("button", name="Move", exact=True).press("Enter")
    saved(page, "3 entries moved.")
    assert TimelineEntry.objects.filter(at__gte=TEN + datetime.timedelta(hours=1)).count() == 3
    holds(page, "Undo")
    page.keyboard.press("Enter")
    saved(page, "3 entries are as before.")
    assert not TimelineEntry.objects.filter(at__gte=TEN + datetime.timedelta(hours=1)).exists()


def test_a_row_whose_time_is_changed_goes_to_its_place(cast, browse, told):
    page = browse(cast.author)
    page.goto(desk(told))
    rows(page).first.locator(".edit-link", has_text="Edit").click()
    page.locator(".part.editing [name=when]").fill("14:03:30")
    page.locator(".part.editing [name=text]").press("Control+Enter")
    page.wait_for_function("() => document.querySelector('#entry-rows > :nth-child(4)')?.textContent.includes('row 0')")
    assert rows(page).count() == 5 and page.locator(".part.editing").count() == 0
    assert "Edit" in focused(page)


def test_pasted_lines_are_offered_as_entries(cast, browse, told):
    page = browse(cast.author)
    page.goto(desk(told))
    page.locator("[name=line]").fill("14:10 one\n14:11 two\n14:12 three")
    page.locator("[name=line]").press("Enter")
    page.get_by_text("Turn these lines into 3 timeline entries?").wait_for()
    page.locator("[name=pick]").nth(1).uncheck()
    page.get_by_role("button", name="Add the chosen entries").click()
    saved(page, "2 entries added.")
    assert rows(page).count() == 7


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_desk_with_all_of_this_is_accessible(cast, browse, told, scheme):
    page = browse(cast.author, color_scheme=scheme)
    page.goto(desk(told))
    rows(page).nth(1).focus()
    page.keyboard.press("s")
    page.locator("#entry-rows .phase-started").wait_for()
    page.keyboard.press("x")
    rows(page).nth(3).locator(".mark-link").click()
    page.locator(".marks").wait_for()
    page.locator("[name=line]").fill("14:10 one\n14:11 two")
    page.locator("[name=line]").press("Enter")
    page.get_by_text("Turn these lines into 2").wait_for()
    found = Axe().run(page).response["violations"]
    assert not found, [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in found]


def test_a_pasted_timeline_without_a_script(cast, browse, told):
    page = browse(cast.author, java_script_enabled=False)
    page.goto(desk(told))
    page.locator("[name=line]").fill("14:10 one\n14:11 two")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Add the chosen entries").click()
    page.get_by_text("2 entries added.").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("2 entries are as before.").wait_for()
    page.locator("details[data-batch-tools] summary").click()
    page.locator(".pick").first.check()
    page.locator("#batch [name=by]").fill("-5m")
    page.get_by_role("button", name="Move", exact=True).click()
    page.get_by_text("One entry moved.").wait_for()
    assert TimelineEntry.objects.count() == 5
