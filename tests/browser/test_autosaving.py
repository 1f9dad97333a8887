"""Nothing typed is ever lost: what the desk does by itself, and what it keeps when something goes wrong."""

import re

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session

from postmortems.models import Section, TimelineEntry, WorkingCopy
from tests.browser.test_writing import desk
from tests.cast import PASSWORD
from tests.postmortems.builders import draft, published

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SAVED = re.compile(r"^Saved \d")
COPIES = "Object.keys(localStorage).filter(key => key.startsWith('andon:'))"


def open_section(page, postmortem):
    """The form of the first section, with the keyboard in its text."""
    page.goto(desk(postmortem))
    page.locator("section.part .edit-link").first.click()
    text = page.locator(".part.editing textarea").first
    text.wait_for()
    return text


def state(page, words):
    page.locator(".editing [data-save-state]", has_text=words).wait_for()


def stored(postmortem):
    return Section.objects.filter(postmortem=postmortem).first().text


def copies(page):
    return page.evaluate(COPIES)


def become(page, client, url=""):
    """Sign the browser in as somebody, as another tab would."""
    cookie, origin = client.cookies[settings.SESSION_COOKIE_NAME], "/".join((url or page.url).split("/")[:3])
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": origin}])


def test_typing_saves_itself_and_says_when(cast, browse):
    postmortem = draft(cast.author)
    page = browse(cast.author)
    text = open_section(page, postmortem)
    text.press_sequentially("It stopped at noon")
    state(page, SAVED)
    assert stored(postmortem) == "It stopped at noon"
    text.press_sequentially(", and then")
    page.wait_for_function(f"() => {COPIES}.length === 1")
    page.wait_for_function(f"() => {COPIES}.length === 0")  # gone as soon as it is saved
    assert stored(postmortem) == "It stopped at noon, and then"
    text.press("Escape")  # nothing is unsaved, so the form may close
    page.locator(".part.editing").wait_for(state="detached")
    page.locator(".prose", has_text="It stopped at noon, and then").wait_for()


def test_a_save_by_hand_right_after_typing_is_no_conflict_with_oneself(cast, browse):
    postmortem = draft(cast.author)
    page = browse(cast.author)
    text = open_section(page, postmortem)
    page.route("**/edit/section/**", lambda route: (page.wait_for_timeout(700), route.continue_()))
    text.press_sequentially("one")
    page.wait_for_timeout(1700)  # the autosave is on its way
    text.press_sequentially(" two")
    text.press("Control+Enter")
    page.locator(".part.editing").wait_for(state="detached")
    assert stored(postmortem) == "one two"
    assert copies(page) == []


def test_without_a_connection_the_text_is_kept_and_saved_when_it_is_back(cast, browse):
    postmortem = draft(cast.author)
    page = browse(cast.author)
    text = open_section(page, postmortem)
    page.context.set_offline(True)
    text.press_sequentially("typed on a train")
    state(page, "no connection; kept on this device")
    assert stored(postmortem) == ""
    page.context.set_offline(False)
    state(page, SAVED)
    assert stored(postmortem) == "typed on a train"
    assert copies(page) == []


def test_an_error_of_the_server_keeps_the_text_and_is_tried_again(cast, browse):
    postmortem = draft(cast.author)
    page = browse(cast.author)
    text = open_section(page, postmortem)
    answers = iter([500, 502])

    def fail(route):
        status = next(answers, None)
        route.fulfill(status=status, body="broken") if status else route.continue_()

    page.route("**/edit/section/**", fail)
    text.press_sequentially("typed words")
    state(page, "something broke on our side; kept on this device")
    assert len(copies(page)) == 1
    page.locator(".editing [data-save-state]", has_text=SAVED).wait_for(timeout=20_000)
    assert stored(postmortem) == "typed words"


def test_an_answer_lost_on_the_way_is_no_conflict_with_oneself(cast, browse):
    postmortem = draft(cast.author)
    page = browse(cast.author)
    text = open_section(page, postmortem)
    lost = []

    def lose(route):
        if lost:
            return route.continue_()
        lost.append(route.fetch().status)  # the server saved it; the browser never hears of it
        route.abort()

    page.route("**/edit/section/**", lose)
    text.press_sequentially("typed words")
    state(page, "no connection")
    assert lost == [204] and stored(postmortem) == "typed words"
    text.press_sequentially(" and more")
    page.locator(".editing [data-save-state]", has_text=SAVED).wait_for(timeout=20_000)
    page.wait_for_function(f"() => {COPIES}.length === 0")
    assert stored(postmortem) == "typed words and more"


