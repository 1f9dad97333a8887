"""Every kind of page, looked at by axe-core with the demo in it: wide and on a phone, in the light and in the dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command

from kb import first_admin
from kb.accounts.models import User
from kb.demo.seeding import seed
from kb.digests.models import Digest, Subscription
from postmortems.models import Countermeasure, Postmortem

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
WAYS = [(WIDE, "light", False), (WIDE, "dark", True), (PHONE, "dark", False), (PHONE, "light", True)]
AXE = """async ([rules, colours]) => {
  document.getAnimations().forEach((animation) => animation.finish());
  const found = await axe.run(document, {
    resultTypes: ["violations"], preload: false, iframes: false,
    runOnly: colours ? {type: "rule", values: ["color-contrast"]} : {type: "tag", values: rules},
  });
  const wide = document.documentElement.scrollWidth - innerWidth;
  return found.violations.flatMap(({id, nodes}) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`))
    .concat(wide > 0 ? [`${wide} pixels too wide`] : []);
}"""
OPENED = [
    "#details .part-tools a", "section.part .edit-link", "#milestones .add-line a", ".entry-rows .edit-link",
    ".factor-rows .edit-link", ".countermeasure-rows .edit-link", ".learning-rows .edit-link", "#new-impact a",
    "#new-observation a", "#new-participant a",
]  # fmt: skip


class Look:
    """`look(user, *paths)` loads each page once and looks at it; `look.at(page, name)` takes what is open.

    Colours are looked at in all four ways, everything else wide and on a phone. `faults` is what was found.
    """

    def __init__(self, browse):
        self.browse, self.faults, self.pages, self.script = browse, [], {}, Axe().axe_script

    def __call__(self, username, *paths):
        page = self.page(username)
        for path in paths:
            page.goto(path)
            self.at(page, path)
        page.set_viewport_size(WIDE)
        return page

    def page(self, username):
        if username not in self.pages:
            user = User.objects.get(username=username) if username else None
            self.pages[username] = self.browse(user, viewport=WIDE, reduced_motion="reduce")
        return self.pages[username]

    def at(self, page, name):
        # Evaluated by the debugger, so the content security policy stays as it is.
        page.evaluate(self.script)
        for size, scheme, colours in WAYS:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)
            found = page.evaluate(AXE, [RULES, colours])
            self.faults += [f"{name} ({size['width']}, {scheme}): {fault}" for fault in found]


@pytest.fixture
def look(browse):
    look = Look(browse)
    yield look
    assert not look.faults, "\n".join(look.faults)


@pytest.fixture
def demo(transactional_db):
    """The invented company, its index, and last week's digests; `demo(status="draft")` → the address of one."""
    seed("a password for everybody")
    call_command("rebuild_index", verbosity=0)
    call_command("send_digests", verbosity=0)
    return lambda **fields: Postmortem.objects.filter(**fields).order_by("number").last().get_absolute_url().rstrip("/")


def test_pages_of_reading(demo, look):
    storm, secret = demo(title__startswith="Checkout stayed down"), demo(visibility="restricted")
    look(
        "author", "/", "/postmortems/", "/postmortems/?severity=sev1", "/postmortems/?severity=sev1&kind=exercise",
        f"{storm}/", f"{demo(depth='note')}/", f"{demo(status='archived')}/", f"{demo(status='draft')}/",
        f"{demo(status='in_review')}/", "/learnings/", "/learnings/L-1/", "/countermeasures/",
        "/countermeasures/?layout=board",
        Countermeasure.objects.filter(postmortem__status="published").first().get_absolute_url(), "/services/",
        "/services/payments/", "/tags/postgresql/", "/teams/payments/", "/themes/retries-multiply-load/", "/search/",
        "/search/?q=connection+pool", "/search/?q=service:payments+retry&kind=learning", "/search/?q=xyzzyplugh",
        "/search/?q=severity:", "/help/", "/nowhere/", f"{secret}/",
    )  # fmt: skip
    look("security", f"{secret}/")
    look("reader", "/", "/postmortems/new/", "/demo/remove/")


def test_pages_of_writing(demo, look):
    storm, draft, reviewed = (
        demo(title__startswith="Checkout stayed down"),
        demo(status="draft"),
        demo(status="in_review"),
    )
    measure = Countermeasure.objects.filter(
        postmortem__title__startswith="Checkout stayed down", status="accepted"
    ).first()
    page = look(
        "author", "/postmortems/new/", f"{storm}/edit/", f"{storm}/withdraw/", f"{storm}/published/",
        f"{reviewed}/review/",
        *(f"{draft}/{verb}/" for verb in ("submit", "publish", "visibility", "readers", "delete", "edit/key-times")),
        f"{measure.get_absolute_url()}decline/", "/trash/",
    )  # fmt: skip
    page.goto(f"{storm}/edit/")
    for number, link in enumerate(OPENED, 1):
        page.locator(link).first.click()
        page.wait_for_function("n => document.querySelectorAll('.editing').length >= n", arg=number)
    look.at(page, "the desk with open forms")


def test_pages_of_a_conflict_and_of_the_trash(demo, look):
    address, author = demo(status="draft"), User.objects.get(username="author")
    page = look("author")
    page.goto(f"{address}/edit/")
    page.locator("section.part .edit-link").first.click()
    text = page.locator(".part.editing textarea").first
    text.fill("my words")
    postmortem = Postmortem.objects.get(status="draft")
    section = postmortem.section_set.order_by("position").first()
    section.change(User.objects.get(username="teammate"), section.version, text="their words")
    text.press("Control+Enter")
    page.locator(".conflict").wait_for()
    look.at(page, "a conflict")
    page.on("dialog", lambda dialog: dialog.accept())
    postmortem.refresh_from_db()
    postmortem.delete_to_trash(author)
    look("author", "/trash/", f"{address}/purge/")


def test_pages_of_the_house(demo, look):
    subscription = Subscription.objects.get(owner__username="author")
    digest = Digest.objects.order_by("pk").first().get_absolute_url()
    look("author", "/digests/", "/subscriptions/", f"/subscriptions/{subscription.uid}/preview/", "/profile/",
         "/api/docs/", "/accounts/password/change/", "/accounts/email/", "/accounts/logout/")  # fmt: skip
    look("anselm", "/digests/", "/subscriptions/")
    look("reader", digest)
    look(
        "admin", "/demo/remove/", "/break-glass/", "/admin/", "/admin/accounts/user/", "/admin/postmortems/service/add/"
    )


def test_pages_for_those_who_are_not_signed_in(demo, look):
    token, link = Subscription.objects.first().unsubscribe_token, first_admin.link().removeprefix("http://testserver")
    page = look("", "/accounts/login/", "/accounts/password/reset/", "/accounts/signup/", link, "/nowhere/",
                f"/subscriptions/unsubscribe/{token}/")  # fmt: skip
    page.goto("/accounts/login/")
    page.fill("[name=login]", "author")
    page.fill("[name=password]", "wrong")
    page.keyboard.press("Enter")
    page.locator("main .error-summary, main [role=alert]").first.wait_for()
    look.at(page, "a refused sign-in")
