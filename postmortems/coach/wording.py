"""The wording of countermeasures (actionable, specific, bounded), and what deserves a quiet "good"."""

import tomllib
from dataclasses import dataclass
from functools import cache

from .language import FOLDER, language
from .patterns import compiled, search
from .text import paragraphs

HEADLINE = 7  # words
MARKS = 3  # quiet words of praise at a time


@dataclass(slots=True, frozen=True)
class Remark:
    """One question about how a countermeasure is put; `text` are the words it is about, "" for the whole."""

    kind: str  # open, vague, unbounded, no_act
    plain: str
    question: str
    hint: str
    text: str = ""


def check_wording(text, code="en"):
    """The remarks on a countermeasure's statement, at most one of a kind, in the order of the text. [] for nothing."""
    found = {}
    for sentence in (each for paragraph in paragraphs(text, language(code).words) for each in paragraph):
        for kind, data in read("wording", code).items():
            if kind not in found and (words := first_words(sentence, data, text, code)):
                found[kind] = (words[0], remark(kind, data, words[1]))
    if not has_act(text, code):
        found.setdefault("no_act", (0, remark("no_act", read("wording", code)["no_act"])))
    return [each for _, each in sorted(found.values(), key=lambda pair: pair[0])]


def good_marks(text, code="en"):
    """What is well put, in plain language, at most MARKS of them."""
    found = []
    for sentence in (each for paragraph in paragraphs(text, language(code).words) for each in paragraph):
        for data in read("good", code).values():
            if data["plain"] not in found and first_words(sentence, data, text, code):
                found.append(data["plain"])
    return found[:MARKS]


def remark(kind, data, words=""):
    return Remark(kind, data["plain"], data["question"], data["hint"], words)


def first_words(sentence, data, text, code):
    """(start, words) of the first place where a pattern of `data` matches and none of its `unless` does; None."""
    tongue, tokens = language(code), sentence.tokens
    if any(next(search(each, tokens, tongue.words, tongue.names), None) for each in data.get("unless", ())):
        return None
    for pattern in data.get("match", ()):
        for _, _, first, last in search(pattern, tokens, tongue.words, tongue.names):
            if not tokens[first].quiet:
                start, end = tokens[first].start, tokens[max(last, first + 1) - 1].end
                return start, text[start:end]
    return None


def has_act(text, code):
    """Whether a verb stands in the text; what is longer than a headline is taken to have one."""
    tongue = language(code)
    for sentence in (each for paragraph in paragraphs(text, tongue.words) for each in paragraph):
        tokens = [token for token in sentence.tokens if token.low[:1].isalpha()]
        if len(tokens) > HEADLINE or tokens and tokens[0].low in tongue.words.sets["imperative"]:
            return True
        if any(token.kinds & {"modal", "present", "past", "aux"} or token.low == "to" for token in tokens):
            return True
    return not text.strip()


@cache
def read(name, code):
    """{key: data with compiled patterns} of a file of the language."""
    words = language(code).words
    data = tomllib.loads((FOLDER / code / f"{name}.toml").read_text(encoding="utf-8"))
    for entry in data.values():
        for key in ("match", "unless"):
            entry[key] = tuple(compiled(line, words) for line in entry.get(key, ()))
    return data
