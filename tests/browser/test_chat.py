"""From chat, in a real browser: choosing by mouse and keyboard, every page looked at by axe, nothing hostile runs."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from postmortems.models import TimelineEntry
from tests.browser.test_accessible import AXE, PHONE, RULES, WIDE
from tests.lib.xss import vectors
from tests.postmortems.builders import draft

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHAT = "\n".join(
    ["[14:02] <pagerbot> FIRING: checkout 5xx", "[14:03] <ada> is checkout down?", "[14:05] <bob> let's roll back",
     *(f"[14:{minute}] <ada> message {minute}" for minute in range(10, 20)), "[14:30] <ada> all green again"]
)  # fmt: skip

NICK = dict.fromkeys(map(ord, "<> "), "")


@pytest.fixture
def faults_of():
    script = Axe().axe_script

    def look(page):
        page.evaluate(script)
        found = []
        for size, scheme in ((WIDE, "light"), (PHONE, "dark")):
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)
            found += page.evaluate(AXE, [RULES, False])
        page.set_viewport_size(WIDE)
        return found

    return look


def give(page, desk, text=CHAT):
    page.goto(f"{desk.get_absolute_url()}edit/")
    page.get_by_role("link", name="From chat").click()
    page.get_by_label("Paste the chat").fill(text)
    page.get_by_label("Day").fill("2026-03-02")
    page.get_by_role("button", name="Show the messages").click()


def test_a_chat_becomes_a_timeline_by_keyboard_and_goes_again(cast, browse, faults_of):
    desk = draft(cast.author, zone="Europe/Berlin")
    page = browse(cast.author, viewport=WIDE)
    page.goto(f"{desk.get_absolute_url()}edit/chat/")
    assert faults_of(page) == []
    give(page, desk)
    boxes, status = page.locator("input[name=pick]"), page.locator("[data-picked]")
    boxes.nth(0).focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    assert status.inner_text() == "3 picked"
    boxes.nth(5).click()
    boxes.nth(8).click(modifiers=["Shift"])
    assert status.inner_text() == "7 picked"
    boxes.nth(5).click()
    boxes.nth(8).click(modifiers=["Shift"])
    assert status.inner_text() == "3 picked"
    page.get_by_role("button", name="suggested").click()
    page.wait_for_load_state()
    assert status.inner_text() == "5 picked"
    assert faults_of(page) == []
    page.get_by_role("button", name="Continue").press("Enter")
    page.get_by_role("heading", name="5 messages become entries").wait_for()
    assert faults_of(page) == []
    page.get_by_role("button", name="Make 5 entries").press("Enter")
    page.get_by_text("5 entries came from the chat.").wait_for()
    assert faults_of(page) == []
    assert TimelineEntry.objects.filter(postmortem=desk, source="chat").count() == 5
    page.get_by_role("button", name="Undo").first.press("Enter")
    page.get_by_text("5 entries were taken back.").wait_for()
    assert not TimelineEntry.objects.filter(postmortem=desk).exists()


def test_nothing_in_a_chat_runs(cast, browse):
    desk = draft(cast.author)
    page = browse(cast.author, viewport=WIDE)
    page.add_init_script("window.ran = []; window.pwned = (...what) => window.ran.push(what.join() || 'pwned');")
    ran, found = [], [" ".join(vector.split()) for vector in vectors(80)]
    lines = [
        f"[{14 + n // 60}:{n % 60:02}] <x{vector.translate(NICK)[:30]}> {vector}" for n, vector in enumerate(found)
    ]
    give(page, desk, "\n".join(lines))
    ran += page.evaluate("window.ran")
    page.evaluate("document.querySelectorAll('input[name=pick]').forEach((box) => box.click())")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Make").wait_for()
    ran += page.evaluate("window.ran")
    page.get_by_role("button", name="Make").click()
    page.get_by_text("came from the chat.").wait_for()
    ran += page.evaluate("window.ran")
    page.goto(desk.get_absolute_url())
    page.wait_for_load_state("networkidle")
    assert ran + page.evaluate("window.ran") == []
    assert TimelineEntry.objects.filter(postmortem=desk).count() == 80
