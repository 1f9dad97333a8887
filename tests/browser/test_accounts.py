"""Profile, the API's page and the administration in a real browser, under the site's content security policy."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from kb.accounts.models import ApiToken, Membership
from postmortems.models import Service

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def faults_of(page):
    """axe-core's findings, and a page wider than its window."""
    found = [f"{rule['id']}: {rule['nodes'][0]['html'][:160]}" for rule in Axe().run(page).response["violations"]]
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return found + ([f"{wide} pixels too wide"] if wide > 0 else [])


@pytest.mark.parametrize("options", [
    {"viewport": {"width": 1280, "height": 900}},
    {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
])  # fmt: skip
def test_profile_and_api_page_are_for_everybody(cast, browse, options):
    page = browse(cast.author, **options)
    page.goto("/profile/")
    assert faults_of(page) == []
    page.locator("#tokens [name=name]").fill("pipeline")
    page.get_by_role("button", name="Make a token").click()
    page.locator(".secret").wait_for()
    assert page.locator(".secret").inner_text().startswith("andon_")
    assert faults_of(page) == []
    page.goto("/api/docs/")
    for operation in page.locator("details.operation").all()[:3]:
        operation.locator("summary").click()
    assert faults_of(page) == []
    assert ApiToken.objects.get().name == "pipeline"


def test_the_administration_works_under_the_policy(cast, browse):
    one, two = Service.objects.named("Checkout"), Service.objects.named("Check out")
    page = browse(cast.admin)
    page.goto("/admin/accounts/user/")
    page.get_by_role("link", name="reader", exact=True).click()
    page.get_by_text("Add another Membership").click()
    page.locator(".select2-selection").last.click()
    page.locator(".select2-results__option", has_text="Platform").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was changed successfully").wait_for()
    assert Membership.objects.filter(user=cast.reader, team=cast.platform).exists()
    page.goto("/admin/postmortems/service/")
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option("merge")
    page.get_by_role("button", name="Go", exact=True).click()
    page.locator("select[name=into]").select_option(one.uid)
    page.get_by_role("button", name="Merge").click()
    page.get_by_text("Old addresses lead on").wait_for()
    assert not Service.objects.filter(pk=two.pk).exists()