def test_signed_out_while_typing_keeps_the_text_until_one_is_back(cast, browse, sign_in):
    postmortem = draft(cast.author)
    page = browse(cast.author)
    text = open_section(page, postmortem)
    Session.objects.all().delete()
    text.press_sequentially("typed words")
    state(page, "you are signed out; kept on this device")
    link = page.locator(".editing [data-save-state] a")
    assert link.get_attribute("target") == "_blank" and text.input_value() == "typed words"
    become(page, sign_in(cast.author))
    page.evaluate("dispatchEvent(new Event('focus'))")  # back from the other tab
    state(page, SAVED)
    assert stored(postmortem) == "typed words"


def test_deleted_cookies_keep_the_text_until_one_signs_in_in_another_tab(cast, browse):
    postmortem = draft(cast.author)
    page = browse(cast.author)
    text = open_section(page, postmortem)
    page.context.clear_cookies()
    text.press_sequentially("typed words")
    state(page, "you are signed out; kept on this device")
    with page.context.expect_page() as opened:
        page.locator(".editing [data-save-state] a").click()
    tab = opened.value
    tab.fill("[name=login]", "author")
    tab.fill("[name=password]", PASSWORD)
    tab.keyboard.press("Enter")
    tab.wait_for_url(lambda url: "/login/" not in url)
    tab.close()
    page.evaluate("dispatchEvent(new Event('focus'))")
    state(page, SAVED)
    assert stored(postmortem) == "typed words"


def test_somebody_else_signed_in_meanwhile_saves_nothing_of_mine(cast, browse, sign_in):
    postmortem = draft(cast.author)
    page = browse(cast.author)
    text = open_section(page, postmortem)
    become(page, sign_in(cast.teammate))
    text.press_sequentially("typed words")
    state(page, "somebody else is signed in here now; kept on this device")
    assert stored(postmortem) == ""
    page.goto(desk(postmortem))
    page.locator("section.part .edit-link").first.click()
    page.locator(".part.editing textarea").first.wait_for()
    assert page.locator("[data-offer]").count() == 0, "his copies are not shown to anybody else"


def test_a_second_writer_sees_both_texts_and_loses_none(cast, browse):
    postmortem = draft(cast.author)
    page = browse(cast.author)
    text = open_section(page, postmortem)
    section = postmortem.section_set.first()
    section.change(cast.teammate, section.version, text="their words")
    text.press_sequentially("my words")
    state(page, "Tom Teammate saved another version while you were writing. Yours is kept on this device.")
    text.press_sequentially(" go on")  # typing is never interrupted
    page.get_by_role("button", name="Show both").click()
    page.locator(".conflict").wait_for()
    assert page.locator(".part.editing textarea").first.input_value() == "my words go on"
    assert "their words" in page.locator(".conflict").inner_text()
    page.wait_for_timeout(1800)
    assert stored(postmortem) == "their words", "nothing is saved over theirs by itself"
    page.get_by_role("button", name="Save mine over it").click()
    page.locator(".part.editing").wait_for(state="detached")
    assert stored(postmortem) == "my words go on"
    assert copies(page) == []


def test_a_tab_closed_in_the_middle_of_a_word_still_saves_it(cast, browse):
    postmortem = draft(cast.author)
    page = browse(cast.author)
    text = open_section(page, postmortem)
    text.press_sequentially("half a wo")
    tab = page.context.new_page()
    page.close()  # no question asked, nothing waited for
    for _ in range(100):
        if stored(postmortem) == "half a wo":
            return
        tab.wait_for_timeout(200)
    raise AssertionError(f"not saved, but {stored(postmortem)!r}")


def test_a_copy_is_offered_on_the_desk_and_in_its_form(cast, browse, sign_in):
    postmortem = draft(cast.author)
    page = browse(cast.author)
    text = open_section(page, postmortem)
    Session.objects.all().delete()
    text.press_sequentially("typed words")
    state(page, "you are signed out; kept on this device")
    tab, url = page.context.new_page(), page.url
    page.close()
    become(tab, sign_in(cast.author), url)
    tab.goto(desk(postmortem))
    notice = tab.locator("[data-unsaved] .notice")
    assert "is on this device only" in notice.inner_text()
    notice.get_by_role("button", name="Open it").click()
    tab.get_by_role("button", name="Put it back").click()
    text = tab.locator(".part.editing textarea").first
    assert text.input_value() == "typed words"
    tab.locator(".editing [data-save-state]", has_text=SAVED).wait_for()
    assert stored(postmortem) == "typed words"
    assert tab.evaluate(COPIES) == []


def test_an_old_copy_never_overwrites_what_others_saved_since(cast, browse):
    postmortem = draft(cast.author)
    page = browse(cast.author)
    text = open_section(page, postmortem)
    page.context.set_offline(True)
    text.press_sequentially("old words")
    page.wait_for_function(f"() => {COPIES}.length === 1")
    section = postmortem.section_set.first()
    section.change(cast.teammate, section.version, text="newer words")
    tab = page.context.new_page()
    page.close()
    tab.context.set_offline(False)
    tab.goto(desk(postmortem))
    tab.locator("section.part .edit-link").first.click()
    tab.get_by_role("button", name="Put it back").click()
    tab.locator(".editing [data-save-state]", has_text="Tom Teammate saved another version").wait_for()
    assert stored(postmortem) == "newer words"


