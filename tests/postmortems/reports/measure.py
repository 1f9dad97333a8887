"""Labels of real reports against what is recognized in them: precision and recall per kind of part.

A label holds only lines, instants and keys, no text of the reports. Rules: `labels/README.md`.
"""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from postmortems.importing.reports.recognize import recognize

LABELS = Path(__file__).parent / "labels"
PARTS = ("build", "held_out", "fresh")
KINDS = ("rows by line", "rows", "items", "items done", "item owners", "tickets", "sections", "milestones")


@dataclass
class Score:
    """Counts of one kind of part: found and right, found in all, labelled in all."""

    right: int = 0
    found: int = 0
    labelled: int = 0

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.labelled if self.labelled else 1.0


def labels(part: str) -> dict[str, dict]:
    """{document: {"rows": [[line, ISO]], "items": [line], …}} of one part."""
    return json.loads((LABELS / f"{part}.json").read_text())


def measure(part: str, folder: Path) -> tuple[dict[str, Score], list[str]]:
    """({kind: Score}, [what was missed or wrong]) over all labelled documents of a part."""
    scores, faults = {kind: Score() for kind in KINDS}, []
    for name, label in labels(part).items():
        path = folder / name
        text = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        told = recognize(text, path.name).as_json()
        for kind, (found, right) in compared(told, label).items():
            both = Counter(found) & Counter(right)
            scores[kind].right += both.total()
            scores[kind].found += len(found)
            scores[kind].labelled += len(right)
            faults += [f"{kind}: {name} {one} is not labelled" for one in (Counter(found) - both).elements()]
            faults += [f"{kind}: {name} {one} is missing" for one in (Counter(right) - both).elements()]
    return scores, faults


def compared(told: dict, label: dict) -> dict[str, tuple[list, list]]:
    """{kind: (what is recognized, what is labelled)}. Owners, tickets and sections are judged where they are
    labelled, the other kinds everywhere."""
    items = {item["line"]: item for item in told["action_items"]}
    kinds = {section["line"]: section["kind"] for section in told["sections"]}
    return {
        "rows by line": ([row["line"] for row in told["timeline"]], [line for line, _ in label["rows"]]),
        "rows": ([(row["line"], row["at"]) for row in told["timeline"]], [tuple(row) for row in label["rows"]]),
        "items": (list(items), label["items"]),
        "items done": ([line for line, item in items.items() if item["done"]], label["done"]),
        "item owners": (
            [(line, item["owner"]) for line, item in items.items() if item["owner"]],
            [(int(line), owner) for line, owner in label["owners"].items()],
        ),
        "tickets": (
            [(int(line), items[int(line)]["ticket"]) for line in label["tickets"] if int(line) in items],
            [(int(line), ticket) for line, ticket in label["tickets"].items()],
        ),
        "sections": (
            [(line, kinds[line]) for line, _ in label["sections"] if line in kinds],
            [tuple(section) for section in label["sections"]],
        ),
        "milestones": (
            [(mark["line"], mark["type"]) for mark in told["milestones"]],
            [tuple(mark) for mark in label["milestones"]],
        ),
    }
