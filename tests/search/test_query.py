from datetime import UTC, datetime

import pytest

from search.atoms import Facet, Phrase, Prefix
from search.query import MOST_WORDS, parse
from tests.search.documents import document


def matches(text, **fields):
    return parse(text).matches(document("1", **fields))


def test_a_word_is_found_in_any_form():
    assert matches("timeouts", body="The request timed out: timeout after 30 s")
    assert matches("FAILOVER", title="Failovers that failed")
    assert not matches("failover", title="Fail over")


def test_one_of_a_few_words_is_enough():
    assert matches("redis memcached", body="redis only")
    assert not matches("redis memcached", body="postgres only")


def test_a_phrase_stands_side_by_side_and_in_one_section():
    assert matches('"connection pool"', body="the connection pools were empty")
    assert not matches('"connection pool"', body="a connection without a pool")
    assert not matches('"connection pool"', parts={"impact": "lost connection", "factors": "pool too small"})


@pytest.mark.parametrize("text", ["-flaky", '-"dry run"', "-tag:drill", "NOT flaky"])
def test_minus_excludes_words_phrases_and_fields(text):
    excluded = {"body": "a flaky dry run", "facets": {"tag": ("drill",)}}
    assert not matches(f"outage {text}", title="Outage", **excluded)
    assert matches(f"outage {text}", title="Outage")


def test_or_asks_for_either_and_requires_one():
    assert matches("outage redis OR memcached", body="memcached outage")
    assert not matches("outage redis OR memcached", body="an outage of postgres")
    assert matches('redis OR "connection pool" OR service:payments', facets={"service": ("payments",)})


def test_a_star_needs_three_letters():
    assert matches("kube*", body="kubernetes")
    assert matches("configurati*", body="configuration")
    assert not matches("kube*", body="docker")
    query = parse("ku*")
    assert not any(isinstance(atom, Prefix) for group in query.required for atom in group)
    assert query.notes


def test_the_same_field_twice_means_either_and_another_field_means_also():
    facets = {"service": ("payments",), "severity": ("sev1",)}
    assert matches("service:payments service:search severity:sev1", facets=facets)
    assert not matches("service:payments severity:sev2", facets=facets)
    assert matches('service:"Card Gateway"', facets={"service": ("card-gateway",)})


@pytest.mark.parametrize(
    "text, found",
    [
        ("before:2026", True),
        ("before:2025", False),
        ("before:2025-06-15", False),
        ("before:2025-06-16", True),
        ("after:2025", True),
        ("after:2025-06-15", True),
        ("after:2025-06-16", False),
        ("after:2025-06 before:2025-07", True),
    ],
)
def test_dates_are_years_months_or_days(text, found):
    assert matches(text, when=datetime(2025, 6, 15, 12, tzinfo=UTC)) is found


def test_in_looks_into_one_part_only():
    parts = {"timeline": "redis restarted", "factors": "the GitHub token expired"}
    assert matches("in:timeline redis", parts=parts)
    assert not matches("in:factors redis", parts=parts)
    assert matches("in:factor github", parts=parts)
    assert matches("in:factors git*", parts=parts)
    assert not matches('in:timeline "token expired"', parts=parts)


@pytest.mark.parametrize(
    "name, text",
    [
        ("INC-123", "see INC-123 for more"),
        ("inc-123", "INC 123"),
        ("v1.2.3", "deployed v1.2.3."),
        ("db-7.example.net", "host db-7.example.net was down"),
        ("/var/log/nginx/error.log", "tail -f /var/log/nginx/error.log"),
        ("error.log", "tail -f /var/log/nginx/error.log"),
        ("SocketTimeoutException", "java.net.SocketTimeoutException: Read timed out"),
        ("java.net.SocketTimeoutException", "we saw many SocketTimeoutExceptions".removesuffix("s")),
        ("github", "GitHub was down"),
        ("障害", "大規模障害発生"),
        ("ＡＢＣ", "abc"),
        ("cafe\u0301", "café"),
    ],
)
def test_names_are_found_whole_and_in_their_spellings(name, text):
    assert matches(name, body=text)


def test_a_number_alone_does_not_find_every_name_with_it():
    assert not matches("INC-123", body="INC-124 and 123 others")
    assert not matches("12", title="Nothing", reference="PM-12")


def test_a_reference_finds_its_document_its_parts_and_who_mentions_it():
    assert matches("PM-12", reference="PM-12")
    assert matches("pm-12", reference="L-3", identifiers=("PM-12",), kind="learning")
    assert matches("PM-12", body="the same as PM-12 again")
    assert not matches("PM-12", reference="PM-120", body="and PM-121")


def test_stop_words_count_only_where_there_is_nothing_else():
    assert not matches("the redis", body="the database")
    assert matches("the who", body="the database")


@pytest.mark.parametrize("text", ["", "   ", "???", "-", '"', '""', "service:"])
def test_nothing_asked_finds_everything(text):
    assert matches(text, body="anything")


def test_an_unknown_field_is_words_with_a_note():
    query = parse("foo:bar")
    assert query.notes == ("“foo:” is not a field; it was searched as a word.",)
    assert query.matches(document("1", body="bar"))


def test_addresses_and_namespaces_are_no_fields():
    assert parse("https://status.example.net/7 std::vector").notes == ()


@pytest.mark.parametrize("text", ['"open phrase', "before:soon", "in:kitchen", "service:", "ab*"])
def test_broken_syntax_keeps_its_words_and_says_so(text):
    query = parse(text + " outage")
    assert query.notes
    assert query.matches(document("1", body="outage"))


def test_a_pasted_trace_is_plain_words_after_its_leading_filters():
    trace = "\n".join(f"  at com.example.Pool{n}.borrow(Pool.java:{n}) -locked status:500" for n in range(40))
    query = parse(f"service:payments {trace}")
    assert query.required == ((Facet("service", "payments"),),)
    assert query.excluded == ()
    assert len(query.words) > MOST_WORDS


def test_a_long_query_keeps_its_rarest_words_and_says_so():
    query = parse(" ".join(f"word{n}" for n in range(100)))
    narrowed = query.narrowed(lambda word: int(word.text[4:]))
    assert {word.text for word in narrowed.words} == {f"word{n}" for n in range(1, MOST_WORDS + 1)}
    assert "most telling" in narrowed.notes[-1]


def test_a_click_adds_a_filter_and_a_second_click_takes_it_away():
    query = parse('timeout "a phrase" -tag:x')
    more = query.toggled("service", "payments")
    assert more == 'service:payments timeout "a phrase" -tag:x'
    assert (Facet("service", "payments"),) in parse(more).required
    assert parse(more).toggled("service", "payments") == 'timeout "a phrase" -tag:x'


def test_looser_texts_ask_for_less():
    assert parse('service:payments "connection pool" exhausted').looser()[0] == "exhausted connection pool"
    assert parse("redis").looser() == []


def test_a_quoted_word_is_required():
    assert parse('"redis" failover').required == ((Phrase("redis", ("redi",)),),)
