import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from search import indexing
from search.document import KINDS
from search.lookup import PER_PAGE, any_reader, search_for
from tests.search.documents import document


@pytest.fixture
def filled(house):
    """`filled(*documents)` → the house with an index of them."""

    def fill(*documents):
        house.fill(*documents)
        indexing.rebuild()
        return house

    return fill


def found(text, user="somebody", **options):
    return [hit.id for hit in search_for(user, text, **options).hits]


def test_a_hit_names_the_part_that_matched_and_links_to_it(filled):
    filled(
        document(
            "1",
            "Checkout was slow",
            parts={"timeline": "10:02 Redis failed over", "factors": "The **redis** client <b>cached</b> DNS & more"},
        )
    )
    (hit,) = search_for("somebody", "redis").hits
    assert [(p.label, p.url) for p in hit.passages] == [("Timeline", "/1/#timeline-1"), ("Factor", "/1/#factors-1")]
    assert hit.passages[1].html == "The <mark>redis</mark> client &lt;b&gt;cached&lt;/b&gt; DNS &amp; more"


def test_title_and_takeaway_are_marked_in_place(filled):
    filled(document("1", "Redis <script>", parts={"takeaway": "Failing over redis & friends"}))
    (hit,) = search_for("somebody", "redis").hits
    assert hit.title == "<mark>Redis</mark> &lt;script&gt;"
    assert hit.takeaway == "Failing over <mark>redis</mark> &amp; friends"
    assert hit.passages == ()


def test_a_passage_is_the_place_with_most_of_the_words(filled):
    filler = "nothing of note happened then. " * 40
    text = f"redis here. {filler} the connection pool of redis was empty. {filler}"
    filled(document("1", "Title", text))
    (hit,) = search_for("somebody", "redis connection pool").hits
    (passage,) = hit.passages
    assert "<mark>connection</mark> <mark>pool</mark> of <mark>redis</mark>" in passage.html
    assert passage.html.startswith("… ") and passage.html.endswith(" …")
    assert len(passage.html) < 400


def test_a_hit_by_its_tag_says_so(filled):
    filled(document("1", "Checkout was slow", "nothing else", facets={"tag": ("config-change", "dns")}))
    (hit,) = search_for("somebody", "config").hits
    assert [(p.label, p.html) for p in hit.passages] == [("Tag", "<mark>config-change</mark>")]


def test_characters_that_turn_the_direction_are_shown_as_such(filled):
    filled(document("1", "redis \u202egnp.exe"))
    (hit,) = search_for("somebody", "redis").hits
    assert "\u202e" not in hit.title


def test_facets_count_and_lead_to_the_narrower_search_and_back(filled):
    filled(*(document(str(n), "failover", facets={"service": ("a",) if n < 3 else ("b",)}) for n in range(5)))
    (facet,) = search_for("somebody", "failover").facets
    assert [(v.label, v.count, v.text) for v in facet.values] == [
        ("A", 3, "service:a failover"),
        ("B", 2, "service:b failover"),
    ]
    narrowed = search_for("somebody", "service:a failover")
    chosen = narrowed.facets[0].values[0]
    assert (narrowed.total, chosen.chosen, chosen.text) == (3, True, "failover")


def test_tabs_count_each_kind(filled):
    filled(document("1", "failover"), document("l1", "failover", kind="learning", group="1"))
    results = search_for("somebody", "failover", kind="learning")
    assert {tab.kind: tab.total for tab in results.tabs} == dict.fromkeys(KINDS, 0) | {"postmortem": 1, "learning": 1}
    assert [hit.id for hit in results.hits] == ["l1"]


def test_owners_find_their_private_documents_and_nobody_else_does(filled):
    filled(document("1", "failover", is_open=False), document("2", "failover"))
    assert sorted(found("failover", user="owner")) == ["1", "2"]
    assert found("failover", user="stranger") == ["2"]
    assert found("failover", user="any reader") == ["2"]


def test_a_stale_index_shows_too_little_rather_than_too_much(filled):
    secret = {"is_open": False, "version": 2, "facets": {"service": ("secret",)}}
    house = filled(document("1", "failover zanzibar", facets={"service": ("secret",)}), document("2", "failover"))
    house.fill(document("1", "failover zanzibar", **secret))
    house.CHANGED.append("postmortem:1")
    results = search_for("stranger", "failover")
    assert ([hit.id for hit in results.hits], results.total) == (["2"], 1)
    assert {tab.kind: tab.total for tab in results.tabs}["postmortem"] == 1
    assert not any(value.value == "secret" for facet in results.facets for value in facet.values)
    assert search_for("stranger", "zanzibar").total == 0
    assert search_for(any_reader(), "zanzibar").total == 0


