"""Recognition against labels of real reports."""

import pytest

from tests.postmortems.importing import SHARED, needs_shared_data
from tests.postmortems.reports.measure import PARTS, labels, measure

FLOORS = {"rows": (0.95, 0.90), "items": (0.9, 0.85), "sections": (0.95, 0.95), "milestones": (0.9, 0.9)}


@needs_shared_data
@pytest.mark.parametrize("part", PARTS)
def test_precision_and_recall_hold(part):
    scores, faults = measure(part, SHARED / "B-teams")
    low = {
        kind: (scores[kind].precision, scores[kind].recall)
        for kind, (precision, recall) in FLOORS.items()
        if scores[kind].precision < precision or scores[kind].recall < recall
    }
    assert not low, "\n".join([str(low), *faults])


def test_the_two_parts_share_no_document_and_are_large_enough():
    build, held = set(labels("build")), set(labels("held_out"))
    assert not build & held and len(build | held) >= 45 and len(held) >= 15


@needs_shared_data
def test_the_parts_are_chosen_by_the_rule():
    import hashlib

    def order(name):
        return hashlib.sha256(name.encode()).hexdigest()

    teams = {}
    for path in (SHARED / "B-teams").glob("*/*.md"):
        teams.setdefault(path.parent.name, []).append(f"{path.parent.name}/{path.name}")
    held, single = set(), []
    for names in teams.values():
        if len(names) > 1:
            held.update(sorted(names, key=order)[: max(1, round(len(names) * 0.15))])
        else:
            single += names
    assert held | set(sorted(single, key=order)[:2]) == set(labels("held_out"))
