"""The desk in a real browser: by keyboard alone, with refusals shown in place, and nothing typed ever lost."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.sessions.models import Session

from postmortems.models import ContributingFactor, Countermeasure, Postmortem, TimelineEntry
from tests.postmortems.builders import draft, in_review, published

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"viewport": {"width": 390, "height": 844}}


def desk(postmortem):
    return f"/postmortems/{postmortem.reference}/edit/"


def focused(page):
    """What holds the keyboard: its text, name or label."""
    return page.evaluate(
        "(e => e.textContent.trim() || e.name || e.getAttribute('aria-label') || e.tagName)(document.activeElement)"
    )


def holds(page, name):
    """Wait until the keyboard is in the field or on the thing of this name or text."""
    page.wait_for_function(
        "name => { const e = document.activeElement; return e.name === name"
        " || e.textContent.trim().startsWith(name); }",
        arg=name,
    )


def tab_to(page, text, most=120):
    """Press Tab until something called `text` holds the keyboard."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if re.search(text, focused(page)):
            return
    raise AssertionError(f"Tab never came to {text}")


def saved(page, text):
    page.locator("main").get_by_text(text).first.wait_for()


def test_a_postmortem_is_written_by_keyboard_alone(cast, browse):
    page = browse(cast.author)
    page.goto("/postmortems/new/")
    assert focused(page) == "title"
    page.keyboard.type("The queue stood still")
    page.keyboard.press("Enter")
    page.wait_for_url("**/edit/")

    tab_to(page, "^Edit title")
    page.keyboard.press("Enter")
    page.locator("#details.editing").wait_for()
    holds(page, "title")  # the form opens with the keyboard in its first field
    page.keyboard.press("Tab")
    page.keyboard.type("Queues need a limit")
    page.keyboard.press("Control+Enter")
    page.locator("#details:not(.editing)").wait_for()
    saved(page, "Queues need a limit")
    holds(page, "Edit title")  # after a save the keyboard is where it was

    tab_to(page, "^Edit this section")
    page.keyboard.press("Enter")
    page.locator(".part.editing textarea").first.wait_for()
    holds(page, "text")
    page.keyboard.type("It **stopped**.")
    page.keyboard.press("Control+Enter")
    page.locator("main strong", has_text="stopped").wait_for()
    holds(page, "Edit this section")

    tab_to(page, "^line$")
    for time, text in (("2026-03-01 14:03", "The first page"), ("14:10", "The second look")):
        page.keyboard.type(f"{time} {text}")
        page.keyboard.press("Enter")
        saved(page, text)
        holds(page, "line")
    rows = TimelineEntry.objects.order_by("at").values_list("text", "at")
    assert [(text, at.isoformat()) for text, at in rows] == [
        ("The first page", "2026-03-01T14:03:00+00:00"),
        ("The second look", "2026-03-01T14:10:00+00:00"),
    ]

    tab_to(page, "^Add a factor")
    page.keyboard.press("Enter")
    page.locator("#new-factor.editing").wait_for()
    holds(page, "statement")
    page.keyboard.type("No limit on the queue")
    page.keyboard.press("Control+Enter")
    saved(page, "No limit on the queue")
    holds(page, "Add a factor")
    assert ContributingFactor.objects.get().statement == "No limit on the queue"


def test_escape_leaves_an_untouched_form_and_never_typed_text(cast, browse):
    postmortem = draft(cast.author)
    page = browse(cast.author)
    page.goto(desk(postmortem))
    page.locator("section.part .edit-link").first.click()
    text = page.locator(".part.editing textarea").first
    text.press("Escape")
    page.locator(".part.editing").wait_for(state="detached")
    page.locator("section.part .edit-link").first.click()
    text.fill("typed words")
    text.press("Escape")
    assert text.input_value() == "typed words" and "Cancel" in page.locator(".editing [data-save-state]").inner_text()


def test_a_refusal_is_shown_in_place_with_the_keyboard_on_it(cast, browse):
    page = browse(cast.author)
    page.goto(desk(draft(cast.author)))
    page.locator("#new-learning a").click()
    claim = page.locator("#new-learning textarea[name=claim]")
    claim.fill("x" * 290)
    assert "10 characters left of 300" == page.locator("#new-learning .counter").inner_text()
    claim.evaluate("field => field.removeAttribute('maxlength')")
    claim.fill("x" * 301)
    claim.press("Control+Enter")
    page.locator("#new-learning .error-summary").wait_for()
    holds(page, "Not saved yet")
    assert claim.input_value() == "x" * 301
    claim.fill("One claim")
    claim.press("Enter")
    saved(page, "One claim")


def test_a_conflict_shows_both_and_a_second_save_keeps_mine(cast, browse):
    postmortem = draft(cast.author)
    page = browse(cast.author)
    page.goto(desk(postmortem))
    page.locator("section.part .edit-link").first.click()
    text = page.locator(".part.editing textarea").first
    text.fill("my words")
    section = postmortem.section_set.first()
    section.change(cast.teammate, section.version, text="their words")
    text.press("Control+Enter")
    page.locator(".conflict").wait_for()
    shown = page.locator(".conflict").inner_text()
    assert "their words" in shown and "my words" in shown and "Tom Teammate" in shown
    assert text.input_value() == "my words"
    page.get_by_role("button", name="Save mine over it").click()
    page.locator(".part.editing").wait_for(state="detached")
    saved(page, "my words")
    section.refresh_from_db()
    assert section.text == "my words"


