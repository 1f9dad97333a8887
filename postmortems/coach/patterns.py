"""A small language for sequences of words, in which the rules are written.

should|ought     one of these words               <miss|overlook>     any form of these verbs
@adv             a word of this list              <miss>ed <miss>ing <miss>base   only these forms
.pp              a word that can be this          !@det !.pp !to      the next word is none of these (takes none)
{person} {thing} {np}   a noun phrase, of that kind or any;   {owner} 's  a person before an 's
^ $              here the clause begins, the words end
~3               up to three words of the clause  ? *                 may be missing, may be repeated
[ … ]            what is shown, and whose first word has the subject; without them all of it
"""

import re
from dataclasses import dataclass, field

from .phrases import phrase_at

STOPS = frozenset([".", ";", ":", "!", "?", "—", "–", "--"])
SIGNS = {"^": "start", "$": "end", "[": "open", "]": "close"}
WRONG = {True: {"thing"}, False: {"person", "owner"}}  # what a phrase about a person, or not about one, is not
COMMON = frozenset(
    "have has had 've of is was were be been the a an not n't to did do does in that no with and".split()
)


@dataclass(slots=True)
class Element:
    kind: str  # word, not, phrase, gap, start, end, open, close
    words: frozenset = frozenset()
    tags: frozenset = frozenset()  # or what it may be; of a phrase: person, owner, thing or np
    least: int = 1
    most: int = 1


@dataclass(slots=True)
class Pattern:
    source: str
    elements: list = field(default_factory=list)
    anchor: frozenset | None = None  # a sentence without any of these words cannot match


def alternatives(piece, words):
    """(words, tags) of `a|@list|<verb>ed|.pp`."""
    found, tags = set(), set()
    for part in re.split(r"\|(?![^<]*>)", piece):
        if part.startswith("<"):
            verbs, kind = re.fullmatch(r"<([^>]+)>(\w*)", part).groups()
            for verb in verbs.split("|"):
                for base in words.sets[verb[1:]] if verb[0] == "@" else [verb]:
                    found |= words.forms(base, kind)
        elif part[0] == "@":
            found |= words.sets[part[1:]]
        elif part[0] == "." and len(part) > 1:
            tags.add(part[1:])
        else:
            found.add(part)
    return frozenset(found), frozenset(tags)


def element(piece, words):
    if piece in SIGNS:
        return Element(SIGNS[piece])
    least, most = 1, 1
    if len(piece) > 1 and piece[-1] in "?*":
        least, most = 0, 1 if piece[-1] == "?" else 6
        piece = piece[:-1]
    if piece[0] == "~":
        return Element("gap", least=0, most=int(piece[1:]))
    if piece[0] == "{":
        return Element("phrase", tags=frozenset([re.fullmatch(r"{(person|thing|owner|np)}", piece)[1]]), least=least)
    if piece[0] == "!":
        return Element("not", *alternatives(piece[1:], words))
    return Element("word", *alternatives(piece, words), least, most)


def compiled(source, words):
    """The pattern of one line of data; KeyError, TypeError or AttributeError where it is wrong."""
    elements = [element(piece, words) for piece in source.split()]
    must = [item.words for item in elements if item.kind == "word" and item.least and not item.tags]
    rare = [found for found in must if not found & COMMON]
    return Pattern(source, elements, min(rare or must, key=len, default=None))


def matches(item, token):
    return token.low in item.words or not item.tags.isdisjoint(token.kinds)


def ends(pattern, tokens, at, words, names, k=0, marks=(None, None)):
    """(end, (first shown, after last shown)) of the first way `pattern` matches from `at`, greedy; None."""
    elements = pattern.elements
    while k < len(elements):
        item = elements[k]
        if item.kind == "open":
            marks = (at, marks[1])
        elif item.kind == "close":
            marks = (marks[0], at)
        elif item.kind == "start":
            if not starts_clause(tokens, at):
                return None
        elif item.kind == "end":
            if at < len(tokens):
                return None
        elif item.kind == "not":
            if at < len(tokens) and matches(item, tokens[at]):
                return None
        elif item.kind == "phrase":
            found = phrase_at(tokens, at, words, names, "owner" in item.tags)
            fits = found and not item.tags & WRONG[found.person]
            if not fits and item.least:
                return None
            at = found.end if fits else at
        elif item.least == item.most == 1:
            if at >= len(tokens) or not matches(item, tokens[at]):
                return None
            at += 1
        else:
            return repeated(pattern, tokens, at, words, names, k, marks)
        k += 1
    return at, marks


def repeated(pattern, tokens, at, words, names, k, marks):
    """Tries `elements[k]` as often as it may stand there: gaps as short as they can be, the rest as long."""
    item, reach = pattern.elements[k], [at]
    while len(reach) <= item.most and reach[-1] < len(tokens):
        token = tokens[reach[-1]]
        if token.low in STOPS if item.kind == "gap" else not matches(item, token):
            break
        reach.append(reach[-1] + 1)
    for place in reach if item.kind == "gap" else reversed(reach):
        found = ends(pattern, tokens, place, words, names, k + 1, marks)
        if found:
            return found
    return None


def starts_clause(tokens, at):
    """Whether only numbers, signs and adverbs stand before: "14:05 - then forgot …"; or a comma, "and", a colon."""
    while at and (tokens[at - 1].kinds & {"adv", "num"} or not tokens[at - 1].low[:1].isalnum()):
        at -= 1
        if tokens[at].low in ":;,—–":
            return True
    return at == 0 or tokens[at - 1].low in ("and", "but", "then", "or", "because", "since")


def search(pattern, tokens, words, names, start=0, stop=None):
    """Every place where `pattern` matches: (begin, end, first shown, after last shown), in token numbers."""
    at, stop = start, len(tokens) if stop is None else stop
    first = pattern.elements[0]
    while at < stop:
        if first.kind == "word" and first.least and not matches(first, tokens[at]):
            at += 1
            continue
        found = ends(pattern, tokens, at, words, names)
        if found:
            end, (shown, shown_end) = found
            yield at, end, at if shown is None else shown, end if shown_end is None else shown_end
            at = max(end, at + 1)
        else:
            at += 1
