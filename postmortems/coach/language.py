"""A language's rules, read from its folder of data once and compiled."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from .patterns import Pattern, compiled
from .words import Words

FOLDER = Path(__file__).parent
WEIGHTS = ("coach", "asks", "info")


FINDS = [  # the families of rules: the same in every language
    ("C1", "counterfactual: obligation"), ("C2", "counterfactual: possibility"), ("C3", "counterfactual: condition"),
    ("C4", "counterfactual: omission"), ("N1", "norms: a judgement on people"), ("N2", "norms: an act as an offence"),
    ("N3", "norms: adverbs that measure people"), ("M1", "mechanism: the person as the failed part"),
    ("M2", "a single cause"), ("M3", "blame by process"), ("B1", "blame: looking for who"),
    ("B2", "blame: an accusing question"), ("B3", "blame: motives"), ("A1", "animated language"), ("H1", "hindsight"),
    ("P1", "a fix for people"), ("O1", "overstatement"), ("T1", "more than the timeline needs"),
    ("L1", "personal performance"),
]  # fmt: skip


@dataclass(slots=True)
class Trigger:
    """One pattern of a rule with the conditions under which it counts."""

    pattern: Pattern
    rule: "Rule"
    subject: str = "any"
    weight: str = "coach"
    only: frozenset = frozenset()
    never: frozenset = frozenset()
    never_first: frozenset = frozenset()  # fields in which a first person is left alone
    unless: tuple = ()  # patterns; anywhere in the sentence
    unless_before: tuple = ()  # patterns; right before the words
    order: int = 0

    def open_in(self, where):
        return where not in self.never and (not self.only or where in self.only)


@dataclass(slots=True)
class Rule:
    id: str
    family: str
    plain: str
    weight: str
    question: str
    neutral: str
    source: dict
    asks_in: tuple = ()  # fields in which it only asks
    rank: int = 0
    triggers: list = field(default_factory=list)


class Language:
    """The words and rules of one language. `triggers(where)` maps a word to what may begin or go through it."""

    def __init__(self, code):
        folder = FOLDER / code
        self.words = Words(folder)
        self.names = frozenset(name.lower() for name in self.words.names)
        data = tomllib.loads((folder / "rules.toml").read_text(encoding="utf-8"))
        sources = tomllib.loads((folder / "sources.toml").read_text(encoding="utf-8"))
        self.rules = {}
        for rank, entry in enumerate(data["rule"]):
            patterns = entry.pop("pattern")
            places = {name: entry.pop(name, []) for name in ("only", "never")}
            entry["source"] = sources[entry["source"]]
            rule = self.rules[entry["id"]] = Rule(**entry, rank=rank)
            rule.triggers = [trigger for data in patterns for trigger in self.compile(rule, places, data)]
        self._by_field = {}

    def compile(self, rule, places, data):
        """The triggers of one pattern; what is said of the rule's fields holds for it, too."""
        shared = {
            "subject": data.get("subject", "any"),
            "weight": data.get("weight", rule.weight),
            "unless": tuple(compiled(line, self.words) for line in data.get("unless", ())),
            "unless_before": tuple(compiled(line + " $", self.words) for line in data.get("unless_before", ())),
        }
        shared["only"] = frozenset(data.get("only", places["only"]))
        shared["never"] = frozenset([*places["never"], *data.get("never", ())])
        shared["never_first"] = frozenset(data.get("never_first", ()))
        return [Trigger(compiled(line, self.words), rule, **shared) for line in data["match"]]

    def triggers(self, where):
        """({word: triggers that need it}, triggers without such a word) for one field."""
        found = self._by_field.get(where)
        if found is None:
            by_word, always = {}, []
            every = [trigger for rule in self.rules.values() for trigger in rule.triggers]
            for order, trigger in enumerate(every):
                trigger.order = order
            for trigger in (each for each in every if each.open_in(where)):
                for word in trigger.pattern.anchor or ():
                    by_word.setdefault(word, []).append(trigger)
                if not trigger.pattern.anchor:
                    always.append(trigger)
            found = self._by_field[where] = by_word, always
        return found


@cache
def language(code="en"):
    """The language with this code; FileNotFoundError if no folder has it. Reading it takes about 0.2 s, once."""
    return Language(code)
