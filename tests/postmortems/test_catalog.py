"""Pages of services, tags, teams and themes, and the old addresses that lead to them."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from postmortems.catalog_changes import merge, rename
from postmortems.models import Service
from tests.postmortems.full import full, full_draft

PAGES = ("/services/checkout/", "/tags/retries/", "/teams/payments/", "/themes/hidden-limits/")


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def queries_of(client, url):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize("url", PAGES)
def test_a_page_tells_what_happened_what_comes_back_and_what_is_open(cast, sign_in, url):
    full(cast.author, cast.stranger)
    page = text_of(sign_in(cast.reader).get(url))
    for words in ("Checkout waited for a lock", "claim 0", "Hidden limits", "measure 0", "Still open"):
        assert words in page


def test_a_team_page_is_there_before_anything_happened(cast, sign_in):
    page = text_of(sign_in(cast.reader).get("/teams/payments/"))
    assert "Nothing yet that you can read" in page and "Still open" not in page


@pytest.mark.parametrize("url", ["/services/checkout/", "/tags/retries/", "/themes/hidden-limits/"])
def test_a_word_named_only_in_secret_is_as_if_it_were_not_there(cast, sign_in, url):
    client, nowhere = sign_in(cast.reader), url[:-1] + "-nowhere/"
    before = [text_of(client.get(page)) for page in ("/postmortems/", "/learnings/", "/services/")]
    paper = full(cast.author, cast.stranger, title="Secret")
    paper.restrict(cast.author)
    assert [text_of(client.get(page)) for page in ("/postmortems/", "/learnings/", "/services/")] == before
    assert (client.get(url).status_code, text_of(client.get(url))) == (404, text_of(client.get(nowhere)))
    assert sign_in(cast.author).get(url).status_code == 200


@pytest.mark.parametrize("url", PAGES)
def test_what_a_reader_may_not_see_is_not_counted_either(cast, sign_in, url):
    full(cast.author, cast.stranger)
    client = sign_in(cast.reader)
    before = text_of(client.get(url)), text_of(client.get("/services/"))
    full(cast.author, cast.stranger, title="Secret", rows=3).restrict(cast.author)
    full_draft(cast.author, title="Draft")
    assert (text_of(client.get(url)), text_of(client.get("/services/"))) == before


def test_services_are_listed_with_what_can_be_read_of_each(cast, sign_in):
    full(cast.author, cast.stranger)
    full_draft(cast.author, title="Not to be counted")
    rows = re.findall(
        r'href="/services/(\w+)/">.*?class="number">(\d+)<',
        sign_in(cast.reader).get("/services/").content.decode(),
        re.S,
    )
    assert rows == [("checkout", "1")]


def test_a_site_without_services_says_how_they_come(cast, sign_in):
    assert "No services yet" in text_of(sign_in(cast.reader).get("/services/"))


def test_an_old_address_leads_on_after_a_rename_and_a_merge(cast, sign_in):
    client = sign_in(cast.reader)
    full(cast.author, cast.stranger)
    service = Service.objects.named("Checkout")
    rename(service, "Order desk", cast.admin)
    response = client.get("/services/checkout/")
    assert (response.status_code, response.headers["Location"]) == (301, "/services/order-desk/")
    merge(service, Service.objects.named("Shop"), cast.admin)
    for old in ("checkout", "order-desk"):
        assert client.get(f"/services/{old}/").headers["Location"] == "/services/shop/"


def test_a_rename_shows_on_the_pages_that_name_it(cast, sign_in):
    full(cast.author, cast.stranger)
    client = sign_in(cast.reader)
    assert "Checkout" in text_of(client.get("/postmortems/PM-1/"))
    rename(Service.objects.get(slug="checkout"), "Order desk", cast.admin)
    assert "Order desk" in text_of(client.get("/postmortems/PM-1/"))


@pytest.mark.parametrize("url", ["/services/nowhere/", "/tags/nowhere/", "/teams/nowhere/", "/themes/nowhere/"])
def test_an_unknown_word_is_404(cast, sign_in, url):
    assert sign_in(cast.reader).get(url).status_code == 404


def test_pages_cost_the_same_at_two_sizes(cast, sign_in):
    full(cast.author, cast.stranger, rows=1)
    client = sign_in(cast.reader)
    client.get("/")
    few = {url: queries_of(client, url) for url in (*PAGES, "/services/")}
    for number in range(3):
        full(cast.author, cast.stranger, rows=2, title=f"Number {number}")
    assert {url: queries_of(client, url) for url in (*PAGES, "/services/")} == few
