"""Who does it: the subject of a word, found by walking the sentence from its beginning to that word.

A light parse. Noun phrases are gathered from left to right; a preposition or a verb takes the next one as its object;
a finite verb uses the last free one as its subject. What is still free when the word comes is the word's own subject:
"the dashboard [the team] relied on *failed*" leaves the dashboard.
"""

from dataclasses import dataclass

from .phrases import is_person, is_thing_word

BOUNDARIES = frozenset([";", ":", "—", "–", "--", "..."])
OPENING = frozenset(["as", "before", "after", "than"])  # a phrase or a clause may follow
ASIDES = {",": ",", ")": "(", "–": "–", "—": "—", "--": ("--",)}  # its end: its beginning
PERSON, THING, NONE, UNKNOWN = "person", "thing", "none", "unknown"  # unknown: a name that we do not know


@dataclass(slots=True)
class Noun:
    head: int
    taken: bool  # the object of a preposition or a verb
    who: str = ""  # person or thing, where a pronoun says so
    used: bool = False
    barrier: bool = False  # a clause begins here
    perhaps: bool = False  # behind "believed": its object, or the subject of a clause without "that"


class Walk:
    """One walk over tokens[0:stop]; `nouns` are the phrases found, in order."""

    def __init__(self, tokens, stop, words, names, memory=()):
        self.tokens, self.words, self.names, self.memory = tokens, words, names, memory
        self.nouns, self.open, self.opened, self.taken, self.group = [], [], False, False, False
        self.perhaps = False
        at = 0
        while at < stop:
            at = self.step(at, stop)
        self.close()

    def close(self):
        if self.open:
            self.nouns.append(Noun(self.open[-1], self.taken and not self.perhaps, perhaps=self.perhaps))
            self.taken = self.perhaps = False
        self.open, self.opened = [], False

    def pronoun(self, at, who):
        self.close()
        self.nouns.append(Noun(at, self.taken and not self.perhaps, who, perhaps=self.perhaps))
        self.taken = self.group = self.perhaps = False

    def settle(self):
        """The object of "believed" was its object after all: something else follows it than a verb."""
        for noun in self.since_barrier():
            if noun.perhaps and not noun.used:
                noun.taken = True

    def use(self):
        """A finite verb takes its subject."""
        for noun in reversed(self.nouns):
            if noun.barrier:
                return
            if not noun.taken and not noun.used:
                noun.used = True
                return

    def barrier(self, at):
        self.close()
        self.settle()
        self.nouns.append(Noun(at, True, barrier=True))
        self.taken = self.group = self.perhaps = False

    def step(self, at, stop):
        """Reads the token at `at`; the number of the next one."""
        tokens = self.tokens
        token, following = tokens[at], tokens[at + 1] if at + 1 < len(tokens) else None
        low, kinds = token.low, token.kinds
        after = following.kinds if following else frozenset()
        if low in BOUNDARIES or low == "but":
            self.barrier(at)
        elif low == "that" and at and tokens[at - 1].low in self.words.opening:
            self.barrier(at)
        elif low in ("who", "whoever"):
            outsider = low == "who" and at and tokens[at - 1].low in self.words.sets["outsider"]
            self.pronoun(at, THING if outsider else PERSON)
        elif low in ("that", "which") and (self.open or (self.nouns and at and tokens[at - 1].low == ",")):
            self.relative(at, after)
        elif "sub" in kinds and (self.open or not self.opened):
            self.barrier(at)
        elif low == "," or low in ("and", "or", "nor", "yet", "(", ")"):
            self.close()
            self.settle()
            self.taken = self.group = self.perhaps = False
            if low in ("and", "or", "yet") and following and begins_clause(tokens, at + 1):
                self.nouns.append(Noun(at, True, barrier=True))
        elif low in ("'s", "'"):
            self.possessive_or_is(following)
        elif low == "on" and following and following.low in ("call", "duty"):
            if not self.open and not self.group:
                self.open.append(at + 1)
            return at + 2
        elif low in self.words.sets["quantifier"] and following and following.low == "of":
            return at + 2
        elif "person_pronoun" in kinds or ("thing_pronoun" in kinds and not is_determiner(kinds, after)):
            self.pronoun(
                at, self.they(at) if low in ("they", "them") else PERSON if "person_pronoun" in kinds else THING
            )
        elif kinds & {"aux", "modal"}:
            self.close()
            if not self.group:
                self.use()
            self.group, self.taken = True, True
        elif "adv" in kinds or "neg" in kinds:
            pass
        elif kinds & {"det", "num"}:
            self.close()
            self.opened, self.group = True, False
        elif low in self.words.sets["postnominal"] and self.open:
            self.close()
        elif "prep" in kinds:
            self.close()
            self.taken, self.group, self.perhaps = True, False, low in OPENING
            if low == "to" and following and not after & {"det", "person_pronoun", "num"}:
                self.group = True
        else:
            self.word(at, kinds, after)
            if self.taken and not self.open and low in self.words.opening:
                self.perhaps = True
        return at + 1

    def word(self, at, kinds, after):
        """A noun, an adjective or a form of a verb, told apart by what stands before."""
        waiting = any(not noun.taken and not noun.used for noun in self.since_barrier())
        if self.group and not self.opened and not self.open:
            self.group, self.taken = bool(kinds & {"past", "pp", "ing"}), True  # the verb of "had …", "to …"
        elif "ing" in kinds:
            if (self.opened and not self.open) or (self.open and "noun" in after):
                self.open.append(at)
            else:
                self.close()
                self.taken = True
        elif (
            kinds & {"past", "present"}
            and not self.is_noun(at)
            and (self.open or waiting)
            and not (self.opened and not self.open)
        ):
            self.close()
            self.use()
            self.taken = True
        elif "past" in kinds and not self.open and not self.opened:
            self.taken = True
        else:
            self.open.append(at)

    def is_noun(self, at):
        """Whether a word such as "set" ends the name of a thing: "the rule set that …"."""
        sets, tokens = self.words.sets, self.tokens
        after = tokens[at + 1].low if at + 1 < len(tokens) else ""
        return (
            bool(self.open) and tokens[at].low in sets["noun_or_past"] and after in ("that", "which", "of", "for", "in")
        )

    def relative(self, at, after):
        """ "The job that failed": the pronoun stands for the noun before it, unless it is the object there."""
        self.close()
        noun = next((noun for noun in reversed(self.nouns) if not noun.barrier), None)
        if after & {"past", "aux", "modal", "present", "adv"} and noun:
            self.nouns.append(Noun(noun.head, False, noun.who))
        else:
            self.perhaps = True  # what comes is the subject of a clause about the noun, not of the sentence
        self.taken = self.group = False

    def possessive_or_is(self, following):
        if self.open and following and is_thing_word(following) and not following.kinds & {"ing"}:
            return
        self.close()
        self.use()
        self.group = self.taken = True

    def since_barrier(self):
        found = []
        for noun in reversed(self.nouns):
            if noun.barrier:
                break
            found.append(noun)
        return found

    def they(self, at):
        """People, unless the last plural subject before was of things."""
        speakers = {"i", "we", "you", "us", "me"}
        nouns = [noun for noun in reversed(self.nouns) if not noun.barrier]
        nouns = [noun for noun in nouns if self.tokens[noun.head].low not in speakers]
        for noun in sorted(nouns, key=lambda noun: noun.taken):
            low = self.tokens[noun.head].low
            who = self.who(noun)
            if who == PERSON or (low.endswith("s") and not low.endswith("ss")):
                return who if who == PERSON else THING
        return self.memory[-1] if self.memory else PERSON

    def who(self, noun, verb=""):
        if noun.who:
            return noun.who
        if is_person(self.tokens, noun.head, self.words, self.names, verb):
            return PERSON
        token = self.tokens[noun.head]
        return UNKNOWN if token.capital and token.low.isalpha() else THING

    def subject(self, verb=""):
        """person, thing, unknown or none: of the word that comes next."""
        for noun in self.since_barrier():
            if not noun.taken and not noun.used:
                return self.who(noun, verb)
        told = [noun for noun in self.since_barrier() if not noun.taken]  # it shares the subject of another verb
        for noun in sorted(told, key=lambda noun: noun.perhaps):
            return self.who(noun, verb)
        free = [noun for noun in self.nouns if not noun.taken]
        return self.who(free[-1], verb) if free else NONE


def is_determiner(kinds, after):
    return "det" in kinds and bool(after & {"noun", "num"} or "ing" in after)


def begins_clause(tokens, at):
    """Whether after an "and" a new subject stands, rather than a second verb or a second noun of a list."""
    return tokens[at].low in ("i", "we", "he", "she", "they", "it", "you", "nobody", "someone", "everyone")


def subject_of(tokens, at, words, names, verb="", memory=()):
    """Who the subject of the word `at` is, of its whole verb ("had never checked"), asides in commas left out."""
    before = at
    while before and tokens[before - 1].kinds & {"adv", "aux", "modal"}:
        before -= 1
    tokens, before = without_aside(tokens, before)
    return Walk(tokens, before, words, names, memory).subject(verb)


def without_aside(tokens, at):
    """(tokens, at) without a stretch between two commas or dashes, or in brackets, that ends right before `at`."""
    last = tokens[at - 1].low if at else ""
    if last not in ASIDES:
        return tokens, at
    begin = next((k for k in range(at - 2, 0, -1) if tokens[k].low in ASIDES[last]), None)
    return (tokens, at) if begin is None else ([*tokens[:begin], *tokens[at:]], begin)
