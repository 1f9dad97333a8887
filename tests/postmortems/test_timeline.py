"""How a timeline is drawn, and how lengths of time are said: pure functions over rows that need no database."""

import datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from postmortems import timeline
from postmortems.durations import between, in_words

BERLIN = ZoneInfo("Europe/Berlin")


def at(text, precision="minute", approximate=False, **fields):
    """A timed row at `text` UTC ("2026-03-01T10:00"); "" for a row without a time."""
    moment = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC) if text else None
    row = {"pk": id(text) + hash(text), "at": moment, "precision": precision, "approximate": approximate, "until": None}
    return SimpleNamespace(**{**row, "anchor": f"row-{text}", **fields})


def milestone(type_, text, **fields):
    return at(text, type=type_, entry_id=None, **fields)


def drawn(entries, milestones=(), zone=datetime.UTC):
    return list(timeline.lines(entries, milestones, zone))


def test_each_new_day_gets_a_separator_in_the_zone_the_times_are_told_in():
    rows = [at("2026-03-01T22:50"), at("2026-03-01T23:10")]
    assert [line.kind for line in drawn(rows)].count("day") == 1
    days = [line for line in drawn(rows, zone=BERLIN) if line.kind == "day"]
    assert [(day.text, day.zone) for day in days] == [("Sunday 1 March 2026", "CET"), ("Monday 2 March 2026", "CET")]


def test_a_gap_is_named_from_five_minutes_on():
    lines = drawn([at("2026-03-01T10:00"), at("2026-03-01T10:04"), at("2026-03-01T10:16"), at("2026-03-01T12:16")])
    assert [(line.text, line.long) for line in lines if line.kind == "gap"] == [
        ("12 min later", False),
        ("2 h later", True),
    ]


def test_no_gap_is_named_where_a_time_is_known_only_to_the_day():
    lines = drawn([at("2026-03-01T10:00"), at("2026-03-01T18:00", precision="day")])
    assert not [line for line in lines if line.kind == "gap"]


def test_the_phase_changes_at_the_milestones_that_open_one():
    marks = [
        milestone("started", "2026-03-01T10:02"),
        milestone("declared", "2026-03-01T10:06"),
        milestone("mitigated", "2026-03-01T10:09"),
    ]
    lines = drawn(
        [at("2026-03-01T10:00"), at("2026-03-01T10:04"), at("2026-03-01T10:08"), at("2026-03-01T10:10")], marks
    )
    assert [line.phase for line in lines if line.kind == "moment"] == [
        "", "started", "started", "started", "started", "mitigated", "mitigated",
    ]  # fmt: skip


def test_a_milestone_joins_the_entry_at_its_very_time_and_else_stands_alone():
    entry = at("2026-03-01T10:04")
    marks = [milestone("detected", "2026-03-01T10:04"), milestone("closed", "2026-03-01T11:00")]
    moments = [line for line in drawn([entry], marks) if line.kind == "moment"]
    assert moments[0].entry is entry and moments[0].milestones == (marks[0],)
    assert moments[1].entry is None and moments[1].anchor == marks[1].anchor


def test_a_milestone_joins_the_entry_it_was_told_to_follow():
    entry = at("2026-03-01T10:04")
    mark = milestone("detected", "2026-03-01T10:05")
    mark.entry_id = entry.pk
    assert [line.milestones for line in drawn([entry], [mark]) if line.kind == "moment"] == [(mark,)]


def test_rows_without_a_time_keep_their_place_and_milestones_without_one_come_last():
    rows = [at("2026-03-01T10:00"), at(""), at("2026-03-01T10:02")]
    lines = [line for line in drawn(rows, [milestone("closed", "")]) if line.kind == "moment"]
    assert [line.clock for line in lines] == ["10:00", "", "10:02", ""]


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (at("2026-03-01T10:04"), "10:04"),
        (at("2026-03-01T10:04", approximate=True), "~10:04"),
        (at("2026-03-01T10:04:09", precision="second"), "10:04:09"),
        (at("2026-03-01T10:00", precision="hour"), "10 h"),
        (at("2026-03-01T10:00", precision="hour", approximate=True), "~10 h"),
        (at("2026-03-01T00:00", precision="day"), ""),
    ],
)  # fmt: skip
def test_a_clock_says_no_more_than_is_known(row, text):
    assert timeline.clock(row, row.at) == text


def test_phases_share_the_bar_by_their_length():
    marks = [
        milestone("started", "2026-03-01T10:00"),
        milestone("detected", "2026-03-01T10:10"),
        milestone("resolved", "2026-03-01T10:40"),
    ]
    spans = timeline.spans(marks)
    assert [(span.phase, span.text, span.x, span.width) for span in spans] == [
        ("started", "10 min", 0.0, 250.0), ("detected", "30 min", 250.0, 750.0),
    ]  # fmt: skip


def test_no_bar_is_drawn_without_a_start_or_with_times_that_run_backwards():
    assert timeline.spans([milestone("detected", "2026-03-01T10:00"), milestone("recovered", "2026-03-01T11:00")]) == []
    assert timeline.spans([milestone("started", "2026-03-01T10:00"), milestone("detected", "2026-03-01T09:00")]) == []
    assert timeline.spans([]) == []


@pytest.mark.parametrize(
    ("seconds", "unit", "text"),
    [
        (0, 1, "0 min"), (50, 1, "50 s"), (60, 1, "1 min"), (61, 60, "1 min"),
        (240, 60, "4 min"), (3599, 60, "1 h"), (4320, 60, "1 h 12 min"),
        (7200, 3600, "2 h"), (183_600, 60, "2 days 3 h"), (86_400, 60, "1 day"),
        (86_399, 60, "1 day"), (195 * 86_400, 60, "195 days"),
    ],
)  # fmt: skip
def test_a_length_is_said_in_two_neighbouring_units_at_most(seconds, unit, text):
    assert in_words(seconds, unit) == text


def test_no_length_is_told_between_times_that_are_too_coarse_or_backwards():
    assert between(at("2026-03-01T10:00", "hour"), at("2026-03-01T11:00", "hour")) is None
    assert between(at("2026-03-01T10:00"), at("2026-03-01T09:00")) is None
    assert between(at("2026-03-01T10:00", "unknown"), at("2026-03-01T11:00")) is None
    assert between(at("2026-03-01T10:00", "hour"), at("2026-03-01T14:00")) == (14_400, 3600)
