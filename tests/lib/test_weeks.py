"""Weeks on the wall: the hour stays when the clocks change, and no week is lost or told twice."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.lib.weeks import Schedule, held, local_day, week_of


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "moment", "latest", "after"),
    [
        # an ordinary week in winter
        (Schedule(0, 8, "Europe/Berlin"), "2025-11-19 12:00", "2025-11-17 07:00", "2025-11-24 07:00"),
        # exactly at the moment: it is the latest, and the next one is a week away
        (Schedule(0, 8, "UTC"), "2025-11-17 08:00", "2025-11-17 08:00", "2025-11-24 08:00"),
        # the clocks go forward on Sunday 2026-03-29 in Berlin: 167 hours
        (Schedule(0, 8, "Europe/Berlin"), "2026-03-26 12:00", "2026-03-23 07:00", "2026-03-30 06:00"),
        # and back on Sunday 2026-10-25: 169 hours
        (Schedule(0, 8, "Europe/Berlin"), "2026-10-22 12:00", "2026-10-19 06:00", "2026-10-26 07:00"),
        # Sunday 2:00 does not exist on that day: held when the clocks jump to 3:00
        (Schedule(6, 2, "Europe/Berlin"), "2026-03-29 01:30", "2026-03-29 01:00", "2026-04-05 00:00"),
        # Sunday 2:00 comes twice: held the first time
        (Schedule(6, 2, "Europe/Berlin"), "2026-10-25 00:30", "2026-10-25 00:00", "2026-11-01 01:00"),
        # Lord Howe Island jumps by half an hour, from 2:00 to 2:30
        (Schedule(6, 2, "Australia/Lord_Howe"), "2026-10-03 16:00", "2026-10-03 15:30", "2026-10-10 15:00"),
        # midnight that does not exist: Santiago goes from 0:00 to 1:00
        (Schedule(6, 0, "America/Santiago"), "2026-09-06 05:00", "2026-09-06 04:00", "2026-09-13 03:00"),
        # Samoa left out Friday 2011-12-30 altogether: Friday's mail came on Saturday
        (Schedule(4, 8, "Pacific/Apia"), "2011-12-31 00:00", "2011-12-30 18:00", "2012-01-05 18:00"),
        # west of the date line the week begins later than in UTC
        (Schedule(0, 8, "Pacific/Honolulu"), "2025-11-17 12:00", "2025-11-10 18:00", "2025-11-17 18:00"),
        (Schedule(0, 0, "Asia/Kolkata"), "2025-11-16 18:30", "2025-11-16 18:30", "2025-11-23 18:30"),
    ],
)
def test_a_week_is_counted_on_the_wall(schedule, moment, latest, after):
    assert schedule.latest(utc(moment)) == utc(latest)
    assert schedule.after(utc(moment)) == utc(after)


def test_the_moment_itself_is_not_before_itself():
    assert Schedule(0, 8, "UTC").before(utc("2025-11-17 08:00")) == utc("2025-11-10 08:00")


ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Africa/Casablanca",
]
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@given(st.builds(Schedule, st.integers(0, 6), st.integers(0, 23), st.sampled_from(ZONES)), MOMENTS)
def test_weeks_follow_each_other_without_gap_or_overlap(schedule, moment):
    latest, after = schedule.latest(moment), schedule.after(moment)
    assert latest <= moment < after
    assert schedule.after(latest) == after and schedule.before(after) == latest
    assert timedelta(hours=166) <= after - latest <= timedelta(hours=170)


@given(st.builds(Schedule, st.integers(0, 6), st.integers(3, 22), st.just("Europe/Berlin")), MOMENTS)
def test_the_hour_on_the_wall_stays(schedule, moment):
    local = schedule.after(moment).astimezone(ZoneInfo("Europe/Berlin"))
    assert (local.weekday(), local.hour, local.minute) == (schedule.weekday, schedule.hour, 0)


@pytest.mark.parametrize(
    ("since", "until", "zone", "name"),
    [
        ("2025-11-17 08:00", "2025-11-24 08:00", "UTC", "week 47"),
        ("2025-11-14 16:00", "2025-11-21 16:00", "UTC", "week 47"),
        ("2025-12-29 08:00", "2026-01-05 08:00", "UTC", "week 1"),
        ("2026-12-28 08:00", "2027-01-04 08:00", "UTC", "week 53"),
        ("2025-11-03 08:00", "2025-11-24 08:00", "UTC", "weeks 45–47"),
        ("2025-12-22 08:00", "2026-01-12 08:00", "UTC", "weeks 52–2"),
        ("2025-11-17 08:00", "2025-11-18 09:00", "UTC", "week 47"),
        ("2026-03-23 07:00", "2026-03-30 06:00", "Europe/Berlin", "week 13"),
    ],
)
def test_a_period_has_the_name_of_the_week_it_tells_of(since, until, zone, name):
    assert week_of(utc(since), utc(until), zone) == name


def test_the_day_is_the_reader_s_day():
    assert local_day(utc("2025-11-17 23:30"), "Asia/Kolkata").isoformat() == "2025-11-18"
    assert held(local_day(utc("2025-11-17 23:30"), "UTC"), 8, "UTC") == utc("2025-11-17 08:00")
