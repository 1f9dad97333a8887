"""What every engine must do; each test runs once per engine (see conftest.engine)."""

import random
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from search.engines.base import Ask, Broken
from search.query import parse
from tests.search.documents import document

EVERYONE = frozenset({"everyone"})
KINDS = ("postmortem", "learning", "countermeasure")


def put(engine, *documents):
    engine.put([d.group for d in documents], documents)


def ids(engine, text="", **options):
    options.setdefault("audiences", EVERYONE)
    return [hit.id for hit in engine.search(Ask(query=parse(text), **options)).hits]


def test_what_was_put_is_found_at_once(engine):
    put(engine, document("1", "Redis failover"))
    assert ids(engine, "failover") == ["1"]


def test_put_replaces_the_whole_group(engine):
    put(engine, document("1", "old words"), document("l1", "learning", kind="learning", group="1"))
    put(engine, document("1", "new words", version=2))
    assert ids(engine, "old") == []
    assert ids(engine, "learning", kind="learning") == []
    assert [(entry.id, entry.version) for entry in engine.entries()] == [("1", 2)]


def test_the_same_document_twice_in_a_batch_is_one(engine):
    put(engine, document("1", "first"), document("1", "second"))
    assert ids(engine, "second") == ["1"]
    assert len(list(engine.entries())) == 1


def test_a_group_without_documents_is_dropped(engine):
    put(engine, document("1", "failover"))
    engine.put(["1"], [])
    engine.put(["never there"], [])
    assert ids(engine) == []


def test_a_document_moves_between_the_halves(engine):
    put(engine, document("1", "failover"))
    put(engine, document("1", "failover", is_open=False))
    assert ids(engine, "failover") == []
    mine = {"audiences": frozenset({"everyone", "user:owner"}), "visible": lambda keys: keys}
    assert ids(engine, "failover", **mine) == ["1"]
    put(engine, document("1", "failover"))
    assert ids(engine, "failover", **mine) == ["1"]


def test_without_a_recheck_nothing_private_is_searched(engine):
    put(engine, document("1", "failover", is_open=False))
    assert ids(engine, "failover", audiences=frozenset({"user:owner"})) == []


def test_what_the_recheck_denies_is_not_counted(engine):
    put(engine, *(document(str(n), "failover", facets={"service": (f"s{n}",)}) for n in range(4)))
    found = engine.search(
        Ask(
            query=parse("failover"),
            audiences=EVERYONE,
            facets=("service",),
            kinds=KINDS,
            suspects=frozenset({"1", "2"}),
            visible=lambda keys: {key for key in keys if key != ("postmortem", "2")},
        )
    )
    assert {hit.id for hit in found.hits} == {"0", "1", "3"}
    assert found.total == found.totals["postmortem"] == 3
    assert found.facets == {"service": {"s0": 1, "s1": 1, "s3": 1}}


def test_the_recheck_is_asked_only_about_what_is_in_doubt(engine):
    put(engine, document("1", "failover"), document("2", "failover"), document("3", "failover", is_open=False))
    asked = []
    ask = Ask(
        query=parse("failover"),
        audiences=frozenset({"everyone", "user:owner"}),
        suspects=frozenset({"2"}),
        visible=lambda keys: asked.extend(keys) or keys,
    )
    assert engine.search(ask).total == 3
    assert sorted(asked) == [("postmortem", "2"), ("postmortem", "3")]


def test_totals_stand_for_every_kind_and_facets_for_the_chosen_one(engine):
    put(
        engine,
        document("1", "failover", facets={"tag": ("dns",)}),
        document("l1", "failover", kind="learning", group="1", facets={"tag": ("dns", "cache")}),
        document("l2", "failover", kind="learning", group="1", facets={"tag": ("dns",)}),
    )
    found = engine.search(
        Ask(query=parse("failover"), audiences=EVERYONE, kind="learning", kinds=KINDS, facets=("tag",))
    )
    assert found.totals == {"postmortem": 1, "learning": 2, "countermeasure": 0}
    assert found.facets == {"tag": {"dns": 2, "cache": 1}}


