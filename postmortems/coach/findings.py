"""Text in, findings out: deterministic, offline, at most one per clause."""

from dataclasses import dataclass

from .language import WEIGHTS, Rule, language
from .patterns import ends, search
from .subjects import NONE, PERSON, THING, UNKNOWN, subject_of
from .text import paragraphs

FIELDS = (
    "summary impact narrative timeline factors countermeasures went_well went_poorly lucky surprised learnings "
    "perspectives other"
).split()
SUBJECTS = {
    "any": {PERSON, THING, UNKNOWN, NONE},
    "person": {PERSON},
    "human": {PERSON, UNKNOWN, NONE},
    "none": {NONE},
    "thing": {THING},
}
FIRST = frozenset("i we my our us me ours myself ourselves".split())
NAMED = frozenset(["N1", "A1", "H1", "O1", "M1"])  # their words also occur in the names of products
BREAKS = frozenset([";", ":", "—", "–", "--", "...", "but", "who", "which"])


@dataclass(slots=True, frozen=True)
class Finding:
    """Words of a text that a rule asks about; `start` and `end` are characters of the whole text."""

    rule: Rule
    weight: str
    start: int
    end: int
    text: str
    around: str = ""  # the words with two more on either side, as normal() has them

    @property
    def strength(self):
        return WEIGHTS.index(self.weight), self.rule.rank

    def is_among(self, allowed):
        """Whether one of `allowed`, {(rule id, normal words)}, names these words: they, or they in their company."""
        words = normal(self.text)
        return any(
            rule == self.rule.id and (words in phrase or phrase in words) and phrase in self.around
            for rule, phrase in allowed
        )

    def as_dict(self):
        told = {"rule": self.rule.id, "family": self.rule.family, "weight": self.weight}
        return told | {"start": self.start, "end": self.end, "text": self.text, "question": self.rule.question}


def normal(words):
    """Words as answers and exceptions keep them: lower case, single spaces, at most 200 characters."""
    return " ".join(words.lower().split())[:200]


def find(text, field="other", names=(), allowed=(), code="en"):
    """Every finding of `text` in the order of the text.

    `field` is one of FIELDS, or `comment`; `names` are people of this postmortem; `allowed` are {(rule id, phrase)}
    that this installation knows as no match: normal words that a finding's words stand in. Cost: about 15 ms of CPU
    per 1,000 words.
    """
    tongue = language(code)
    known = tongue.names | {part for name in names for part in name.lower().split() if len(part) > 2}
    found = []
    for paragraph in paragraphs(text, tongue.words):
        memory = []
        for sentence in paragraph:
            found += Reading(sentence, text, field, tongue, known, memory).findings(frozenset(allowed))
    return found