def test_a_new_row_that_was_never_added_is_offered_again(cast, browse):
    postmortem = draft(cast.author)
    page = browse(cast.author)
    page.goto(desk(postmortem))
    page.locator("#new-factor a").click()
    page.locator("#new-factor textarea[name=statement]").press_sequentially("No limit")
    page.wait_for_function(f"() => {COPIES}.length === 1")
    tab = page.context.new_page()
    page.close()
    tab.goto(desk(postmortem))
    tab.locator("[data-unsaved]").get_by_role("button", name="Open it").click()
    tab.get_by_role("button", name="Put it back").click()
    tab.get_by_role("button", name="Add a factor").click()
    tab.locator(".factor-rows", has_text="No limit").wait_for()
    assert tab.evaluate(COPIES) == []


def test_signing_out_and_thirty_days_leave_no_copy(cast, browse):
    postmortem = draft(cast.author)
    page = browse(cast.author)
    page.goto(desk(postmortem))
    old, new = (f"andon:{cast.author.uid}:{postmortem.reference}:section-{name}:1" for name in ("old", "new"))
    page.evaluate(
        """([old, month, now]) => { for (const [key, age] of [[old, 31], [now, 29]]) localStorage.setItem(key,
        JSON.stringify({at: Date.now() - age * 864e5, fields: {text: ["typed"]}, part: "gone", label: "Impact"})); }""",
        [old, 30, new],
    )
    page.reload()
    assert copies(page) == [new]
    assert "typed" in page.locator("[data-unsaved]").inner_text(), "a part that is gone shows its text"
    page.get_by_label("Your menu").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: "/edit/" not in url)
    assert copies(page) == []


def test_what_is_published_changes_for_readers_when_it_is_saved(cast, browse):
    postmortem = published(cast.author, cast.stranger)
    page = browse(cast.author)
    text = open_section(page, postmortem)
    text.press_sequentially("half a sentence")
    state(page, "not live until you save")
    assert stored(postmortem) == "" and WorkingCopy.objects.get().values["text"] == ["half a sentence"]
    page.get_by_role("link", name="Close").click()
    page.locator(".kept", has_text="Yours, not live").wait_for()
    page.get_by_role("link", name="Go on with it").click()
    assert page.locator(".part.editing textarea").first.input_value() == "half a sentence"
    page.locator(".part.editing textarea").first.press("Control+Enter")
    page.locator(".part.editing").wait_for(state="detached")
    assert stored(postmortem) == "half a sentence" and not WorkingCopy.objects.exists()


def test_without_a_script_the_page_of_a_form_saves_as_before(cast, browse):
    postmortem = draft(cast.author)
    row = TimelineEntry.add(postmortem, cast.author, text="before")
    page = browse(cast.author, java_script_enabled=False)
    page.goto(f"/postmortems/{postmortem.reference}/edit/entry/{row.uid}/")
    page.fill("main textarea[name=text]", "after")
    page.get_by_role("button", name="Save").click()
    page.locator("main").get_by_text("after").first.wait_for()


def test_a_page_with_one_form_leaves_no_copy_of_what_it_saved(cast, browse):
    postmortem = draft(cast.author)
    row = TimelineEntry.add(postmortem, cast.author, text="before")
    page = browse(cast.author)
    page.goto(f"/postmortems/{postmortem.reference}/edit/entry/{row.uid}/")
    page.locator("main textarea[name=text]").fill("after")
    page.get_by_role("button", name="Save").click()
    page.locator("[data-desk]").get_by_text("after").first.wait_for()
    assert copies(page) == [] and page.locator("[data-unsaved] .notice").count() == 0


def test_a_killed_server_loses_nothing_that_was_typed(make_site, open_page):
    site = make_site()
    site.start()
    site.create_cast()
    site.run("from kb.accounts.models import User; from postmortems.models import Postmortem\n"
             "Postmortem.start(User.objects.get(username='author'), 'Kill me')")  # fmt: skip
    page = open_page(base_url=site.url)
    page.goto("/accounts/login/")
    page.fill("[name=login]", "author")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}/")
    page.goto("/postmortems/PM-1/edit/")
    page.locator("section.part .edit-link").first.click()
    text = page.locator(".part.editing textarea").first
    text.press_sequentially("before the kill")
    page.locator(".editing [data-save-state]", has_text=SAVED).wait_for()
    site.kill()
    text.press_sequentially(", and after it")
    state(page, "kept on this device")
    site.start()
    page.locator(".editing [data-save-state]", has_text=SAVED).wait_for(timeout=40_000)
    found = site.run("from postmortems.models import Section; print(Section.objects.order_by('pk').first().text)")
    assert found.strip() == "before the kill, and after it"
    assert copies(page) == []
