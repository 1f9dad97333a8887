"""The coach in the browser: it follows what is typed, is answered by keyboard alone, and hinders nobody."""

import pytest

from postmortems.models import CoachAnswer, Section
from tests.browser.test_accessible import Look
from tests.postmortems.builders import draft

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BLAME = "The engineer failed to check the backup."


@pytest.fixture
def section(cast):
    return Section.objects.get(postmortem=draft(cast.author), kind="narrative")


def test_questions_follow_what_is_typed_and_go_when_it_is_reworded(section, cast, browse):
    page = browse(cast.author)
    page.goto(f"/postmortems/{section.reference}/edit/")
    part = page.locator(f"#{section.anchor}")
    part.locator(".edit-link").click()
    part.locator("textarea").fill(BLAME)
    part.locator(".coach-question").wait_for()
    assert part.locator(".coach [role=status]").inner_text() == "1 question about the words"
    part.locator("textarea").fill("The restore began at 14:03; the dashboard showed two healthy replicas.")
    part.locator(".coach-question").wait_for(state="detached")


def test_an_answer_needs_only_the_keyboard(section, cast, browse):
    section.change(cast.author, section.version, text=BLAME)
    page = browse(cast.author)
    page.goto(f"/postmortems/{section.reference}/coach/")
    page.locator(".coach-answers summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("the vendor said so")
    page.keyboard.press("Enter")
    page.wait_for_function("() => !document.querySelector('.coach-answers summary')")
    answer = CoachAnswer.objects.get()
    assert (answer.kind, answer.because) == ("kept", "the vendor said so")


def test_it_can_be_read_by_everybody(section, cast, browse):
    section.change(cast.author, section.version, text=f"{BLAME}\n\nObviously it was human error.")
    look = Look(browse)
    page = look(cast.author.username, f"/postmortems/{section.reference}/coach/")
    page.goto(f"/postmortems/{section.reference}/edit/{section.KIND}/{section.uid}/")
    look.at(page, "the margin")
    page.locator(".coach-answers summary").first.click()
    look.at(page, "the reason for keeping")
    assert not look.faults, "\n".join(look.faults)
