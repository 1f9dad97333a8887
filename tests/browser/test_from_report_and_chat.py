"""A stranger's first quarter of an hour: a real report and a real chat log become a published postmortem."""

import re

import pytest

from postmortems.models import Postmortem, Review
from tests.browser.test_accessible import WIDE
from tests.postmortems.builders import ANSWERS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
REPORT = "B-teams/dfds/PM2019-010_-_Hellman_Kubernetes_cluster_node_deletion.md"
CHAT = "D-chat/irc-stripe/stripe.2.ascii.txt"


def enter(page, role, name):
    """Operate it as the keyboard does: focus and Enter."""
    page.get_by_role(role, name=name).first.press("Enter")


def test_a_report_and_a_chat_become_a_published_postmortem_by_keyboard(cast, browse, shared_data):
    page = browse(cast.author, viewport=WIDE)
    page.goto("/postmortems/new/")
    enter(page, "link", "Import it")
    page.get_by_label("Report", exact=False).first.focus()
    page.keyboard.insert_text((shared_data / REPORT).read_text())
    enter(page, "button", "Show what is recognized")
    page.get_by_role("heading", name="Look over what was recognized").wait_for()
    assert "Verified all systems operational" in page.content()
    enter(page, "button", "Take over as my draft")
    page.wait_for_url("**/edit/**")
    draft = Postmortem.objects.get()
    assert draft.timelineentry_set.count() == 6 and draft.countermeasure_set.count() == 2

    enter(page, "link", "From chat")
    log = "\n".join((shared_data / CHAT).read_text(errors="replace").splitlines()[:60])
    page.get_by_label("Paste the chat").focus()
    page.keyboard.insert_text(log)
    enter(page, "button", "Show the messages")
    boxes = page.locator("input[name=pick]")
    boxes.nth(0).focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    enter(page, "button", "Continue")
    enter(page, "button", re.compile("^Make 2 entries"))
    page.get_by_text("2 entries came from the chat.").wait_for()
    assert draft.timelineentry_set.filter(source="chat").count() == 2

    page.goto(f"/postmortems/{draft.reference}/edit/learning/add/")
    page.get_by_label("Claim").focus()
    page.keyboard.insert_text("One command must not be able to delete every node of a cluster")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/edit/#learning-*")
    page.goto(f"/postmortems/{draft.reference}/submit/")
    page.get_by_label("Reviewers").focus()
    page.keyboard.insert_text("stranger")
    enter(page, "button", "Send to review")
    page.get_by_text("Sent to review").wait_for()
    draft.refresh_from_db()
    Review.answer(draft, cast.stranger, outcome="approved", answers=ANSWERS)
    page.goto(f"/postmortems/{draft.reference}/publish/")
    enter(page, "button", "Publish")
    page.wait_for_url("**/published/")

    reader = browse(cast.reader, viewport=WIDE)
    reader.goto(f"/postmortems/{draft.reference}/")
    article = reader.inner_text("main")
    assert "Verified all systems operational" in article and "from chat" in article
    assert "One command must not be able to delete every node" in article
