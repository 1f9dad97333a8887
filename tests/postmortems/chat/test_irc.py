"""Logs of IRC: the line formats, dates from names, midnight, what servers say."""

import datetime

import pytest

from postmortems.importing.chat import Fault, Message, irc
from tests.postmortems.importing import needs_shared_data


def read(text, **options):
    return list(irc.read_lines(text.split("\n"), **options))


DAY = datetime.date(2026, 3, 2)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[04:14] <ada> hello <b> all ", ("04:14", "ada", "message", "hello <b> all")),
        ("[04:14]  * ada sighs", ("04:14", "ada", "message", "sighs")),
        ("[04:14] *ada \tsighs", ("04:14", "ada", "message", "sighs")),
        ("=== ada [~ada@example.org]  has joined #ops", (None, "ada", "join", None)),
        ("=== ada is now known as ada|away", (None, "ada", "join", "ada is now known as ada|away")),
        ("=== ada sighs and goes on", (None, "ada", "message", "sighs and goes on")),
        ("[04:14] -irc.example.org- *** Looking up your hostname", ("04:14", "irc.example.org", "bot", None)),
        ("[04:14] * Topic is 'ops'", ("04:14", "", "topic", "Topic is 'ops'")),
        ("[04:14:05] *** Quits: ada (bye)", ("04:14:05", "ada", "join", "Quits: ada (bye)")),
        ("04:14 -!- ada [~a@b] has quit [bye]", ("04:14", "ada", "join", None)),
        ("2026-03-02 04:14:05\tada\thello", ("04:14:05", "ada", "message", "hello")),
        ("2026-03-02 04:14:05\t-->\tada (a@b) has joined #ops", ("04:14:05", "ada", "join", None)),
        ("Mar 02 04:14:05 <ada>\thello", ("04:14:05", "ada", "message", "hello")),
        ("ops 2026-03-02 [04:14:05] <deploybot>\t 03done", ("04:14:05", "deploybot", "bot", "03done")),
        ('<span class="irc-date">[4:14]</span> <span class="irc-black">&lt;ada&gt; a &amp; <a href="http://x.org/?a">'
         "http://x.org/?a</a></span><br />", ("04:14", "ada", "message", "a & http://x.org/?a")),
        ('<span class="irc-green">* ada (~a@b) has joined #ops</span><br />', (None, "ada", "join", None)),
        ('<span class="irc-brick">* ada sighs</span><br />', (None, "ada", "message", "sighs")),
        ("[04:14] <ada> \x0304red\x03 and \x02bold\x02", ("04:14", "ada", "message", "red and bold")),
    ],
)  # fmt: skip
def test_every_kind_of_line_is_read(line, expected):
    (message,) = read(line, day=DAY)
    at = message.at and f"{message.at:%H:%M:%S}".removesuffix(":00")
    clock, author, kind, text = expected
    assert (at, message.author, message.kind) == (clock, author, kind)
    assert text is None or message.text == text
    assert message.at is None or message.at.date() == DAY


def test_a_whole_page_of_a_logging_bot_is_its_lines():
    page = (
        "<!DOCTYPE html>\n<html><head><title>log</title></head><body><pre>\n"
        '<span class="irc-date">[4:14]</span> <span class="irc-black">&lt;ada&gt; one</span><br />\n</pre></html>'
    )
    messages = [item for item in read(page, day=DAY) if isinstance(item, Message)]
    assert [(m.author, m.text) for m in messages] == [("ada", "one")]


def test_the_date_comes_from_the_name_of_the_file():
    (message,) = read("[04:14] <ada> hello", file="2005-06-27_12.raw.txt")
    assert message.at == datetime.datetime(2005, 6, 27, 4, 14)
    assert irc.day_in("ops_20260302.log") == DAY
    assert irc.day_in("build-123456789.log") is None


def test_midnight_begins_the_next_day_and_a_late_line_does_not():
    messages = read("[23:59] <a> 1\n[23:58] <b> 2\n[00:00] <a> 3\n[00:30] <b> 4\n[00:10] <a> 5", day=DAY)
    assert [m.at.day for m in messages] == [2, 2, 3, 3, 3]


def test_a_clock_of_twelve_hours_goes_on_after_noon():
    messages = read("[11:58] <a> 1\n[12:59] <b> 2\n[01:00] <a> 3\n[06:30] <b> 4\n[11:59] <a> 5\n[12:00] <a> 6", day=DAY)
    assert [f"{m.at:%d %H:%M}" for m in messages] == [
        "02 11:58",
        "02 12:59",
        "02 13:00",
        "02 18:30",
        "02 23:59",
        "03 00:00",
    ]


def test_a_line_of_its_own_may_say_which_day_it_is():
    text = "--- Log opened Mon Mar 02 23:50:00 2026\n23:59 <ada> one\n--- Day changed Tue Mar 03 2026\n00:01 <ada> two"
    assert [m.at.day for m in read(text)] == [2, 3]


def test_a_line_that_is_none_is_named_with_its_number():
    first, fault, last = read("[04:14] <ada> one\n%%% broken\n[04:15] <ada> two", day=DAY, file="ops.log")
    assert isinstance(fault, Fault)
    assert str(fault).startswith("ops.log:2: ")
    assert (first.line, last.line) == (1, 3)


@needs_shared_data
@pytest.mark.parametrize(
    ("pattern", "lines", "spoken"),
    [("irc-ubuntu/*", 5000, 4677), ("irc-mediawiki/*", 2400, 2400), ("irc-stripe/*", 1200, 1200),
     ("irc-ubuntu-meeting/*", 1200, 1191), ("irc-duraspace/*", 510, 352)],
)  # fmt: skip
def test_real_logs_are_read_whole(shared_data, pattern, lines, spoken):
    items = []
    for path in sorted((shared_data / "D-chat").glob(pattern)):
        found = path.read_text("utf-8", "replace").split("\n")
        assert irc.looks_like(found)
        items += irc.read_lines(found, file=path.name)
    messages = [item for item in items if isinstance(item, Message)]
    assert len(messages) == len(items) == lines
    said = [m for m in messages if m.kind in ("message", "bot")]
    assert len(said) == spoken, len(said)
    assert all(m.author for m in said)
    assert len({m.key for m in messages}) == len(messages)
    assert sum(m.at is None for m in messages) <= lines / 10
