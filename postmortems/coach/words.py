"""The words of a language: its lists, the forms of its verbs, and what a single word can be."""

import tomllib
from functools import cached_property
from pathlib import Path

VOWELS = "aeiou"
TAGGED = ("det", "prep", "conj", "sub", "be", "aux", "modal", "neg", "adv", "thing_pronoun", "person_pronoun")
FUNCTION = frozenset(TAGGED)


def regular_forms(verb):
    """(third person, past, gerund) of a regular English verb: check → checks, checked, checking; skip → skipped."""
    third = verb + ("es" if verb.endswith(("s", "x", "z", "ch", "sh", "o")) else "s")
    past, gerund = verb + "ed", verb + "ing"
    if verb.endswith("e"):
        past, gerund = verb + "d", verb[:-1] + "ing" if not verb.endswith(("ee", "ye")) else verb + "ing"
    elif verb.endswith("y") and verb[-2] not in VOWELS:
        third, past = verb[:-1] + "ies", verb[:-1] + "ied"
    elif doubles(verb):
        past, gerund = verb + verb[-1] + "ed", verb + verb[-1] + "ing"
    return third, past, gerund


def doubles(verb):
    """Whether the last letter is doubled: one short syllable (stop), or a stressed last one we know of (commit)."""
    closed = len(verb) > 2 and verb[-1] not in VOWELS + "wxy" and verb[-2] in VOWELS and verb[-3] not in VOWELS
    short = sum(letter in VOWELS for letter in verb) == 1
    return closed and (short or verb.endswith(("mit", "fer", "cur", "trol", "pel", "bel", "set", "forget")))


class Words:
    """What one folder of data says about a language; read once, then only asked."""

    def __init__(self, folder: Path):
        data = tomllib.loads((folder / "words.toml").read_text(encoding="utf-8"))
        self.sets = {name: frozenset(words.split()) for name, words in data["sets"].items()}
        self.irregular = {}
        for line in data["verbs"]["irregular"].replace("\n", "|").split("|"):
            if line.strip():
                base, past, participle = line.split()
                self.irregular.setdefault(base, []).append((past, participle))
        lines = (line.split() for line in data["verbs"]["present"].split("|"))
        self.present = {base: frozenset(forms) for base, *forms in lines}
        self.names = frozenset((folder / "names.txt").read_text(encoding="utf-8").split())
        self.kinds = {}
        self.opening = frozenset(form for verb in self.sets["that"] for form in self.forms(verb))  # a clause may follow

    def forms(self, verb, kind=""):
        """Every form of a verb (given by its base form), or only its past (`ed`) or gerund (`ing`) forms."""
        third, past, gerund = regular_forms(verb)
        pasts = {form for pair in self.irregular.get(verb, [(past, past)]) for form in pair}
        return {"ed": pasts, "ing": {gerund}, "base": {verb}}.get(
            kind, {verb, gerund} | self.present.get(verb, {third}) | pasts
        )

    @cached_property
    def pasts(self):
        return frozenset(past for pairs in self.irregular.values() for past, _ in pairs)

    @cached_property
    def participles(self):
        return frozenset(participle for pairs in self.irregular.values() for _, participle in pairs)

    def kinds_of(self, low):
        """The set of what a lower-cased word can be: the lists it stands in, and past, pp, ing, verb, noun."""
        found = self.kinds.get(low)
        if found is None:
            if len(self.kinds) > 50_000:
                self.kinds.clear()
            found = self.kinds[low] = self._kinds_of(low)
        return found

    def _kinds_of(self, low):
        sets = self.sets
        kinds = {name for name in TAGGED if low in sets[name]}
        if low in self.pasts:
            kinds.add("past")
        if low in self.participles:
            kinds.add("pp")
        if low.endswith("ed") and len(low) > 3 and low not in sets["not_verb_ed"]:
            kinds |= {"past", "pp"}
        if low.endswith("ing") and len(low) > 4 and low not in sets["not_verb_ing"]:
            kinds.add("ing")
        if low in sets["present"]:
            kinds.add("present")
        if (
            low.endswith("ly")
            and len(low) > 4
            and low not in {"reply", "apply", "supply", "rely", "assembly", "family"}
        ):
            kinds.add("adv")
        if low.endswith(("able", "ible")):
            kinds.add("able")
        if low[:1].isdigit():
            kinds.add("num")
        if low[:1].isalpha() and not kinds & (FUNCTION | {"past", "present", "ing"}):
            kinds.add("noun")
        return frozenset(kinds)
