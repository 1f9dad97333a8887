"""Recognition against labels of real reports."""

import hashlib

import pytest

from tests.postmortems.importing import SHARED, needs_shared_data
from tests.postmortems.reports.measure import PARTS, labels, measure

FLOORS = {"rows": (0.95, 0.90), "items": (0.9, 0.85), "sections": (0.95, 0.95), "milestones": (0.9, 0.9)}
REACHED = {  # by the first run of the fresh part, rounded down
    "rows by line": (1.0, 1.0),
    "rows": (1.0, 1.0),
    "items": (0.98, 1.0),
    "items done": (1.0, 0.57),
    "item owners": (1.0, 1.0),
    "tickets": (1.0, 1.0),
    "sections": (0.98, 0.98),
    "milestones": (1.0, 0.75),
}


@needs_shared_data
@pytest.mark.parametrize("part", PARTS)
def test_precision_and_recall_hold(part):
    scores, faults = measure(part, SHARED / "B-teams")
    low = {
        kind: (scores[kind].precision, scores[kind].recall)
        for kind, (precision, recall) in (REACHED if part == "fresh" else FLOORS).items()
        if scores[kind].precision < precision or scores[kind].recall < recall
    }
    assert not low, "\n".join([str(low), *faults])


def test_the_parts_share_no_document_and_are_large_enough():
    build, held, fresh = (set(labels(part)) for part in PARTS)
    assert len(build | held | fresh) == len(build) + len(held) + len(fresh)
    assert len(build | held) >= 45 and len(held) >= 15 and len(fresh) >= 15


@needs_shared_data
def test_the_held_out_part_is_chosen_by_the_rule():
    held, single = set(), []
    for names in teams().values():
        if len(names) > 1:
            held.update(names[: max(1, round(len(names) * 0.15))])
        else:
            single += names
    assert held | set(sorted(single, key=order)[:2]) == set(labels("held_out"))


@needs_shared_data
def test_the_fresh_part_comes_next_in_the_same_order():
    used = {*labels("build"), *labels("held_out")}
    chosen, largest = set(), sorted(teams().values(), key=len, reverse=True)
    for place, names in enumerate(largest):
        left = [name for name in names if name not in used]
        chosen.update(left[: 2 if place < 5 else 1])
    assert chosen == set(labels("fresh"))


def order(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def teams() -> dict[str, list[str]]:
    """{team: its documents in the fixed order}."""
    found = {}
    for path in (SHARED / "B-teams").glob("*/*.md"):
        found.setdefault(path.parent.name, []).append(f"{path.parent.name}/{path.name}")
    return {team: sorted(names, key=order) for team, names in found.items()}
