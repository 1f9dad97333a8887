"""The coach's labelled sentences, and how well it does on them.

`held_out.tsv` was written before the first rule and is never looked at while rules change; `build.tsv` is what rules
are mended with. A sentence counts as found when the expected rule (or one of a choice) is among its findings; every
finding in a sentence that expects none, or of a rule that is not expected, is wrong.
"""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from postmortems.coach import find

FOLDER = Path(__file__).parent / "sentences"


@dataclass(frozen=True)
class Labelled:
    field: str
    rules: frozenset
    text: str


def sentences(name):
    with open(FOLDER / f"{name}.tsv", encoding="utf-8", newline="") as file:
        rows = csv.reader((line for line in file if line[0] != "#"), delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Labelled(field, frozenset(rule.split("/")) - {"-"}, text) for field, rule, text in rows]


class Score:
    """Counts per rule: right (of findings), wrong (of findings), missed (of sentences)."""

    def __init__(self, labelled):
        self.right, self.wrong, self.missed = Counter(), Counter(), Counter()
        self.sentences, self.flagged, self.flagged_clean = 0, 0, 0
        for each in labelled:
            self.add(each, {finding.rule.id for finding in find(each.text, each.field)})

    def add(self, labelled, found):
        self.sentences += bool(labelled.rules)
        self.flagged += bool(labelled.rules and found)
        self.flagged_clean += bool(not labelled.rules and found)
        expected = labelled.rules & found or set(list(labelled.rules)[:1])
        for rule in expected:
            (self.right if rule in found else self.missed)[rule] += 1
        for rule in found - labelled.rules:
            self.wrong[rule] += 1

    @staticmethod
    def share(part, rest):
        return part / (part + rest) if part + rest else 1.0

    def precision(self, rule=None):
        if rule:
            return self.share(self.right[rule], self.wrong[rule])
        return self.share(self.right.total(), self.wrong.total())

    def recall(self, rule=None):
        if rule:
            return self.share(self.right[rule], self.missed[rule])
        return self.share(self.right.total(), self.missed.total())

    def table(self):
        """The figures per rule and overall, as lines of text."""
        lines = [f"{'rule':<6} {'right':>5} {'wrong':>5} {'missed':>6} {'precision':>9} {'recall':>6}"]
        for rule in sorted(self.right | self.wrong | self.missed):
            counts = f"{self.right[rule]:>5} {self.wrong[rule]:>5} {self.missed[rule]:>6}"
            lines.append(f"{rule:<6} {counts} {self.precision(rule):>9.2f} {self.recall(rule):>6.2f}")
        counts = f"{self.right.total():>5} {self.wrong.total():>5} {self.missed.total():>6}"
        lines.append(f"{'all':<6} {counts} {self.precision():>9.3f} {self.recall():>6.3f}")
        precision = self.share(self.flagged, self.flagged_clean)
        recall = self.flagged / self.sentences if self.sentences else 1.0
        lines.append(f"whatever the rule: precision {precision:.3f}, recall {recall:.3f} of sentences")
        return lines