def test_pages_follow_each_other_without_gap_or_repetition(engine):
    put(engine, *(document(str(n), "failover " * (n % 7 + 1)) for n in range(50)))
    whole = ids(engine, "failover", limit=50)
    paged = [id for start in range(0, 50, 7) for id in ids(engine, "failover", offset=start, limit=7)]
    assert sorted(whole) == sorted(map(str, range(50)))
    assert paged == whole


def test_newest_first_is_by_date(engine):
    days = [datetime(2025, 1, day, tzinfo=UTC) for day in (3, 1, 2)]
    put(engine, *(document(str(n), "failover", when=day) for n, day in enumerate(days)))
    assert ids(engine, "failover", order="newest") == ["0", "2", "1"]
    assert ids(engine, "") == ["0", "2", "1"]


def test_title_and_takeaway_count_more_than_the_body(engine):
    put(
        engine,
        document("body", "Outage of the shop", "redis was slow"),
        document("takeaway", "Outage of the shop", parts={"takeaway": "redis was slow"}),
        document("title", "Redis was slow", "Outage of the shop"),
    )
    assert ids(engine, "redis") == ["title", "takeaway", "body"]


def test_all_words_before_some_and_side_by_side_before_apart(engine):
    filler = "and then it went on for quite a while with nothing new "
    put(
        engine,
        document("some", "", f"connection connection connection lost {filler}"),
        document("apart", "", f"connection lost {filler} pool"),
        document("together", "", f"connection pool lost {filler}"),
    )
    assert ids(engine, "connection pool") == ["together", "apart", "some"]


def test_a_reference_brings_its_own_document_first(engine):
    put(
        engine,
        document("12", "Quiet title", "nothing else"),
        document("99", "PM-12 PM-12 PM-12", "PM-12 again and PM-12"),
    )
    assert ids(engine, "PM-12") == ["12", "99"]


WORDS = "redis failover timeout connections pool pooled GitHub v1.2.3 INC-7 INC-8 db-1.example.net retry".split()
ATOMS = [
    "redis", "failover", "timeout", "connection", "pools", "github", "GitHub", "v1.2.3", "INC-7", "7", "retry",
    '"connection pool"', '"redis failover"', '"inc 7"', "-redis", '-"connection pool"', "-service:a", "poo*",
    "con*", "inc*", "service:a", "service:b", "tag:x", "after:2025-01-10", "before:2025-01-15", "OR", "NOT",
    "in:timeline", "in:title", "PM-3", "missing", "-missing", "team:t", "kind:drill", "the",
]  # fmt: skip


def random_documents(chance, count):
    def text(most):
        return " ".join(chance.choices(WORDS, k=chance.randint(0, most)))

    for n in range(count):
        yield document(
            str(n),
            text(5),
            text(12),
            parts={"timeline": text(4), "takeaway": text(3)},
            facets={"service": tuple(chance.sample("abc", chance.randint(0, 2))), "tag": ("x",) * chance.randint(0, 1)},
            when=datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=chance.randint(0, 20)),
        )


@pytest.mark.parametrize("seed", range(3))
def test_the_engine_and_matches_agree(engine, seed):
    chance = random.Random(seed)
    documents = list(random_documents(chance, 60))
    for start in range(0, 60, 15):
        put(engine, *documents[start : start + 15])
    put(engine, *(changed := [replace(d, title=d.title + " redis", version=2) for d in documents[:5]]))
    documents[:5] = changed
    for _ in range(250):
        text = " ".join(chance.choices(ATOMS, k=chance.randint(1, 5)))
        query = parse(text)
        expected = {d.id for d in documents if query.matches(d)}
        assert set(ids(engine, text, limit=100)) == expected, text


def test_a_secret_shifts_no_score_total_or_facet(engine):
    chance = random.Random(5)
    put(engine, *random_documents(chance, 40))
    questions = ["redis", "connection pool", "INC-7 github", "poo*", '"redis failover"', "zanzibar", "-redis", ""]
    asks = [Ask(query=parse(q), audiences=EVERYONE, facets=("service", "tag"), kinds=KINDS) for q in questions]
    asks += [replace(ask, visible=lambda keys: set()) for ask in asks]
    before = [engine.search(ask) for ask in asks]
    secret = document("secret", "redis zanzibar", "redis zanzibar pool " * 50, facets={"service": ("a",)})
    put(engine, replace(secret, is_open=False, audiences=frozenset({"user:owner"})))
    assert [engine.search(ask) for ask in asks] == before
    put(engine, secret)
    assert [engine.search(ask) for ask in asks] != before
    put(engine, replace(secret, is_open=False, audiences=frozenset({"user:owner"}), version=2))
    assert [engine.search(ask) for ask in asks] == before
    engine.put(["secret"], [])
    assert [engine.search(ask) for ask in asks] == before


