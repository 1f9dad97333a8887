"""Only words that begin like one of the query's are looked at closely; all that match must be among them."""

import random

import pytest

from search.analysis import RUN, composed, expand
from search.passages import Marker
from search.query import parse
from search.sheet import Sheet
from tests.search.documents import document

TEXTS = [
    "Timeouts timed out; time-out, TIMEOUT and SocketTimeoutException at java.net.SocketTimeoutException: read",
    "The timetable lists prime times, lifetimes, sometimes_timeout and runtime errors.",
    "tls TLSv1.2 subtle Titles: TLS-handshake, mTLS and tls_config",
    "o'reilly's O’Reilly didn't don’t rock'n'roll",
    "db-7.example.net /var/log/db-7/error.log INC-123 inc-1234 v1.2.3 v1.2",
    "Straße STRASSE ﬁle file ﬀ off ①Ⅸ ix x² ½ K kelvin Ǆ ΟΔΟΣ ὁδός οδος",
    "Café cafe\u0301 CAFÉ naïve Zürich İstanbul istanbul",
    "接続プールが枯渇した。データベース接続 redis接続 서버 연결",
    "skies sky ski dies dying die queues queued queueing",
    "a\u00a0timeout\u2003here\tand\vthere timeout\u200btimeout",
    "x" * 400 + " timeout " + "timeout/" * 60,
]
QUERIES = [
    "timeout", "timeouts SocketTimeoutException", "time*", "tls", "tl*x", "o'reilly don't rock", "db-7.example.net",
    "/var/log/db-7/error.log", "INC-123", "v1.2", "straße file off", "ix x2", "cafe café", "istanbul zürich",
    "接続", "서버 redis", "sky die queue", '"read error"', "οδός", "kelvin k", "a the of",
]  # fmt: skip


def all_places(marker, text):
    """What looking at every single word gives."""
    for run in RUN.finditer(text):
        for token in (token for tokens in expand(run.group()) for token in tokens):
            if token in marker.tokens or (marker.starts and token.startswith(marker.starts)):
                yield run.start(), run.end(), token
                break


@pytest.mark.parametrize("query", QUERIES)
def test_no_match_is_overlooked(query):
    marker = Marker(parse(query))
    for text in map(composed, TEXTS):
        assert marker.places(text) == list(all_places(marker, text)), text


def test_no_match_is_overlooked_in_words_put_together_at_random():
    dice = random.Random(11)
    pieces = "time Time TIME out s ed ' ’ - _ . / :: 1 x Ü ß ﬁ の 接 re b'".split() + [" ", " ", "\n"]
    for _ in range(1500):
        text = composed("".join(dice.choices(pieces, k=30)))
        query = "".join(dice.choices(pieces, k=3)) + dice.choice(["", "", "*"])
        marker = Marker(parse(query))
        assert marker.places(text) == list(all_places(marker, text)), (query, text)


def test_each_part_is_quoted_by_its_best_line_and_the_best_part_stands_first():
    sheet = Sheet.of(
        document(
            "1",
            parts={"timeline": "redis was slow", "factors": "redis and the pool\nof redis", "learnings": "a pool"},
        )
    )
    found = Marker(parse("redis pool")).passages(sheet)
    assert [(p.part, p.url) for p in found] == [
        ("factors", "/1/#factors-1"), ("timeline", "/1/#timeline-1"), ("learnings", "/1/#learnings-1"),
    ]  # fmt: skip
    assert found[0].html == "<mark>redis</mark> and the <mark>pool</mark> of <mark>redis</mark>"
    assert [p.part for p in Marker(parse("in:learnings pool")).passages(sheet)] == ["learnings"]


def test_a_sheet_that_was_written_down_is_the_same_sheet():
    sheet = Sheet.of(document("1", "A “title”", parts={"takeaway": "One\nline", "timeline": "# Two\n\n*lines*"}))
    assert sheet.text == "Two lines" and sheet.takeaway == "One\nline"
    assert Sheet.loads(sheet.dumps(), sheet.text) == sheet
