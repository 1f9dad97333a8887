"""An incident drawn to scale: in order, in proportion, and honest about what is cut short."""

import datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postmortems.models import Milestone, TimelineEntry
from postmortems.strip import BREAK, EDGE, WIDTH, cut_of, strip_of
from tests.postmortems.builders import draft
from tests.postmortems.full import full

TEN = datetime.datetime(2026, 3, 1, 10, tzinfo=datetime.UTC)


def entry(minute, **fields):
    row = {"at": TEN + datetime.timedelta(minutes=minute), "until": None, "precision": "minute", "approximate": False}
    return SimpleNamespace(**{**row, "is_key_moment": False, "text": "x", **fields})


def mark(type_, minute):
    return entry(minute, type=type_, get_type_display=lambda: Milestone.Type(type_).label)


def xs(shapes):
    return [shape.x for shape in shapes]


def test_moments_lie_in_proportion_to_their_times():
    strip = strip_of([entry(0), entry(5), entry(20)], [], datetime.UTC)
    first, second, third = xs(strip.dots)
    assert (first, third) == (EDGE, WIDTH - EDGE)
    assert (second - first) / (third - first) == pytest.approx(0.25, abs=0.01)


def test_less_than_two_moments_are_no_strip():
    assert strip_of([], [], datetime.UTC) is None
    assert strip_of([entry(0), entry(0)], [], datetime.UTC) is None
    assert strip_of([entry(0, precision="day"), entry(5, precision="day")], [], datetime.UTC) is None


def test_a_long_empty_stretch_is_cut_and_says_its_length():
    strip = strip_of([entry(0), entry(20), entry(20 + 19 * 1440), entry(40 + 19 * 1440)], [], datetime.UTC)
    assert [cut.text for cut in strip.breaks] == ["19 days"]
    a, b, c, d = xs(strip.dots)
    assert c - b == pytest.approx(BREAK, abs=0.2) and b - a == pytest.approx(d - c, abs=0.2)
    assert len(strip.lines) == 2, "the line is broken there"


def test_within_the_impact_nothing_is_cut_that_is_shorter_than_the_rest():
    marks = [mark("started", 0), mark("recovered", 300)]
    entries = [entry(n) for n in (0, 5, 10, 15, 150, 160, 300, 500, 505)]
    strip = strip_of(entries, marks, datetime.UTC)
    assert [cut.text for cut in strip.breaks] == ["3 h 20 min"], "after the impact, not in it"


@pytest.mark.parametrize(
    ("lengths", "cut"), [([60, 60, 60], set()), ([600, 600, 90_000], {2}), ([90_000], set()), ([10, 1000], set())]
)
def test_what_is_cut(lengths, cut):
    assert cut_of(lengths) == cut


def test_phases_lie_between_their_milestones():
    marks = [mark("started", 0), mark("detected", 10), mark("mitigated", 40)]
    strip = strip_of([entry(0), entry(50)], marks, datetime.UTC)
    assert [(phase.kind, phase.x) for phase in strip.phases] == list(
        zip(["started", "detected"], xs(strip.marks)[:2], strict=True)
    )
    assert strip.phases[0].x + strip.phases[0].width == pytest.approx(strip.phases[1].x, abs=0.2)


def test_names_of_milestones_do_not_cover_each_other():
    marks = [mark(type_, minute) for minute, type_ in enumerate(Milestone.Type.values)]
    strip = strip_of([entry(0), entry(300)], marks, datetime.UTC)
    boxes = []
    for shape in strip.marks:
        width = 6 * len(shape.text)
        left = shape.x - width if shape.end else shape.x
        boxes.append((shape.y, left, left + width))
    for i, (y, left, right) in enumerate(boxes):
        assert not [b for b in boxes[i + 1 :] if b[0] == y and b[1] < right and b[2] > left]


def test_what_is_known_only_to_the_day_is_counted_and_said():
    strip = strip_of([entry(0), entry(5), entry(0, precision="day"), entry(0, at=None)], [], datetime.UTC)
    assert len(strip.dots) == 2 and strip.left_out == 2


def test_the_table_says_how_long_from_the_start_of_impact():
    strip = strip_of([entry(-3), entry(12)], [mark("started", 0)], datetime.UTC)
    assert [(time, since, name) for time, since, name, _ in strip.rows] == [
        ("1 Mar 2026 09:57 UTC", "−3 min", ""),
        ("1 Mar 2026 10:00 UTC", "0", "Impact began"),
        ("1 Mar 2026 10:12 UTC", "+12 min", ""),
    ]


def test_many_rows_leave_key_moments_in_the_table():
    strip = strip_of([entry(n, is_key_moment=n % 100 == 0) for n in range(500)], [], datetime.UTC)
    assert len(strip.dots) == 500 and len(strip.rows) == 5


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=40))
def test_everything_lies_on_the_picture_and_in_order(minutes):
    strip = strip_of([entry(n) for n in sorted(minutes)], [mark("detected", minutes[0])], datetime.UTC)
    if strip is None:
        assert len(set(minutes)) < 2
        return
    places = xs(strip.dots)
    assert places == sorted(places) and EDGE <= places[0] and places[-1] <= WIDTH - EDGE + 0.2
    assert all(EDGE <= tick.x <= WIDTH for tick in strip.ticks)
    assert all(b - a >= 52 for a, b in zip(xs(strip.ticks), xs(strip.ticks)[1:], strict=False))


@pytest.mark.django_db
def test_it_is_kept_with_the_article_and_told_in_the_chosen_clock(cast, sign_in):
    found = full(cast.author, cast.facilitator)
    client = sign_in(cast.author)
    page = client.get(found.get_absolute_url()).content.decode()
    assert 'role="img" aria-labelledby="strip-title"' in page and "The same as a table" in page and "CET" in page
    assert "2 Mar 2026 10:00 UTC" in client.get(found.get_absolute_url() + "?time=utc").content.decode()


@pytest.mark.django_db
def test_one_moment_alone_draws_none(cast, sign_in):
    found = draft(cast.author)
    TimelineEntry.add(found, cast.author, text="alone", at=TEN)
    assert 'class="strip"' not in sign_in(cast.author).get(found.get_absolute_url()).content.decode()
