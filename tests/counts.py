"""How often long tests repeat, and what they counted.

A few times in `make test`, as often as promised in `make soak` (SOAK=1). What a test handed to `figure` stands at the
end of the run's report, whichever worker ran it.
"""

import os
from collections import Counter

import pytest

SOAK = os.environ.get("SOAK") == "1"


def soak(quick, full):
    """`full` under SOAK=1, else `quick`."""
    return full if SOAK else quick


@pytest.fixture
def figure(record_property):
    """`figure(sentence)`: something that was counted or measured, for the end of the report."""
    return lambda sentence: record_property("figure", sentence)


def pytest_terminal_summary(terminalreporter):
    told = Counter(
        value
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        if report.when == "call"
        for name, value in report.user_properties
        if name == "figure"
    )
    if told:
        terminalreporter.section("figures")
    for sentence, times in told.items():
        terminalreporter.line(f"{times} × {sentence}" if times > 1 else sentence)