def test_the_page_itself_is_checked_again_even_if_nobody_recorded_the_change(filled):
    house = filled(document("1", "failover zanzibar"), document("2", "failover"))
    house.fill(document("1", "failover zanzibar", is_open=False))
    results = search_for("stranger", "failover")
    assert ([hit.id for hit in results.hits], results.total) == (["2"], 1)


def test_nothing_a_stranger_fetches_changes_by_a_secret(filled):
    def everything():
        texts = ["failover", "zanzibar", "zan*", '"failover now"', "", "-failover", "service:secret", "PM-77"]
        results = [search_for("stranger", text, kind=kind) for text in texts for kind in KINDS]
        return [(r.hits, r.total, r.facets, r.tabs, r.notes, r.looser, r.pages) for r in results]

    house = filled(*(document(str(n), "failover now", facets={"service": ("a",)}) for n in range(5)))
    before = everything()
    secret = document("77", "failover now zanzibar", is_open=False, facets={"service": ("secret",)})
    learning = document("l", "zanzibar", kind="learning", group="77", is_open=False)
    house.fill(secret, learning)
    house.CHANGED.append("postmortem:77")
    assert everything() == before
    indexing.consume(["postmortem:77"])
    house.CHANGED.clear()
    assert everything() == before


def test_nothing_found_offers_what_would_be(filled):
    filled(document("1", "redis"))
    results = search_for("somebody", "service:nowhere redis")
    assert (results.total, results.looser) == (0, (("redis", 1),))


@pytest.mark.parametrize("page, shown", [(-1, 1), (0, 1), (1, 1), (3, 3), (99, 3), (10**9, 3)])
def test_pages_that_do_not_exist_become_the_nearest(filled, page, shown):
    filled(*(document(str(n), "failover") for n in range(2 * PER_PAGE + 5)))
    results = search_for("somebody", "failover", page=page)
    assert (results.page, results.pages) == (shown, 3)
    assert len(results.hits) == (5 if shown == 3 else PER_PAGE)


def test_unknown_kinds_and_orders_become_the_usual_ones(filled):
    filled(document("1", "failover"))
    results = search_for("somebody", "failover", kind="secrets", order="rank); drop")
    assert (results.kind, results.order, results.total) == ("postmortem", "relevance", 1)


def run(*arguments):
    out, err = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=err)
    return out.getvalue()


def test_the_command_prints_one_json_line_per_query(filled, tmp_path):
    filled(document("1", "redis", source="a.md"), document("2", "kafka", is_open=False))
    queries = tmp_path / "queries.tsv"
    queries.write_text('id\tquery\nq1\tredis "unclosed\nq2\tkafka\n', "utf-8")
    lines = [json.loads(line) for line in run("search", "--batch", str(queries)).splitlines()]
    assert [line["id"] for line in lines] == ["q1", "q2"]
    assert [(hit["reference"], hit["source"]) for hit in lines[0]["hits"]] == [("PM-1", "a.md")]
    assert lines[0]["hits"][0]["score"] > 0
    assert lines[1]["hits"] == []


def test_the_command_answers_in_words_and_in_json(filled):
    filled(document("1", "Redis failed", "the redis was slow"))
    assert "PM-1  Redis failed" in run("search", "redis")
    answer = json.loads(run("search", "redis", "--json"))
    assert (answer["total"], answer["hits"][0]["title"]) == (1, "Redis failed")


def test_a_batch_without_its_columns_is_refused_in_words(filled, tmp_path):
    filled()
    (tmp_path / "x.tsv").write_text("a\tb\n1\t2\n")
    with pytest.raises(CommandError, match="id and query"):
        run("search", "--batch", str(tmp_path / "x.tsv"))
    with pytest.raises(CommandError, match="cannot be read"):
        run("search", "--batch", str(tmp_path / "missing.tsv"))


def test_check_index_prints_differences_and_repairs_them(filled):
    house = filled(*(document(str(n), "failover") for n in range(5)))
    assert "0 differences" in run("check_index")
    house.fill(document("1", "failover", version=2), document("9", "failover"))
    house.fill(document("l9", "learning", kind="learning", group="9"))
    del house.STORE["postmortem", "2"]
    with pytest.raises(CommandError) as refused:
        run("check_index")
    assert refused.value.returncode == 1
    out = run("check_index", "--repair")
    assert "outdated\tpostmortem\t1" in out and "surplus\tpostmortem\t2" in out and "missing\tlearning\tl9" in out
    assert out.endswith("0 differences between index and database.\n")


def test_check_index_rebuilds_a_missing_index_only_when_asked(house):
    house.fill(document("1", "failover"))
    with pytest.raises(CommandError):
        run("check_index")
    assert "0 differences" in run("check_index", "--repair")


def test_rebuild_index_tells_what_it_did(house):
    house.fill(*(document(str(n), "failover") for n in range(5)))
    assert "5 documents indexed, verified and in use." in run("rebuild_index")