class Reading:
    """One sentence being read."""

    def __init__(self, sentence, text, field, tongue, names, memory):
        self.sentence, self.tokens, self.text, self.field = sentence, sentence.tokens, text, field
        self.tongue, self.words, self.names, self.memory = tongue, tongue.words, names, memory

    def findings(self, allowed):
        mark_shouting(self.tokens, self.words)
        mark_clauses(self.tokens)
        matched = sorted(self.matched(), key=lambda each: (each[0].strength, each[1]))
        kept, taken = [], set()
        for finding, begin, end in matched:
            clauses = {self.tokens[at].clause for at in range(begin, end)}
            if taken & clauses or finding.is_among(allowed):
                continue
            taken |= clauses
            kept.append(finding)
        return sorted(kept, key=lambda finding: finding.start)

    def matched(self):
        """(finding, first token, after the last) of every trigger that fits here."""
        by_word, always = self.tongue.triggers(self.field)
        words = {token.low for token in self.tokens}
        candidates = {id(trigger): trigger for word in words for trigger in by_word.get(word, ())}
        shouts = any("shout" in token.kinds for token in self.tokens)
        candidates |= {id(trigger): trigger for trigger in always if shouts or trigger.rule.id != "A1"}
        for trigger in sorted(candidates.values(), key=lambda trigger: trigger.order):
            if self.sentence.heading and trigger.weight != "coach":
                continue
            for begin, end, first, last in search(trigger.pattern, self.tokens, self.words, self.names):
                last = max(last, first + 1)
                if self.counts(trigger, begin, end, first, last):
                    yield self.finding(trigger, first, last), begin, end

    def finding(self, trigger, first, last):
        start, stop = self.tokens[first].start, self.tokens[last - 1].end
        company = self.tokens[max(0, first - 2)].start, self.tokens[min(len(self.tokens), last + 2) - 1].end
        around = normal(self.text[slice(*company)])
        weight = "asks" if self.field in trigger.rule.asks_in else trigger.weight
        return Finding(trigger.rule, weight, start, stop, self.text[start:stop], around)

    def counts(self, trigger, begin, end, first, last):
        tokens = self.tokens
        if any(tokens[at].quiet and tokens[at].low for at in range(first, last)) or not tokens[first].low:
            return False
        if self.field in trigger.never_first and any(token.low in FIRST for token in self.same_clause(first, end)):
            return False
        if trigger.rule.id in NAMED and is_part_of_a_name(tokens, first, last):
            return False
        if any(self.ends_before(pattern, first) for pattern in trigger.unless_before):
            return False
        if trigger.subject == "person" and is_passive(tokens, first, last):
            return False
        if trigger.subject != "any" and self.subject(first, last) not in SUBJECTS[trigger.subject]:
            return False
        return not any(self.has(pattern) for pattern in trigger.unless)

    def same_clause(self, first, end):
        clauses = {token.clause for token in self.tokens[first:end]}
        return [token for at, token in enumerate(self.tokens) if at < end and token.clause in clauses]

    def subject(self, first, last):
        """Who does what the words say; of "failed to start" the verb behind helps to tell machines."""
        verb = self.tokens[last - 1].low
        return subject_of(self.tokens, first, self.words, self.names, verb, self.memory)

    def has(self, pattern):
        if pattern.anchor and not any(token.low in pattern.anchor for token in self.tokens):
            return False
        return next(search(pattern, self.tokens, self.words, self.names), None) is not None

    def ends_before(self, pattern, at):
        before = self.tokens[:at]
        return any(ends(pattern, before, start, self.words, self.names) for start in range(max(0, at - 5), at))


def is_part_of_a_name(tokens, first, last):
    """Capitals within a sentence ("the Clearly dashboard"), or two at its beginning ("Simply Business migrated")."""
    if not tokens[first].capital or tokens[first].loud:
        return False
    opening = first == 0 or not tokens[first - 1].low[:1].isalpha()
    follower = tokens[last] if last < len(tokens) else None
    return not opening or bool(follower and follower.capital and "noun" in follower.kinds)


def is_passive(tokens, at, last):
    """Whether a form of "be" stands before a participle: what was left, skipped or never told, and by nobody named."""
    if not (tokens[at].kinds | tokens[last - 1].kinds) & {"pp", "past"} or "aux" in tokens[at].kinds:
        return False
    while at and tokens[at - 1].kinds & {"adv"} and "aux" not in tokens[at - 1].kinds:
        at -= 1
    return at > 0 and "be" in tokens[at - 1].kinds


def mark_clauses(tokens):
    """Numbers the clauses: a new one after ; : – but, before a subordinate clause, and after ", and"."""
    number = 0
    for at, token in enumerate(tokens):
        joined = token.low in ("and", "or", "so", "yet") and at and tokens[at - 1].low == ","
        if token.low in BREAKS or joined or ("sub" in token.kinds and at):
            number += 1
        token.clause = number


def mark_shouting(tokens, words):
    """Tags what is loud: !! and ??, and two or more words in capitals of which most are everyday words."""
    run = []
    for at in range(len(tokens) + 1):
        token = tokens[at] if at < len(tokens) else None
        if (
            token
            and token.low[:1] in ("!", "?")
            and token.end - token.start > 1
            and at
            and tokens[at - 1].low[:1].isalpha()
        ):
            token.kinds |= {"shout"}
        if token and token.loud and not token.quiet:
            run.append(token)
            continue
        everyday = [each for each in run if each.low in words.sets["shout"]]
        if len(run) > 1 and len(everyday) * 2 > len(run):
            for each in run:
                each.kinds |= {"shout"}
        run = []
