"""Lists of postmortems, learnings and countermeasures: filters, orders, pages; nobody sees more than he may."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from postmortems.models import Postmortem, Service, Severity
from postmortems.views import lists
from tests.postmortems.builders import draft, published
from tests.postmortems.full import full

LISTS = ("/postmortems/", "/learnings/", "/countermeasures/")


def titles(response):
    return re.findall(r'class="entry-title"><a[^>]*>([^<]*)<', response.content.decode())


def queries_of(client, url):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize("url", LISTS)
def test_an_empty_list_says_what_will_be_here(cast, sign_in, url):
    page = sign_in(cast.reader).get(url).content.decode()
    assert 'class="empty"' in page and "/postmortems/new/" not in page


def test_who_may_write_is_offered_to_begin(cast, sign_in):
    assert "Write the first one" in sign_in(cast.author).get("/postmortems/").content.decode()


def test_drafts_stand_in_the_list_only_when_asked_for_and_only_for_their_people(cast, sign_in):
    draft(cast.author, "Half written")
    assert titles(sign_in(cast.author).get("/postmortems/")) == []
    assert titles(sign_in(cast.author).get("/postmortems/?status=draft")) == ["Half written"]
    assert titles(sign_in(cast.stranger).get("/postmortems/?status=draft")) == []


def test_restricted_ones_leave_list_learnings_and_countermeasures(cast, sign_in):
    full(cast.author, cast.stranger).restrict(cast.author)
    for url in LISTS:
        page = sign_in(cast.reader).get(url).content.decode()
        assert [words for words in ("claim 0", "measure 0", "Checkout") if words in page] == []


def test_filters_narrow_by_service_team_tag_severity_kind_and_day(cast, sign_in):
    full(cast.author, cast.stranger, title="Matches")
    published(cast.author, cast.stranger, title="Other", kind="near_miss")
    client, today = sign_in(cast.reader), timezone.localdate()
    severity = Severity.objects.order_by("rank").first().slug
    for query in ("service=checkout", "tag=retries", f"severity={severity}", "kind=incident"):
        assert titles(client.get(f"/postmortems/?{query}")) == ["Matches"], query
    for query in ("team=payments", f"after={today}", f"before={today}", "status=published"):
        assert set(titles(client.get(f"/postmortems/?{query}"))) == {"Matches", "Other"}, query
    assert titles(client.get("/postmortems/?team=platform")) == []


def test_a_service_where_the_conditions_lay_counts_once(cast, sign_in):
    service = Service.objects.named("Edge")
    published(cast.author, cast.stranger, title="Both", services=[service], conditions=[service])
    assert titles(sign_in(cast.reader).get("/postmortems/?service=edge")) == ["Both"]


@pytest.mark.parametrize(
    "query",
    [
        "service=nowhere",
        "severity=%00",
        "after=2026-99-99",
        "kind=nonsense",
        "status=trash",
        "page=-1",
        "page=x",
        "order=x",
    ],
)
def test_nonsense_in_the_address_is_answered_calmly(cast, sign_in, query):
    published(cast.author, cast.stranger)
    response = sign_in(cast.reader).get(f"/postmortems/?{query}")
    assert response.status_code == 200


def test_orders_turn_the_list(cast, sign_in):
    first, second = (published(cast.author, cast.stranger, title=title) for title in ("First", "Second"))
    ranks = list(Severity.objects.order_by("rank"))
    Postmortem.objects.filter(pk=first.pk).update(severity=ranks[0])
    Postmortem.objects.filter(pk=second.pk).update(severity=ranks[-1])
    client = sign_in(cast.reader)
    assert titles(client.get("/postmortems/")) == ["Second", "First"]
    assert titles(client.get("/postmortems/?order=oldest")) == ["First", "Second"]
    assert titles(client.get("/postmortems/?order=severity")) == ["First", "Second"]


def test_filters_and_order_stay_while_one_turns_pages(cast, sign_in, monkeypatch):
    monkeypatch.setattr(lists, "PER_PAGE", 1)
    for number in range(3):
        published(cast.author, cast.stranger, title=f"Number {number}")
    client = sign_in(cast.reader)
    page = client.get("/postmortems/?kind=incident&order=oldest&page=2").content.decode()
    assert "Page 2 of 3" in page and 'href="?kind=incident&amp;order=oldest&amp;page=3"' in page
    assert 'href="?kind=incident&amp;order=newest"' in page
    assert titles(client.get("/postmortems/?page=99")) == ["Number 0"]


def test_learnings_of_drafts_are_not_learned_yet(cast, sign_in):
    full(cast.author, cast.stranger)
    with_draft = sign_in(cast.author)
    assert titles(with_draft.get("/learnings/")) == ["claim 1", "claim 0"]
    assert titles(with_draft.get("/learnings/?service=checkout&tag=retries")) == ["claim 1", "claim 0"]
    Postmortem.objects.update(status="draft")
    assert titles(with_draft.get("/learnings/")) == []


def test_countermeasures_are_filtered_by_state_and_strength(cast, sign_in):
    paper = full(cast.author, cast.stranger)
    paper.countermeasure_set.first().complete(cast.author)
    client = sign_in(cast.reader)

    def shown(query):
        return re.findall(r'class="ref">(CM-\d+)<', client.get(f"/countermeasures/?{query}").content.decode())

    assert shown("status=open") == ["CM-2"] and shown("status=done") == ["CM-1"]
    assert shown("strength=weaker") == [] and shown("strength=intermediate") == ["CM-2", "CM-1"]


def test_lists_cost_the_same_at_two_sizes(cast, sign_in):
    full(cast.author, cast.stranger, rows=1)
    client = sign_in(cast.reader)
    client.get("/")
    few = {url: queries_of(client, url) for url in LISTS}
    for number in range(4):
        full(cast.author, cast.stranger, rows=2, title=f"Number {number}")
    assert {url: queries_of(client, url) for url in LISTS} == few
