"""Lists: filters, order, pages, and a cost that does not grow with the data."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.events.drain import drain
from postmortems.models import ContributingFactor, Countermeasure, Learning, Service, Severity, Tag
from tests.api.building import Api, draft, published

pytestmark = pytest.mark.django_db


def references(api, address):
    return [row["reference"] for row in api.get(address).json()["results"]]


def test_postmortems_are_narrowed_and_ordered(cast):
    checkout = Service.objects.create(name="Checkout", slug="checkout")
    one = published(cast.author, cast.teammate, "Apples", services=[checkout], severity=Severity.objects.first())
    two = published(cast.stranger, cast.teammate, "Bananas", conditions=[checkout], tags=[Tag.objects.named("Fruit")],
                    kind="near_miss")  # fmt: skip
    three = draft(cast.author, "Cherries")
    api = Api(cast.author)
    one, two, three = one.reference, two.reference, three.reference
    assert references(api, "postmortems/") == [three, two, one]
    assert references(api, "postmortems/?order=title") == [one, two, three]
    assert references(api, "postmortems/?order=-title") == [three, two, one]
    assert references(api, "postmortems/?service=checkout") == [two, one]
    assert references(api, f"postmortems/?severity={Severity.objects.first().slug}") == [one]
    assert references(api, "postmortems/?tag=fruit") == [two]
    assert references(api, "postmortems/?team=payments") == [three, one]
    assert references(api, "postmortems/?kind=near_miss&kind=exercise") == [two]
    assert references(api, "postmortems/?status=draft") == [three]
    assert references(api, "postmortems/?owner=stranger") == [two]
    assert references(api, "postmortems/?origin=imported&since=2020-01-01") == []
    assert references(api, "postmortems/?since=2020-01-01&until=2999-01-01") == [two, one]
    assert references(api, "postmortems/?visibility=restricted") == []
    assert references(Api(cast.reader), "postmortems/") == [two, one]


def test_pages_are_linked(cast):
    for _ in range(3):
        draft(cast.author)
    api = Api(cast.author)
    first = api.get("postmortems/?page_size=2").json()
    assert first["count"] == 3 and first["previous"] is None
    second = api.get(first["next"]).json()
    assert [len(first["results"]), len(second["results"]), second["next"]] == [2, 1, None]
    assert api.get(second["previous"]).json()["results"] == first["results"]


def test_learnings_and_countermeasures_are_narrowed(cast):
    one = published(cast.author, cast.teammate)
    two = published(cast.stranger, cast.teammate)
    Countermeasure.add(one, cast.author, statement="a", owner=cast.reader, due_on="2026-01-01")
    Countermeasure.add(two, cast.stranger, statement="b", strength="weaker").complete(cast.stranger)
    api = Api(cast.reader)
    assert references(api, f"learnings/?postmortem={one.reference}") == [one.learning_set.get().reference]
    assert references(api, "learnings/?postmortem=nonsense") == []
    assert references(api, "learnings/?team=platform&order=number") == [two.learning_set.get().reference]
    assert references(api, "countermeasures/") == ["CM-2", "CM-1"]
    assert references(api, "countermeasures/?open=true") == ["CM-1"]
    assert references(api, "countermeasures/?open=false&status=done&strength=weaker") == ["CM-2"]
    assert references(api, "countermeasures/?owner=reader&due_before=2026-02-01") == ["CM-1"]


def test_search_finds_what_one_may_see_and_says_where(cast):
    seen = published(
        cast.author,
        cast.teammate,
        "Gateway <b> down",
        takeaway="The gateway had no limit.",
        services=[Service.objects.named("Checkout")],
    )
    hidden = draft(cast.author, "Gateway secret")
    drain("index")
    body = Api(cast.reader).get("search/?q=gateway").json()
    assert (body["count"], body["totals"]["postmortem"], body["results"][0]["reference"]) == (1, 1, seen.reference)
    hit = body["results"][0]
    assert hit["title"] == "Gateway <b> down" and "<mark>Gateway</mark> &lt;b&gt;" in hit["title_html"]
    assert "<mark>gateway</mark>" in hit["takeaway_html"]
    assert hit["services"] == ["checkout"] and hit["uid"] == seen.uid
    assert Api(cast.author).get("search/?q=gateway").json()["count"] == 2
    assert hidden.reference not in str(body)
    learning = Api(cast.reader).get("search/?q=queue&kind=learning").json()["results"][0]
    assert learning["reference"].startswith("L-") and "<mark>queue</mark>" in learning["title_html"]


def fill(cast, count):
    for place in range(count):
        postmortem = draft(
            cast.author, tags=[Tag.objects.named(f"t{place}")], services=[Service.objects.named(f"s{place}")]
        )
        postmortem.authors.set([cast.teammate, cast.stranger])
        for _ in range(count):
            factor = ContributingFactor.add(postmortem, cast.author, statement="f", theme=None)
            Learning.add(postmortem, cast.author, claim="c", tags=[Tag.objects.named("x")])
            Countermeasure.add(
                postmortem, cast.author, statement="s", factors=[factor], owner=cast.reader, team=cast.payments
            )
    return postmortem


@pytest.mark.parametrize("address", [
    "postmortems/", "learnings/", "countermeasures/", "services/", "tags/", "teams/", "postmortems/{}/",
    "postmortems/{}/countermeasures/", "postmortems/{}/learnings/", "search/?q=f&kind=countermeasure", "subscriptions/",
])  # fmt: skip
def test_the_number_of_queries_does_not_depend_on_the_size(cast, address):
    api = Api(cast.author)
    counts = []
    for size in (2, 4):
        where = address.format(fill(cast, size).reference)
        api.get(where)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert api.get(where).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 40, counts
