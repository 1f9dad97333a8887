"""Digests and subscriptions in a real browser, under the site's content security policy, wide and on a phone."""

import pytest
from django.core import mail

from kb.digests.models import Digest, Sending
from tests.browser.test_accounts import faults_of
from tests.digests.builders import frozen_organization, subscribed, tick

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SCREENS = [
    {"viewport": {"width": 1280, "height": 900}},
    {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
]


@pytest.mark.parametrize("options", SCREENS)
def test_pages_of_digests_are_for_everybody(cast, browse, options):
    frozen_organization(cast)
    subscription = subscribed(cast.author, "", "service:checkout")
    tick("2025-11-24 07:05")
    Sending.objects.update(parked_at="2025-11-24 08:00Z", error="550 unknown")
    page = browse(cast.author, **options)
    digest = Digest.objects.get().get_absolute_url()
    for path in ("/digests/", digest, "/subscriptions/", f"/subscriptions/{subscription.uid}/preview/"):
        page.goto(path)
        assert faults_of(page) == [], path
    stranger = browse(cast.stranger, **options)
    for path in ("/digests/", "/subscriptions/", "/"):
        stranger.goto(path)
        assert faults_of(stranger) == [], path
    nobody = browse(None, **options)
    nobody.goto(f"/subscriptions/unsubscribe/{subscription.unsubscribe_token}/")
    assert faults_of(nobody) == []
    nobody.get_by_role("button", name="Pause for four weeks").click()
    nobody.get_by_role("heading", name="Paused").wait_for()
    assert faults_of(nobody) == []


@pytest.mark.parametrize("options", SCREENS)
def test_the_mail_itself_reads_well_everywhere(cast, browse, options):
    frozen_organization(cast)
    subscribed(cast.author, "", "service:checkout")
    tick("2025-11-24 07:05")
    page = browse(None, **options)
    page.set_content(mail.outbox[0].alternatives[0].content)
    assert faults_of(page) == []


def test_typing_an_interest_explains_it_and_following_from_a_page_adds_it(cast, browse):
    frozen_organization(cast)
    page = browse(cast.reader)
    page.goto("/services/checkout/")
    page.get_by_role("button", name="Follow Checkout in your weekly digest").click()
    page.get_by_role("button", name="Following Checkout").wait_for()
    page.goto("/subscriptions/")
    page.get_by_label("Follow").select_option("tag")
    page.get_by_label("Its name, PM-12").fill("failover")
    page.get_by_text("New items with tag failover").wait_for()
    page.get_by_role("button", name="Add").click()
    page.get_by_text("You follow failover").wait_for()
    assert [i.query for i in cast.reader.subscriptions.get().interests.all()] == ["service:checkout", "tag:failover"]
