"""A text as paragraphs, segments and sentences of tokens, without what is not the writer's own prose.

Code, block quotes, chat and log lines are left out; quoted words and links stay, but no rule starts in them.
Offsets are characters of the text that was given.
"""

import re
from dataclasses import dataclass, field

GONE, OPAQUE = "\x00", "\x01"  # nothing stood here; something that is a thing, whatever it says, stood here

LONGEST = 200  # tokens of a sentence; what is longer is cut, so that the cost stays in proportion

FENCE = re.compile(r"^ {0,3}(```+|~~~+)[^\n]*\n(?:.*?\n)??(?: {0,3}\1[`~]*[ \t]*(?=\n|\Z)|\Z)", re.M | re.S)
EVIDENCE = re.compile(  # block quotes, chat lines with a <nick>, log lines with a level, stack traces
    r"^[ \t]*>.*$"
    r"|^[ \t]*(?:[-*+][ \t]+)?(?:\[?[\d:. -]{4,25}(?:[ap]m)?\]?[ \t]*)?<[\w@.+|-]{1,40}>[ \t].*$"
    r"|^.{0,40}(?<!\d)\d{1,2}:\d\d:\d\d\S*[ \t]+\S{0,60}[ \t]*\[?(?:ERROR|WARN|WARNING|INFO|DEBUG|FATAL|TRACE)\b.*$"
    r"|^[ \t]+at [\w$.<>]+\(.*\)$|^Traceback .*$",
    re.M,
)
MASKS = (
    (re.compile(r"<!--.{0,2000}?-->", re.S), GONE),
    (re.compile(r"(`+)(?!`)[^\n]*?[^`]\1(?!`)"), OPAQUE),
    (re.compile(r"!\[[^\]\n]{0,300}\]\([^)\n]{0,500}\)"), GONE),
    (re.compile(r"(?<=\])(?:\([^)\n]{0,500}\)|\[[^\]\n]{0,300}\])"), GONE),
    (re.compile(r"<?\b(?:https?|ftp|ssh)://[^\s<>)\]]+>?|\b[\w.+-]+@[\w-]+\.[\w.]+"), OPAQUE),
    (re.compile(r"</?[a-zA-Z][^<>\n]{0,200}>"), GONE),
)
QUOTED = re.compile(
    r"\"(?:[^\"\n]|\n(?!\s*\n)){1,400}\"|“(?:[^”\n]|\n(?!\s*\n)){1,400}”|«[^»\n]{1,400}»|„[^“”\n]{1,400}[“”]"
    r"|(?<![\w‘])‘[^\n]{1,200}?’(?!\w)|(?<![\w'])'(?=\w)[^'\n]{1,200}(?:'\w[^'\n]{0,100})*'(?!\w)|\[[^\]\n]{1,300}\](?=\x00)"
)
BREAK = re.compile(r"^[ \t]*(?:[-*+•]|\d+[.)]|#{1,6}|\|)?[ \t]*(?:\[[ xX]\][ \t]*)?", re.M)
TOKEN = re.compile(
    r"\x01+|@[\w](?:[\w.-]*\w)?|\#[\w-]+|\b(?:e\.g|i\.e|etc|vs|approx|Dr|Mr|Ms|Mrs|resp|ca)\.|\d[\d:.,]*\w*%?"
    r"|[^\W\d_]+(?:['’][^\W\d_]+)*(?:[-/_.]\w+(?:['’][^\W\d_]+)*)*|[!?]+|[—–]|--+|\.\.\.|[^\s\w*_~`\x00]"
)
FUSED = {
    "cannot": (3, "can", "not"),
    "dont": (2, "do", "n't"),
    "didnt": (3, "did", "n't"),
    "doesnt": (4, "does", "n't"),
    "shouldnt": (6, "should", "n't"),
    "couldnt": (5, "could", "n't"),
    "wouldnt": (5, "would", "n't"),
    "wasnt": (3, "was", "n't"),
    "werent": (4, "were", "n't"),
    "hasnt": (3, "has", "n't"),
    "hadnt": (3, "had", "n't"),
    "shouldve": (6, "should", "'ve"),
    "couldve": (5, "could", "'ve"),
    "wouldve": (5, "would", "'ve"),
    "shoulda": (6, "should", "'ve"),
    "coulda": (5, "could", "'ve"),
    "woulda": (5, "would", "'ve"),
}
WHOLE = {"can't": "can", "won't": "will", "shan't": "shall", "ain't": "is"}
ENDING = re.compile(r"(n't|'ve|'d|'ll|'re|'m|'s|')$")


