"""Figures: computed from milestones, and absent where honesty asks for it."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from postmortems.figures import figures_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def milestone(type_, minutes, precision="minute", approximate=False):
    return SimpleNamespace(
        type=type_, at=NOON + timedelta(minutes=minutes), precision=precision, approximate=approximate
    )


def figure(key, *milestones, **options):
    return {f.key: f for f in figures_of(milestones, **options)}.get(key)


def test_each_figure_is_the_difference_it_says():
    all_ = [
        milestone(t, m)
        for t, m in [
            ("began", -1440),
            ("started", 0),
            ("detected", 7),
            ("engaged", 12),
            ("mitigated", 40),
            ("recovered", 55),
            ("resolved", 90),
        ]
    ]
    minutes = {f.key: f.value / timedelta(minutes=1) for f in figures_of(all_, NOON + timedelta(minutes=100))}
    assert minutes == {"ttd": 7, "tta": 5, "ttm": 40, "ttr": 55, "latency": 1447, "ttp": 10}


def test_resolved_stands_in_for_recovered_and_says_so():
    found = figure("ttr", milestone("started", 0), milestone("resolved", 90))
    assert found.value == timedelta(minutes=90) and "recovered” is missing" in found.note


def test_a_missing_or_coarse_milestone_gives_no_number():
    assert figure("ttd", milestone("started", 0)).missing == "no time for “detected”"
    assert figure("ttd", milestone("started", 0, "day"), milestone("detected", 5)).value is None


def test_a_negative_duration_is_said_not_shown():
    found = figure("ttd", milestone("started", 9), milestone("detected", 5))
    assert found.value is None and "stands before" in found.missing


def test_approximate_times_make_approximate_figures():
    assert figure("ttd", milestone("started", 0, approximate=True), milestone("detected", 5)).approximate