BOMBS = {
    "10,000 terms": " ".join(f"word{n}" for n in range(10_000)),
    "10,000 known terms": " ".join(WORDS * 800),
    "one letter 100,000 times": "a" * 100_000,
    "dots": "a." * 50_000,
    "stars": "*" * 50_000 + "a*" * 20_000,
    "prefixes": " ".join(["con*", "red*", "tim*", "fai*", "inc*", "poo*"] * 9),
    "phrases": '"redis failover" ' * 50,
    "phrases of stop words": '"the of" ' * 50,
    "minus": "-redis " * 59,
    "or": "redis OR " * 29 + "x",
    "quotes": '"' * 100_001,
    "brackets": "(" * 50_000 + ")" * 50_000,
    "fields": "service:x " * 59,
    "unknown fields": "x:y " * 20_000,
    "in": "in:timeline redis con* " * 20,
    "identifiers": " ".join(f"a{n}.b{n}.c{n}/INC-{n}" for n in range(3_000)),
    "nul and surrogates": "\0\ud800redis\udfff" * 1000,
    "right to left": "\u202e" * 1000 + "redis",
    "combining": "e" + "\u0301" * 50_000,
}


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    from search.engines.whoosh import make

    engine = make(tmp_path_factory.mktemp("large") / "index")
    chance = random.Random(1)
    vocabulary = WORDS + [f"{a}{b}" for a in ("con", "red", "tim", "the", "of") for b in range(400)]
    documents = [document(str(n), "title", " ".join(chance.choices(vocabulary, k=300))) for n in range(2000)]
    engine.rebuild([documents], lambda store: None)
    return engine


@pytest.mark.xdist_group("large index")
@pytest.mark.parametrize("name", BOMBS)
def test_query_bombs_are_answered_within_a_second(large, name):
    # In this process's own time: on a machine that does other things, the clock tells of those.
    start = time.process_time()
    query = parse(BOMBS[name])
    large.search(Ask(query=query, audiences=EVERYONE, facets=("service",), kinds=KINDS))
    assert time.process_time() - start < 1
    assert query.matches(document("1", "redis")) in (True, False)


def test_readers_during_commits_never_fail_and_see_whole_commits(engine):
    put(engine, *(document(str(n), "steady") for n in range(20)))
    stop, failures, seen = threading.Event(), [], []

    def read():
        while not stop.is_set():
            try:
                found = ids(engine, "steady", limit=100)
                seen.append(len(found))
            except Exception as error:  # noqa: BLE001 - the test is about any
                failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for round_ in range(30):
        put(engine, *(document(str(n), f"steady round{round_}", version=round_) for n in range(20)))
    stop.set()
    for reader in readers:
        reader.join()
    assert not failures
    assert len(seen) > 30
    assert set(seen) == {20}


def test_an_update_is_visible_within_50_ms(engine):
    put(engine, *(document(str(n), f"title {n}", "some words " * 50) for n in range(200)))
    times = []
    for n in range(20):
        start = time.process_time()
        put(engine, document(str(n), f"fresh{n}", "some words " * 50, version=2))
        assert ids(engine, f"fresh{n}") == [str(n)]
        times.append(time.process_time() - start)
    # This process's own time; benchmarks/search.py prints what the clock says, fsync included.
    assert sorted(times)[len(times) // 2] < 0.05


def test_an_engine_without_an_index_is_broken_not_empty(engine):
    fresh = type(engine)(engine.folder.parent / "elsewhere", engine._class)
    with pytest.raises(Broken):
        fresh.search(Ask(query=parse("x"), audiences=EVERYONE))
    with pytest.raises(Broken):
        fresh.put(["1"], [document("1", "x")])
    assert not fresh.health().ok