@dataclass(slots=True)
class Token:
    low: str  # in lower case, with a straight apostrophe
    start: int
    end: int
    kinds: frozenset
    quiet: bool = False  # quoted or part of a link: no rule starts here
    capital: bool = False
    loud: bool = False  # in capitals
    clause: int = 0


@dataclass(slots=True)
class Sentence:
    tokens: list = field(default_factory=list)
    heading: bool = False
    words: frozenset = frozenset()


def split(word):
    """A lower-cased word as [(part, offset of its end)]: shouldn't've → should, n't, 've."""
    if word in FUSED:
        cut, first, second = FUSED[word]
        return [(first, cut), (second, len(word))]
    parts, end = [], len(word)
    while "'" in word[:end] and (match := ENDING.search(word[:end])):
        if word[:end] in WHOLE:
            return [(WHOLE[word[:end]], end - 3), ("n't", end), *reversed(parts)]
        parts.append((match.group(), end))
        end = match.start()
    return [(word[:end], end), *reversed(parts)] if end else [(word, len(word))]


def masked(text):
    """(`text` with what is not prose blanked out, the quoted ranges), of the same length."""
    for pattern in (FENCE, EVIDENCE):
        text = pattern.sub(lambda match: re.sub(r"[^\n]", GONE, match.group()), text)
    for pattern, mark in MASKS:
        text = pattern.sub(lambda match, mark=mark: mark * len(match.group()), text)
    return text, [match.span() for match in QUOTED.finditer(text)]


def segments(text):
    """(start, end, heading?) of every stretch in which a sentence may run: a list item, a table cell, wrapped lines."""
    start, heading, previous_end = None, False, 0
    for match in re.finditer(r"[^\n]*(?:\n|\Z)", text):
        line = match.group()
        opening = BREAK.match(line).group()
        blank = not line.strip(" \t\r\n\x00")
        if start is not None and (blank or heading or opening.strip()):
            yield start, previous_end, heading
            start = None
        if not blank:
            if start is None:
                start, heading = match.start() + len(opening), "#" in opening
            if line.count("|") > 1 or opening.strip() == "|":
                cells = [match.start() - 1, *(match.start() + at for at, sign in enumerate(line) if sign == "|")]
                yield from ((a + 1, b, False) for a, b in zip(cells, [*cells[1:], match.end()], strict=True))
                start = None
        previous_end = match.end()
    if start is not None:
        yield start, previous_end, heading


def tokens_of(text, start, end, words, quoted):
    """The tokens of text[start:end], contractions split."""
    found = []
    for match in TOKEN.finditer(text, start, end):
        raw, at = match.group(), match.start()
        if raw[0] == OPAQUE:
            found.append(Token("", at, match.end(), frozenset(["noun"]), True))
            continue
        low = raw.lower().replace("’", "'")
        quiet = any(a <= at < b for a, b in quoted)
        begin = at
        for part, cut in split(low) if "'" in low or low in FUSED else [(low, len(low))]:
            capital, loud = raw[0].isupper() and begin == at, raw.isupper() and (len(raw) > 1 or raw in "IA")
            found.append(Token(part, begin, at + cut, words.kinds_of(part), quiet, capital, loud))
            begin = at + cut
    return found


def paragraphs(text, words):
    """Per paragraph (between blank lines) the list of its sentences."""
    plain, quoted = masked(text)
    paragraph, last = [], 0
    for start, end, heading in segments(plain):
        if paragraph and re.search(r"\n[ \t\r\x00]*\n", plain[last:start]):
            yield paragraph
            paragraph = []
        last = end - 1
        paragraph += sentences(tokens_of(plain, start, end, words, quoted), heading)
    if paragraph:
        yield paragraph


def sentences(tokens, heading=False):
    """`tokens` cut behind a full stop that a space follows, behind ! and ?, and where a sentence is endless."""
    begin = 0
    for at, token in enumerate(tokens):
        stop = token.low[:1] in ("!", "?") or (token.low in (".", "...") and not token.quiet)
        if at + 1 == len(tokens) or (stop and tokens[at + 1].start > token.end) or at - begin >= LONGEST:
            part = tokens[begin : at + 1]
            yield Sentence(part, heading, frozenset(token.low for token in part))
            begin = at + 1
