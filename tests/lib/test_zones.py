"""Zones as people write them become the zone they meant."""

import datetime
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.lib import instants, zones

WINTER, SUMMER = datetime.datetime(2026, 1, 15, 14, 3), datetime.datetime(2026, 7, 15, 14, 3)


@pytest.mark.parametrize(
    ("text", "naive", "zone"),
    [
        ("UTC", WINTER, "UTC"),
        ("z", WINTER, "UTC"),
        ("GMT", SUMMER, "UTC"),
        ("PST", WINTER, "America/Los_Angeles"),
        ("PST", SUMMER, "-08:00"),
        ("pdt", SUMMER, "America/Los_Angeles"),
        ("PT", SUMMER, "America/Los_Angeles"),
        ("Pacific time", SUMMER, "America/Los_Angeles"),
        ("(CEST)", SUMMER, "Europe/Berlin"),
        ("CET", SUMMER, "+01:00"),
        ("PST", None, "-08:00"),
        ("+0200", None, "+02:00"),
        ("+2", None, "+02:00"),
        ("UTC+5:30", None, "+05:30"),
        ("GMT \u22123", None, "-03:00"),
        ("UTC+0", None, "UTC"),
        ("europe/berlin", None, "Europe/Berlin"),
        ("America/New York", None, "America/New_York"),
    ],
)
def test_what_was_written_names_a_zone(text, naive, zone):
    assert zones.meaning(text, "UTC", naive) == zones.Told(zone)


@pytest.mark.parametrize("text", ["", "soon", "XYZ", "+99", "+15:00", "Mars/Base", "14:03", "../etc/passwd"])
def test_anything_else_names_none(text):
    assert zones.meaning(text) is None


@pytest.mark.parametrize(
    ("letters", "near", "naive", "zone"),
    [
        ("CST", "America/New_York", WINTER, "America/Chicago"),
        ("CST", "America/Winnipeg", WINTER, "America/Winnipeg"),
        ("CST", "Asia/Singapore", WINTER, "Asia/Shanghai"),
        ("CST", "Europe/Berlin", WINTER, "America/Chicago"),
        ("IST", "Asia/Kolkata", WINTER, "Asia/Kolkata"),
        ("IST", "Europe/Dublin", SUMMER, "Europe/Dublin"),
        ("IST", "Asia/Jerusalem", WINTER, "Asia/Jerusalem"),
        ("BST", "Asia/Dhaka", WINTER, "Asia/Dhaka"),
        ("BST", "UTC", SUMMER, "Europe/London"),
    ],
)
def test_letters_with_several_meanings_follow_the_incident_and_say_so(letters, near, naive, zone):
    told = zones.meaning(letters, near, naive)
    assert told.zone == zone and told.others


def test_in_the_hour_that_comes_twice_the_letters_decide_which():
    twice = datetime.datetime(2026, 10, 25, 2, 30)
    for letters, utc in (("CEST", 0), ("CET", 1)):
        told = zones.meaning(letters, "Europe/Berlin", twice)
        assert instants.to_utc(twice, told.zone).at.hour == utc


def test_every_place_and_offset_of_the_table_is_true_there_at_some_time_of_the_year():
    informal = {"GMT", "MEZ", "MESZ", "MET", "MEST"}
    for word, meanings in zones.LETTERS.items():
        for offset, place in meanings:
            tz = instants.zone(place)
            found = {f"{datetime.datetime(2026, m, 15, tzinfo=tz):%z}" for m in (1, 7)}
            assert not offset or offset.replace(":", "") in found or word in informal, (word, place)


@given(
    st.sampled_from(sorted(zones.LETTERS)), st.datetimes(datetime.datetime(2000, 1, 1), datetime.datetime(2035, 1, 1))
)
def test_letters_with_an_offset_always_mean_that_offset(word, naive):
    told = zones.meaning(word, "UTC", naive)
    offset = zones.LETTERS[word][0][0]
    if offset:
        at = instants.to_utc(naive, told.zone).at
        assert naive - at.replace(tzinfo=None) == zones._delta(offset)


@given(st.text(max_size=30))
def test_any_text_is_answered(text):
    told = zones.meaning(text)
    assert told is None or instants.zone(told.zone)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("14:03 PST text", ["PST"]),
        ("14:03 UTC-8 text", ["UTC-8"]),
        ("14:03+0200 text", ["+0200"]),
        ("2:54 PM PT: merged", ["PT"]),
        ("we met at 14:03 and the cat slept", []),
        ("14:03-14:30 text", []),
        ("08:00 Europe/Berlin", ["Europe/Berlin"]),
        ("PSTN lines were down, ESTABLISHED", []),
    ],
)
def test_zones_are_found_in_running_text(text, found):
    assert re.findall(r"(?<![A-Za-z])" + zones.IN_TEXT, text) == found
