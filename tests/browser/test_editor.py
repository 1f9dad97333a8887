"""The bar above a text, its list of completions and its shortcuts, by keyboard and by mouse."""

import re

import pytest

from postmortems.models import Tag
from tests.browser.test_autosaving import open_section
from tests.browser.test_writing import faults_of
from tests.postmortems.builders import draft, published

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def completed(page, text, typed, wanted):
    """Type something that asks for completions; wait until one is shown and marked."""
    text.press_sequentially(typed)
    option = page.locator(f".completions [role=option][data-value='{wanted}']")
    option.wait_for()
    return option


def test_people_tags_and_references_are_completed_by_keyboard(cast, browse):
    postmortem = published(cast.author, cast.stranger)
    postmortem.tags.set(Tag.objects.many_named(["queues"]))
    page = browse(cast.author)
    text = open_section(page, draft(cast.author, "Another one"))
    option = completed(page, text, "Ask @tea", "@teammate")
    assert option.get_attribute("aria-selected") == "true"
    assert text.get_attribute("aria-controls") == page.locator(".completions").get_attribute("id")
    text.press("Enter")
    assert text.input_value() == "Ask @teammate "
    completed(page, text, "about #que", "#queues")
    text.press("Tab")
    completed(page, text, "as in PM-", "PM-1")
    text.press("ArrowDown")
    text.press("Enter")
    assert text.input_value() == "Ask @teammate about #queues as in PM-1 "
    completed(page, text, "@to", "@teammate")
    text.press("Escape")  # closes the list, not the form
    page.locator(".completions").wait_for(state="detached")
    assert text.input_value().endswith("@to") and page.locator(".part.editing").count() == 1
    faults = faults_of(page, "after completions")
    completed(page, text, "m @tom", "@teammate")
    assert faults + faults_of(page, "with the list") == []


def test_formatting_by_shortcut_and_by_button(cast, browse):
    page = browse(cast.author)
    text = open_section(page, draft(cast.author))
    for key, wanted in (("b", "**slow**"), ("i", "_slow_"), ("e", "`slow`"), ("k", "[slow](url)")):
        text.fill("slow")
        text.press("Control+a")
        text.press(f"Control+{key}")
        assert text.input_value() == wanted, key
    text.fill("slow")
    text.press("Control+a")
    text.press("Control+Shift+.")
    assert text.input_value().startswith("> slow")
    text.fill("slow")
    text.press("Control+a")
    page.locator("md-unordered-list").click()
    assert text.input_value().startswith("- slow")
    page.locator("md-bold").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.localName") == "md-italic"


def test_the_preview_is_read_and_left_by_keyboard(cast, browse):
    page = browse(cast.author)
    text = open_section(page, draft(cast.author))
    text.press_sequentially("It **stopped**, see `top`")
    text.press("Control+Shift+P")
    shown = page.locator(".editor-preview .prose")
    shown.locator("strong", has_text="stopped").wait_for()
    assert shown.inner_html().strip() == "<p>It <strong>stopped</strong>, see <code>top</code></p>"
    assert not text.is_visible()
    assert faults_of(page, "preview") == []
    page.keyboard.press("ArrowLeft")
    text.wait_for()
    assert text.input_value() == "It **stopped**, see `top`"
    page.locator(".editor-tabs [role=tab]", has_text=re.compile("^Preview$")).click()
    shown.wait_for()


def test_a_preview_without_a_connection_says_so_and_keeps_the_text(cast, browse):
    page = browse(cast.author)
    text = open_section(page, draft(cast.author))
    text.press_sequentially("typed words")
    page.context.set_offline(True)
    page.get_by_role("tab", name="Preview").click()
    page.locator(".editor-preview", has_text="No preview just now").wait_for()
    page.get_by_role("tab", name="Write").click()
    assert text.input_value() == "typed words"
    page.context.set_offline(False)


def test_without_a_script_there_is_a_button_for_the_preview_and_no_bar(cast, browse):
    postmortem = draft(cast.author)
    page = browse(cast.author, java_script_enabled=False)
    page.goto(f"/postmortems/{postmortem.reference}/edit/section/{postmortem.section_set.first().uid}/")
    assert not page.locator(".editor-bar").is_visible()
    page.fill("main textarea[name=text]", "It **stopped**")
    page.get_by_role("button", name="Preview").click()
    page.locator(".editor-preview strong", has_text="stopped").wait_for()
    page.get_by_role("button", name="Save").click()
    page.locator(".prose strong", has_text="stopped").wait_for()


def test_two_people_see_each_other_and_edit_anyway(cast, browse):
    postmortem = draft(cast.author)
    ada, tom = browse(cast.author), browse(cast.teammate)
    open_section(ada, postmortem).press_sequentially("Ada's words")
    tom.goto(f"/postmortems/{postmortem.reference}/edit/")
    tom.locator("[data-presence]", has_text="Ada Author is editing Summary.").wait_for()
    tom.locator(".part .presence", has_text="Ada Author is editing this now.").wait_for()
    tom.locator("section.part .edit-link").first.click()
    tom.locator(".editing .presence", has_text="You can edit anyway").wait_for()
    assert tom.locator(".presence").count() == 1
    assert faults_of(tom, "with presence") == []
    ada.locator(".editing [data-save-state]", has_text=re.compile("^Saved")).wait_for()
    tom.locator(".part.editing textarea").first.press_sequentially("Tom's words")
    tom.get_by_role("button", name="Show both").click()
    tom.get_by_role("button", name="Put both together").click()
    tom.locator(".conflict h3", has_text="Both are in your text").wait_for()
    both = tom.locator(".part.editing textarea").first.input_value()
    assert "Ada's words" in both and "Tom's words" in both
    tom.get_by_role("button", name="Save this").click()
    tom.locator(".prose", has_text="Tom's words").wait_for()
    ada.goto("/")  # leaves
    tom.reload()
    tom.wait_for_timeout(500)
    assert tom.locator("[data-presence]").inner_text() == ""
