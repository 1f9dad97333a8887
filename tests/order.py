"""Which test runs when, and on which worker, when several share the suite (pytest-xdist with `--dist loadgroup`).

What takes longest begins first, so that no worker is left alone with it at the end. Tests of one group come one after
another on one worker: those that share what takes long to build say so with `pytest.mark.xdist_group`.
"""

import os

import pytest

WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))  # 0 as well if there is only one
# Files whose tests take longest with their full counts, then those that do with the usual ones.
LONG = (
    "trust/test_durability.py",
    "trust/test_xss.py",
    "trust/test_noninterference.py",
    "browser/test_accessible.py",
    "trust/test_index_is_a_cache.py",
    "digests/test_kills.py",
    "test_up.py",
    "test_doors.py",
    "lib/test_markdown_bombs.py",
    "trust/test_writers.py",
    "test_services.py",
    "api/test_access.py",
    "browser/test_journey.py",
    "api/test_bad_input.py",
    "search/test_damage.py",
    "search/test_engine_contract.py",
)
# Their tests ask for something of which the machine has one only.
ONE_AT_A_TIME = ("rabbitmq_url",)


def pytest_collection_modifyitems(config, items):
    tests = config.rootpath / "tests"
    rank = {tests / name: place for place, name in enumerate(LONG)}
    gone = [str(path) for path in rank if not path.exists()]
    assert not gone, f"tests/order.py names files that are not there: {gone}"
    items.sort(key=lambda item: rank.get(item.path, len(LONG)))
    for item in items:
        for name in ONE_AT_A_TIME:
            if name in item.fixturenames:
                item.add_marker(pytest.mark.xdist_group(name))
