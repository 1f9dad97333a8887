"""Noun phrases, and whether a person stands at their head."""

from dataclasses import dataclass


@dataclass(slots=True)
class Phrase:
    head: int
    end: int
    person: bool


TITLES = frozenset(["mr.", "ms.", "mrs.", "dr.", "mr", "ms", "mrs", "dr"])


def is_name(tokens, at, names):
    """Whether a first name stands at `at`, or a surname behind a first name or a title."""
    token, before = tokens[at], tokens[at - 1] if at else None
    if not token.capital or token.low in names:
        return token.capital
    return bool(before and before.capital and (before.low in names or before.low in TITLES))


def is_person(tokens, at, words, names, verb=""):
    """Whether the noun at `at` (the head of its phrase) means a person or a group of people; `verb` helps to tell."""
    token, sets = tokens[at], words.sets
    low = token.low
    if token.low[:1] == "@" and len(low) > 1 or low in sets["person_pronoun"] or is_name(tokens, at, names):
        return True
    before = tokens[at - 1].low if at and "noun" in tokens[at - 1].kinds else ""
    if before and f"{before}_{low}" in sets["compound"]:
        return True
    if low in sets["ambiguous"]:
        product = token.capital and not token.loud and bool(before) and tokens[at - 1].capital
        machine = product or before in sets["machine_modifier"] or verb in sets["machine_verb"]
        return low in sets["person"] | {"operator", "operators", "agent", "agents", "group", "groups"} and not machine
    if low in sets["group"] and not before:
        return at + 1 == len(tokens) or "noun" not in tokens[at + 1].kinds
    if low in ("call", "duty") and at and tokens[at - 1].low == "on":
        return True
    tail = low.rsplit("-", 1)[-1]
    return low in sets["person"] or ("-" in low and tail in sets["person"] and tail not in sets["ambiguous"])


def phrase_at(tokens, at, words, names, owner=False):
    """The noun phrase that begins at `at`: "the on-call engineer's two scripts" has the head "scripts"; None.

    An `owner` ends before its 's: there the head is "engineer".
    """
    head, k, quantified = None, at, False  # quantified: behind "two of", "none of"
    while k < len(tokens):
        token = tokens[k]
        kinds, low = token.kinds, token.low
        if low in words.sets["quantifier"] and k + 1 < len(tokens) and tokens[k + 1].low == "of":
            quantified, k = True, k + 2
            continue
        if head is None and kinds & {"person_pronoun", "thing_pronoun"} and (quantified or not kinds & {"det"}):
            return Phrase(k, k + 1, "person_pronoun" in kinds)
        if head is None and kinds & {"det", "num", "adv", "ing", "pp"}:
            k += 1
        elif low == "on" and k + 1 < len(tokens) and tokens[k + 1].low in ("call", "duty"):
            head, k = (head if head is not None else k + 1), k + 2
        elif head is not None and (low in words.sets["postnominal"] or is_verb(tokens, at, head, k, words, names)):
            break
        elif "noun" in kinds:
            head, k = k, k + 1
        elif (
            not owner
            and low in ("'s", "'")
            and head is not None
            and k + 1 < len(tokens)
            and is_thing_word(tokens[k + 1])
        ):
            k += 1
        elif (
            head == k - 1
            and "ing" in kinds
            and not is_person(tokens, head, words, names)
            and k + 1 < len(tokens)
            and "noun" in tokens[k + 1].kinds
        ):
            k += 1
        else:
            break
    return Phrase(head, k, is_person(tokens, head, words, names)) if head is not None else None


def is_verb(tokens, start, head, at, words, names):
    """Whether the word behind the people at `head` is what they do: "engineers follow", "did the engineer look"."""
    many = tokens[head].low.endswith("s") or tokens[head].low in ("people", "staff", "folk")
    asked = start > 0 and "aux" in tokens[start - 1].kinds
    return (many or asked) and tokens[at].low in words.sets["imperative"] and is_person(tokens, head, words, names)


def is_thing_word(token):
    return bool(token.kinds & {"noun", "pp", "adv"})
