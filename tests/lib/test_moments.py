"""Typed times mean one instant, ask, or say why not."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.lib import instants
from kb.lib.instants import Instant
from kb.lib.moments import Context, Moment, NotUnderstood, read, split

LATE = Instant(datetime.datetime(2026, 3, 1, 22, 58, tzinfo=datetime.UTC), "Europe/Berlin")  # 23:58 on the clock
NOW = datetime.datetime(2026, 3, 5, 10, tzinfo=datetime.UTC)
AFTER = Context("Europe/Berlin", None, LATE, NOW)
ON_DAY = Context("Europe/Berlin", datetime.date(2026, 3, 1), None, NOW)


def told(text, context=ON_DAY, which=""):
    """`2026-03-01 14:03` in UTC, to the second where it is known so."""
    moment = read(text, context, which)
    return moment.start.at.strftime("%Y-%m-%d %H:%M" + (":%S" if moment.start.precision == "second" else ""))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("14:03", "2026-03-01 13:03"),
        ("14:03:22", "2026-03-01 13:03:22"),
        ("14:03:22.118", "2026-03-01 13:03:22"),
        ("2:03 pm", "2026-03-01 13:03"),
        ("2:03PM", "2026-03-01 13:03"),
        ("9:06a", "2026-03-01 08:06"),
        ("9:06 a.m.", "2026-03-01 08:06"),
        ("12:10 am", "2026-02-28 23:10"),
        ("14.03", "2026-03-01 13:03"),
        ("1403", "2026-03-01 13:03"),
        ("14h03", "2026-03-01 13:03"),
        ("noon", "2026-03-01 11:00"),
        ("24:00", "2026-03-01 23:00"),
        ("14:03 PST", "2026-03-01 22:03"),
        ("14:03 (UTC)", "2026-03-01 14:03"),
        ("14:03 pacific", "2026-03-01 22:03"),
        ("14:03+02:00", "2026-03-01 12:03"),
        ("14:03 -08:00", "2026-03-01 22:03"),
        ("14:03 UTC+5:30", "2026-03-01 08:33"),
        ("14:03 America/New_York", "2026-03-01 19:03"),
        ("2026-03-02T14:03:05Z", "2026-03-02 14:03:05"),
        ("2026-03-02T14:03-08:00", "2026-03-02 22:03"),
        ("2026-03-02 14:03:00-08:00", "2026-03-02 22:03:00"),
        ("20260302T140305Z", "2026-03-02 14:03:05"),
        ("2026/03/02 14:03", "2026-03-02 13:03"),
        ("02.03.2026 14:03", "2026-03-02 13:03"),
        ("2021-06-02 - 17:53 UTC", "2021-06-02 17:53"),
        ("2 Mar 14:03", "2026-03-02 13:03"),
        ("Mar 2, 14:03", "2026-03-02 13:03"),
        ("March 2nd, 2025 at 14:03 UTC", "2025-03-02 14:03"),
        ("14:03 2 Mar", "2026-03-02 13:03"),
        ("Dec 16th 12:43", "2025-12-16 11:43"),
        ("Jan 15, 5:33 PM", "2026-01-15 16:33"),
        ("Sun | Oct 31 | 21:33 UTC", "2025-10-31 21:33"),
        ("Monday 15:00 UTC", "2026-03-02 15:00"),
        ("10/20/2022 - 15:38 UTC", "2022-10-20 15:38"),
        ("20/10/2022 15:38 UTC", "2022-10-20 15:38"),
        ("yesterday 14:03", "2026-03-04 13:03"),
        ("now", "2026-03-05 10:00"),
        ("1772373780", "2026-03-01 14:03:00"),
        ("1772373780123", "2026-03-01 14:03:00"),
        ("1772373780.123456", "2026-03-01 14:03:00"),
    ],
)
def test_what_is_typed_means_one_instant(text, at):
    assert told(text) == at


@pytest.mark.parametrize(
    ("text", "precision", "approximate"),
    [
        ("14:03", "minute", False),
        ("~14:05", "minute", True),
        ("about 2pm", "hour", True),
        ("14:03ish", "minute", True),
        ("14:03?", "minute", True),
        ("ca. 14:03:10", "second", True),
        ("14 h", "hour", False),
        ("2026-03-02", "day", False),
        ("2 Mar", "day", False),
        ("around Mar 2", "day", True),
    ],
)
def test_a_time_is_as_exact_as_it_was_told(text, precision, approximate):
    start = read(text, ON_DAY).start
    assert (start.precision, start.approximate, start.typed) == (precision, approximate, text)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("+5m", "2026-03-01 23:03"),
        ("+1h30m", "2026-03-02 00:28"),
        ("+90s", "2026-03-01 22:59:30"),
        ("+5", "2026-03-01 23:03"),
        ("+1:30", "2026-03-02 00:28"),
        ("+2 days", "2026-03-03 22:58"),
        ("5 minutes later", "2026-03-01 23:03"),
        ("next day 08:00", "2026-03-02 07:00"),
        ("00:05", "2026-03-01 23:05"),
        ("11:30", "2026-03-02 10:30"),
        ("23:10", "2026-03-01 22:10"),
        ("14:03", "2026-03-01 13:03"),
        ("14:03 UTC", "2026-03-01 14:03"),
    ],
)
def test_the_row_before_gives_day_and_zone_and_is_counted_from(text, at):
    assert told(text, AFTER) == at


def test_counting_on_is_no_more_exact_than_what_is_counted_from():
    hourly = Context("UTC", None, Instant(NOW, "UTC", "hour", True))
    assert read("+5m", hourly).start == Instant(NOW + datetime.timedelta(minutes=5), "UTC", "hour", True, "+5m")


@pytest.mark.parametrize(
    ("text", "start", "until"),
    [
        ("13:30-13:45", "12:30", "12:45"),
        ("13:30–13:45 UTC", "13:30", "13:45"),
        ("~13:30 - 13:45", "12:30", "12:45"),
        ("13:30 UTC to 13:45 UTC", "13:30", "13:45"),
        ("1-2pm", "12:00", "13:00"),
        ("11:30-1pm", "10:30", "12:00"),
        ("2:30-3:15 p.m. PST", "22:30", "23:15"),
        ("09:00-10:00", "08:00", "09:00"),
        ("23:50-00:10", "22:50", "23:10"),
        ("14:03 for 10 min", "13:03", "13:13"),
        ("14:03 until 14:20", "13:03", "13:20"),
    ],
)
def test_a_span_has_two_ends(text, start, until):
    moment = read(text, ON_DAY)
    assert (f"{moment.start.at:%H:%M}", f"{moment.until.at:%H:%M}") == (start, until)
    assert moment.until.at > moment.start.at


def test_days_span_too():
    moment = read("2 Mar - 4 Mar", Context("UTC", None, None, NOW))
    assert (moment.start.precision, moment.until.at - moment.start.at) == ("day", datetime.timedelta(days=2))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "not understood"),
        ("soonish", "not understood"),
        ("14", "not understood"),
        ("14:03 Mars/Base", "not understood"),
        ("14:03 and more", "not understood"),
        ("+1h 30", "not understood"),
        ("25:00", "does not exist"),
        ("13:00 am", "does not exist"),
        ("14:61", "does not exist"),
        ("2026-02-30", "does not exist on a calendar"),
        ("20202-01-01", "does not exist on a calendar"),
        ("9999-12-31 24:00", "out of range"),
        ("1492-10-12", "cannot be meant"),
        ("10/11/2022", "can be two days"),
        ("9" * 200, "longer than"),
        ("2026-03-02 15:00 - 2026-03-02 14:00", "ends before"),
    ],
)
def test_what_cannot_be_says_why(text, word):
    with pytest.raises(NotUnderstood, match=word):
        read(text, ON_DAY)


@pytest.mark.parametrize(
    ("text", "word"), [("14:03", "which day"), ("+5m", "no row"), ("2 Mar", "which year"), ("now", "nothing here")]
)
def test_what_needs_a_context_asks_for_it(text, word):
    with pytest.raises(NotUnderstood, match=word):
        read(text, Context())


@pytest.mark.parametrize("text", ["?", "unknown", "TBD"])
def test_a_time_may_be_unknown(text):
    assert read(text, ON_DAY) == Moment(Instant(None, "Europe/Berlin", "unknown", False, text))


def test_a_time_that_came_twice_is_asked_and_letters_answer():
    autumn = Context("Europe/Berlin", datetime.date(2026, 10, 25))
    with pytest.raises(instants.AmbiguousTime):
        read("02:30", autumn)
    assert told("02:30", autumn, "first") == told("02:30 CEST", autumn) == "2026-10-25 00:30"
    assert told("02:30", autumn, "second") == told("02:30 CET", autumn) == "2026-10-25 01:30"
    moment = read("02:30-02:45", autumn, "second")
    assert moment.until.at - moment.start.at == datetime.timedelta(minutes=15)


def test_a_time_that_never_came_is_explained():
    with pytest.raises(instants.NonexistentTime, match="never came"):
        read("02:30", Context("Europe/Berlin", datetime.date(2026, 3, 29)))


def test_letters_with_several_meanings_are_told():
    moment = read("14:03 CST", Context("Asia/Singapore", datetime.date(2026, 3, 1)))
    assert moment.start.zone == "Asia/Shanghai" and "CST was read as that of Asia/Shanghai" in moment.remark
    assert not read("14:03 PST", ON_DAY).remark


@pytest.mark.parametrize(
    ("line", "typed", "rest"),
    [
        ("14:03 PST alert fired", "14:03 PST", "alert fired"),
        ("- **16:58 UTC** - text", "16:58 UTC", "text"),
        ("* 2021-06-02 - 17:53 UTC: text", "2021-06-02 - 17:53 UTC", "text"),
        ("[14:03] <nick> hello", "14:03", "<nick> hello"),
        ("13:30-13:45 traffic down", "13:30-13:45", "traffic down"),
        ("14:03 - 15 servers gone", "14:03", "15 servers gone"),
        ("14:03: text", "14:03", "text"),
        ("14:03—text", "14:03", "text"),
        ("14:05 to be sure", "14:05", "to be sure"),
        ("14:03 2 servers down", "14:03", "2 servers down"),
        ("14:03 a server", "14:03", "a server"),
        ("14:03 we met the team", "14:03", "we met the team"),
        ("2pm 3 may fail", "2pm", "3 may fail"),
        ("~14:05 restarted", "~14:05", "restarted"),
        ("+5m page", "+5m", "page"),
        ("15.26 text", "15.26", "text"),
        ("1403 UTC go", "1403 UTC", "go"),
        ("2026-03-02T14:03:05.123Z INFO x", "2026-03-02T14:03:05.123Z", "INFO x"),
        ("? somebody restarted it", "?", "somebody restarted it"),
        ("14:03", "14:03", ""),
    ],
)
def test_a_line_begins_with_its_time(line, typed, rest):
    moment, text = split(line, AFTER)
    assert (moment.start.typed, text) == (typed, rest)


@pytest.mark.parametrize(
    "line",
    [
        "alert fired", "1500 requests failed", "3.14 was rolled back", "10/20 failed", "now we know", "+5 more hosts",
        "Monday was bad", "1.1.1.1 was down", "about 20 hosts", "10:00x", "8 hosts", "may be", "unknown host", "",
    ],
)  # fmt: skip
def test_a_line_without_a_time_is_all_text(line):
    assert split(line, AFTER) == (None, line)


ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "+13:00"])
WALLS = st.datetimes(datetime.datetime(1990, 1, 1), datetime.datetime(2037, 1, 1)).map(
    lambda d: d.replace(microsecond=0)
)
SHAPES = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d %b %Y %H:%M:%S", "%B %d, %Y %I:%M:%S %p", "%H:%M:%S %d %b %Y"]


@given(WALLS, ZONES, st.sampled_from(SHAPES))
def test_a_written_time_is_read_back(naive, zone, shape):
    try:
        expected = instants.to_utc(naive, zone).at
    except instants.ClockChange:
        return
    assert read(naive.strftime(shape), Context(zone)).start.at == expected
    assert read(naive.strftime(shape) + " " + zone, Context("Asia/Tokyo")).start.at == expected


@given(WALLS, ZONES, st.times().map(lambda t: t.replace(microsecond=0)))
def test_the_next_row_is_near_the_one_before(naive, zone, clock):
    before = Instant(naive.replace(tzinfo=datetime.UTC), zone)
    try:
        moment = read(f"{clock:%H:%M:%S}", Context("UTC", None, before))
    except instants.ClockChange:
        return
    hours = (moment.start.at - before.at).total_seconds() / 3600
    assert -13.1 < hours < 24.1 and moment.start.zone == zone


@given(WALLS, st.integers(0, 99), st.integers(0, 59))
def test_counting_on_adds(naive, hours, minutes):
    before = Instant(naive.replace(tzinfo=datetime.UTC), "Europe/Berlin")
    moment = read(f"+{hours}h{minutes}m", Context("UTC", None, before))
    assert moment.start.at - before.at == datetime.timedelta(hours=hours, minutes=minutes)


PIECES = st.lists(
    st.sampled_from(
        ["14:03", "2", "Mar", "-", " ", "pm", "PST", "~", "+5m", "2026-03-02", "T", "text", "25:99", "10/20"]
    ),
    max_size=7,
).map("".join)


@given(st.one_of(st.text(max_size=60), PIECES), st.sampled_from([AFTER, ON_DAY, Context()]))
def test_any_text_is_a_time_or_a_sentence_and_no_word_is_lost(line, context):
    for verb in (read, split):
        try:
            answer = verb(line, context)
        except (NotUnderstood, instants.ClockChange) as said:
            assert str(said)
            continue
        if verb is split:
            moment, rest = answer
            kept = (moment.start.typed if moment else "") + rest
            assert [c for c in line if c.isalnum()] == [c for c in kept if c.isalnum()]
