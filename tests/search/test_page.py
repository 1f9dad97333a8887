"""The search page over HTTP, with real people and the real records' module replaced by the small house."""

import pytest

from search import indexing
from tests.search.documents import document


@pytest.fixture
def page(house, cast, sign_in):
    """`page(q=…)` → the response to a signed-in reader."""

    def get(**asked):
        return sign_in(cast.reader).get("/search/", asked)

    return get


def html(response):
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_shows_hits_with_their_passages(page, house):
    house.fill(document("1", "Checkout was slow", parts={"timeline": "Redis failed over"}))
    indexing.rebuild()
    text = html(page(q="redis"))
    assert 'href="/1/#timeline-1"' in text
    assert "<mark>Redis</mark> failed over" in text
    assert 'value="redis"' in text


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"q": ""},
        {"q": '"open -"x* (('},
        {"q": "foo:bar"},
        {"q": "\x00\ud800".encode("utf-8", "replace")},
        {"q": "x " * 3000},
        {"q": "redis", "page": "-1"},
        {"q": "redis", "page": "²"},
        {"q": "redis", "page": "9" * 50},
        {"q": "redis", "kind": "<b>", "order": "'"},
        {"q": "<script>alert(1)</script>"},
    ],
)
def test_whatever_is_asked_the_page_works_and_the_text_stays(page, house, asked):
    house.fill(document("1", "redis"))
    indexing.rebuild()
    text = html(page(**asked))
    assert "<script>alert(1)" not in text


def test_notes_on_the_query_are_shown(page, house):
    house.fill(document("1", "bar"))
    indexing.rebuild()
    assert "“foo:” is not a field; it was searched as a word." in html(page(q="foo:bar"))


def test_an_empty_house_and_a_search_without_a_hit_say_what_to_do(page, house):
    indexing.rebuild()
    assert "Nothing is here yet" in html(page())
    assert "Nothing found" in html(page(q="zanzibar"))
    house.fill(document("1", "redis"))
    indexing.rebuild()
    assert 'href="?q=redis"' in html(page(q="service:nowhere redis"))


def test_without_an_index_the_page_says_so_and_shows_what_it_has(page, house):
    house.fill(document("1", "Redis was slow"))
    text = html(page(q="redis"))
    assert "rebuilding" in text
    assert "<mark>Redis</mark> was slow" in text


def test_strangers_to_the_site_are_sent_to_the_door(house, db, sign_in):
    assert sign_in(None).get("/search/", {"q": "redis"}).status_code == 302


def test_the_number_of_queries_does_not_grow_with_what_is_found(page, house):
    def count(documents):
        house.fill(*(document(str(n), "redis", facets={"service": (f"s{n}",)}) for n in range(documents)))
        indexing.rebuild()
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            html(page(q="redis"))
        return len(queries)

    assert count(3) == count(40)
