"""The main job, end to end, in a real browser on a real site that holds a freshly imported real corpus:
write → review → publish → found by search seconds later → in the weekly digest."""

import email
import email.policy
import re
import time

import pytest

pytestmark = pytest.mark.browser
CLAIM = "A failover that nobody rehearsed takes as long as reading its runbook aloud"
ERROR = "ERROR: cannot execute UPDATE in a read-only transaction"
SOON = 3  # seconds in which what is published must be found


@pytest.fixture
def site(make_site, shared_data):
    """A running site with the cast and the 169 imported postmortems of A-icco."""
    site = make_site(PUBLIC_URL="http://127.0.0.1").start()
    site.create_cast()
    site.manage("import_postmortems", shared_data / "A-icco", "--as", "facilitator", "--publish", "--json")
    return site


def test_from_a_title_to_a_digest_in_everybodys_mailbox(site, open_page):
    author, reviewer, reader = (open_page(viewport={"width": 1280, "height": 900}) for _ in range(3))
    for page, name in ((author, "author"), (reviewer, "stranger"), (reader, "reader")):
        site.sign_in(page, name)
    subscribe(site, reader)
    reference = write(site, author)
    submit(site, author, reference)
    approve(site, reviewer, reference)
    publish(site, author, reference)
    finds(site, reader, reference)
    finds_the_imported(site, reader)
    digest(site, reader, reference)


def subscribe(site, page):
    page.goto(f"{site.url}/subscriptions/")
    page.get_by_role("button", name=re.compile("everything", re.I)).first.click()
    page.wait_for_load_state()
    assert "Everything" in page.inner_text("main")


def write(site, page):
    """A title and Enter; then sections, two rows by keyboard, a factor, a countermeasure and a learning."""
    page.goto(f"{site.url}/postmortems/new/")
    page.fill("input[name=title]", "The standby database answered nobody for nine minutes")
    page.press("input[name=title]", "Enter")
    page.wait_for_url("**/edit/**")
    reference = re.search(r"PM-\d+", page.url)[0]
    for kind, text in (("Summary", "The **replica lag** alert was silenced."), ("Impact", "All orders waited.")):
        part = page.locator(".part", has=page.get_by_role("heading", name=kind, exact=True)).first
        part.get_by_role("link", name=re.compile("^(Write|Edit)")).first.click()
        page.locator(".editing textarea[name=text]").fill(text)
        page.locator(".editing textarea[name=text]").press("Control+Enter")
        page.locator(".editing").wait_for(state="detached")
    quick = page.locator("#new-entry")
    for when, what in (("2026-03-01 14:03", ERROR), ("14:12", "Writes succeed again")):
        quick.locator("[name=line]").fill(f"{when} {what}")
        quick.locator("[name=line]").press("Enter")
        page.get_by_text(what).first.wait_for()
    add(site, page, reference, "factor", statement="Failing over had never been tried in daylight")
    add(site, page, reference, "countermeasure", statement="Fail over on the first Tuesday of each month")
    add(site, page, reference, "learning", claim=CLAIM)
    return reference


def add(site, page, reference, kind, **fields):
    """A row through the page that needs no JavaScript."""
    page.goto(f"{site.url}/postmortems/{reference}/edit/{kind}/add/")
    for name, text in fields.items():
        page.fill(f"main [name={name}]", text)
    page.locator("main form").get_by_role("button", name=re.compile("^(Add|Save)")).first.click()
    page.wait_for_url(lambda url: "/add/" not in url)
    assert list(fields.values())[0] in page.inner_text("main")


def submit(site, page, reference):
    page.goto(f"{site.url}/postmortems/{reference}/submit/")
    page.fill("main input[name=names]", "stranger")
    page.get_by_role("button", name="Send to review").click()
    page.wait_for_load_state()
    assert "Its reviewers are reading" in page.inner_text("main")


def approve(site, page, reference):
    page.goto(f"{site.url}/")
    assert reference in page.inner_text("main"), "a review that waits stands on the reviewer's home page"
    page.goto(f"{site.url}/postmortems/{reference}/review/")
    for question in page.locator(".questions fieldset").all():
        question.get_by_label("Yes", exact=True).check()
    for answer in page.locator(".questions textarea, .questions input[type=text]").all():
        answer.fill("The platform team")
    page.get_by_role("button", name="Approve").click()
    page.wait_for_load_state()
    assert "approved" in page.inner_text("main").lower()


def publish(site, page, reference):
    page.goto(f"{site.url}/postmortems/{reference}/publish/")
    page.get_by_role("button", name="Publish").click()
    page.wait_for_load_state()
    page.goto(f"{site.url}/{reference}")
    assert "Published" in page.inner_text("main") and CLAIM in page.inner_text("main")


def finds(site, page, reference):
    """A reader pastes the error line with other numbers around it, within seconds."""
    until = time.monotonic() + SOON
    while True:
        page.goto(f"{site.url}/search/?q=cannot+execute+UPDATE+in+a+read-only+transaction")
        first = page.locator(".hit").first
        if first.count() and reference in first.inner_text():
            break
        assert time.monotonic() < until, page.inner_text("main")
    first.get_by_text("read-only").first.click()
    page.wait_for_load_state()
    assert reference in page.url and "#entry-" in page.url, "a hit leads to the very part that matched"


def finds_the_imported(site, page):
    page.goto(f"{site.url}/search/")
    page.fill("main input[name=q]", "router configuration rule crashed routers")
    page.press("main input[name=q]", "Enter")
    page.locator(".hit").first.wait_for()
    assert page.locator(".hit").count() >= 5


def digest(site, page, reference):
    """A week later by the clock of the command line."""
    from datetime import UTC, datetime, timedelta

    later = datetime.now(UTC) + timedelta(days=8)
    site.manage("send_digests", "--now", later.isoformat())
    mails = [
        email.message_from_bytes(f.read_bytes(), policy=email.policy.default) for f in site.data_dir.glob("mail/*")
    ]
    mail = next(m for m in mails if "reader" in m["To"])
    text = mail.get_body(("plain",)).get_content()
    assert "1 learning" in mail["Subject"] and CLAIM in " ".join(text.split()) and reference in text
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "icco" not in text.lower() and text.count("PM-") == 1, "imports are never announced"
    page.goto(f"{site.url}/digests/")
    page.locator("main a[href^='/digests/']").first.click()
    page.wait_for_load_state()
    assert CLAIM in page.inner_text("main")