def test_signing_out_elsewhere_keeps_the_text_until_one_signs_in_again(cast, browse, sign_in):
    postmortem = draft(cast.author)
    page = browse(cast.author)
    page.goto(desk(postmortem))
    page.locator("section.part .edit-link").first.click()
    text = page.locator(".part.editing textarea").first
    text.fill("typed words")
    Session.objects.all().delete()
    text.press("Control+Enter")
    state = page.locator(".editing [data-save-state]")
    state.get_by_role("link", name="Sign in").wait_for()
    assert text.input_value() == "typed words"
    from django.conf import settings

    cookie = sign_in(cast.author).cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": page.url}])
    text.press("Control+Enter")
    page.locator(".part.editing").wait_for(state="detached")
    saved(page, "typed words")


def test_a_row_is_removed_and_brought_back(cast, browse):
    postmortem = draft(cast.author)
    ContributingFactor.add(postmortem, cast.author, statement="No limit")
    page = browse(cast.author)
    page.goto(desk(postmortem))
    page.locator(".factor-rows .edit-link").click()
    page.get_by_role("link", name="Remove …").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_text("Removed.").wait_for()
    assert not ContributingFactor.objects.exists()
    page.get_by_role("button", name="Undo").click()
    saved(page, "No limit")
    assert ContributingFactor.objects.get().statement == "No limit"


def test_leaving_with_typed_text_asks_first(cast, browse):
    page = browse(cast.author)
    page.goto(desk(draft(cast.author)))
    page.locator("section.part .edit-link").first.click()
    page.locator(".part.editing textarea").first.fill("typed words")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.locator(".site-nav a").first.click()
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"] and page.url.endswith("/edit/")


def test_writing_works_without_a_script(cast, browse):
    page = browse(cast.author, java_script_enabled=False, reduced_motion="reduce")
    page.goto("/postmortems/new/")
    page.fill("main input[name=title]", "Without a script")
    page.keyboard.press("Enter")
    page.wait_for_url("**/edit/")
    postmortem = Postmortem.objects.get()
    page.locator("section.part .edit-link").first.click()
    page.fill("main textarea[name=text]", "Some words")
    page.get_by_role("button", name="Save").click()
    saved(page, "Some words")
    assert "#section-" in page.url
    page.locator("#milestones .add-line a").click()
    page.fill("[name=started-when]", "2026-03-01 14:03")
    page.get_by_role("button", name="Save").click()
    saved(page, "1 March 2026, 14:03 UTC")
    page.fill("#new-entry [name=line]", "2026-03-01 14:05 A row")
    page.locator("#new-entry").get_by_role("button", name="Add").click()
    saved(page, "A row")
    page.locator(".entry-rows .edit-link", has_text="Edit").click()
    page.get_by_role("link", name="Remove …").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    page.wait_for_url(re.compile(r"/edit/\?undo=\w+#undo$"))
    assert not TimelineEntry.objects.filter(postmortem=postmortem).exists()


def full_draft(cast):
    postmortem = draft(cast.author, takeaway="Retries need a budget")
    factor = ContributingFactor.add(postmortem, cast.author, statement="No limit")
    Countermeasure.add(postmortem, cast.author, statement="Set one", factors=[factor], owner=cast.author)
    TimelineEntry.add(postmortem, cast.author, text="It `stopped`")
    return postmortem


@pytest.mark.parametrize("options", [{}, PHONE | {"color_scheme": "dark"}], ids=["desktop", "phone in the dark"])
def test_pages_of_writing_are_accessible_and_fit(cast, browse, options):
    full_draft(cast)
    in_review(cast.author, cast.stranger)
    published(cast.author, cast.stranger)
    draft(cast.author, "Gone").delete_to_trash(cast.author)
    page, faults = browse(cast.author, **options), []
    one, two, three = (f"/postmortems/PM-{number}" for number in (1, 2, 3))
    opened = {
        "details": "#details .part-tools a",
        "section": "section.part .edit-link",
        "key times": "#milestones .add-line a",
        "factor": ".factor-rows .edit-link",
        "countermeasure": ".countermeasure-rows .edit-link",
        "entry": ".entry-rows .edit-link",
        "learning": "#new-learning a",
        "impact": "#new-impact a",
    }
    addresses = ["/postmortems/new/", f"{one}/edit/", f"{one}/submit/", f"{one}/publish/", f"{one}/visibility/",
                 f"{one}/readers/", f"{one}/withdraw/", f"{one}/delete/", f"{two}/review/", f"{three}/published/",
                 f"{one}/edit/key-times/", f"{one}/edit/details/", "/trash/", "/postmortems/PM-4/purge/",
                 "/countermeasures/CM-1/decline/"]  # fmt: skip
    for address in addresses:
        assert page.goto(address).status == 200, address
        faults += faults_of(page, address)
    for name, link in opened.items():
        page.goto(f"{one}/edit/")
        page.locator(link).first.click()
        page.locator(".editing").first.wait_for()
        faults += faults_of(page, name)
    reviewer = browse(cast.stranger, **options)
    reviewer.goto(f"{two}/review/")
    faults += faults_of(reviewer, "reviewer")
    assert not faults, "\n".join(faults)


def faults_of(page, name):
    """axe-core's findings, and a page wider than its window."""
    found = [
        f"{name}: {rule['id']}: {rule['nodes'][0]['html'][:160]}" for rule in Axe().run(page).response["violations"]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return found + ([f"{name}: {wide} pixels too wide"] if wide > 0 else [])
