"""Times mean one moment, or say that they do not."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from kb.lib import instants
from kb.lib.instants import AmbiguousTime, Instant, NonexistentTime, format_instant, to_utc


def at(text):
    return datetime.datetime.fromisoformat(text)


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "+05:30", "-00:00", "-09:30"])
def test_names_and_offsets_are_zones(name):
    instants.validate_zone(name)
    assert instants.zone(name) is not None


@pytest.mark.parametrize(
    "name",
    ["", "Mars/Base", "CESTX", "+25:00", "+05:61", "5:30", "../etc/passwd", "Europe", "+０5:00", "a\x00"],
)
def test_anything_else_is_none(name):
    with pytest.raises(ValidationError):
        instants.validate_zone(name)


def test_a_wall_clock_time_becomes_utc_and_keeps_its_zone():
    instant = to_utc(at("2026-07-01T14:03"), "Europe/Berlin", typed="2:03 pm")
    assert instant == Instant(at("2026-07-01T12:03+00:00"), "Europe/Berlin", "minute", False, "2:03 pm")
    assert to_utc(at("2026-07-01T14:03"), "-03:30").at == at("2026-07-01T17:33+00:00")


def test_a_time_that_came_twice_names_both():
    with pytest.raises(AmbiguousTime) as caught:
        to_utc(at("2026-10-25T02:30"), "Europe/Berlin")
    first, second = caught.value.candidates
    assert (first.at, second.at) == (at("2026-10-25T00:30+00:00"), at("2026-10-25T01:30+00:00"))
    assert "came twice in Europe/Berlin" in str(caught.value) and "2026-10-25 00:30 UTC" in str(caught.value)


def test_a_time_that_never_came_names_its_neighbours():
    with pytest.raises(NonexistentTime) as caught:
        to_utc(at("2026-03-29T02:30"), "Europe/Berlin")
    first, second = caught.value.candidates
    assert (first.at, second.at) == (at("2026-03-29T00:30+00:00"), at("2026-03-29T01:30+00:00"))
    assert "2026-03-29 01:30 CET or 2026-03-29 03:30 CEST" in str(caught.value)


def test_zones_with_half_hours_of_change():
    with pytest.raises(NonexistentTime) as caught:
        to_utc(at("2026-10-04T02:15"), "Australia/Lord_Howe")
    first, second = caught.value.candidates
    assert second.at - first.at == datetime.timedelta(minutes=30)


@pytest.mark.parametrize("text", ["0001-01-01T00:00", "1899-12-31T23:59", "2201-01-01T00:00", "9999-12-31T23:59"])
def test_a_year_that_cannot_be_meant(text):
    with pytest.raises(ValueError, match="cannot be meant"):
        to_utc(at(text), "Pacific/Auckland")


def test_a_time_with_a_zone_is_not_given_another():
    with pytest.raises(ValueError, match="zone already"):
        to_utc(at("2026-01-01T00:00+00:00"), "UTC")


@given(
    st.datetimes(min_value=datetime.datetime(1970, 1, 1), max_value=datetime.datetime(2037, 1, 1)),
    st.sampled_from(["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Africa/Casablanca", "+13:45"]),
)
def test_there_and_back_or_said_so(naive, name):
    try:
        instant = to_utc(naive, name)
    except AmbiguousTime as fault:
        assert all(candidate.local.replace(tzinfo=None) == naive for candidate in fault.candidates)
    except NonexistentTime as fault:
        first, second = fault.candidates
        assert first.local.replace(tzinfo=None) < naive < second.local.replace(tzinfo=None)
    else:
        assert instant.local.replace(tzinfo=None) == naive


@pytest.mark.parametrize(
    ("precision", "said"),
    [
        ("second", "2026-07-01 14:03:22 CEST"),
        ("minute", "2026-07-01 14:03 CEST"),
        ("hour", "2026-07-01 14 h CEST"),
        ("day", "2026-07-01 CEST"),
        ("unknown", "time unknown"),
    ],
)
def test_told_as_precisely_as_known_and_with_its_zone(precision, said):
    assert format_instant(Instant(at("2026-07-01T12:03:22+00:00"), "Europe/Berlin", precision)) == said


def test_told_in_another_zone_about_and_without_letters():
    instant = Instant(at("2026-07-01T12:03+00:00"), "Europe/Berlin", approximate=True)
    assert format_instant(instant, "UTC") == "about 2026-07-01 12:03 UTC"
    assert format_instant(instant, "Asia/Kathmandu") == "about 2026-07-01 17:48 UTC+05:45"
    assert format_instant(instant, "+02:00") == "about 2026-07-01 14:03 UTC+02:00"
    assert format_instant(Instant(None)) == "time unknown"
