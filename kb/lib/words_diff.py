"""What changed between two texts, word by word, and two changes of the same text brought into one. Pure.

Words that stand once in both texts are the anchors; between them a small exact comparison decides. A stretch too large
to compare that has no anchors counts as replaced, so that 100,000 characters cost seconds at most, whatever they say.
"""

import bisect
import difflib
import itertools
import re
from typing import NamedTuple

TOKEN = re.compile(r"[^\S\n]*(?:\w+|[^\w\s])|\n|[^\S\n]+")  # a word with the space before it
SMALL = 40_000  # words × words that are compared exactly
DEEP = 20  # anchors within anchors, at most
SAME, OLD, NEW, GAP = "same", "old", "new", "gap"


class Piece(NamedTuple):
    """A stretch of text: `same` in both, only in the `old`, only in the `new`, or a `gap` where much is the same."""

    kind: str
    text: str


class Merged(NamedTuple):
    """`is_clean`: the two changes touch different words. Where they do not, both stand there, theirs first."""

    text: str
    is_clean: bool


def words_diff(old: str, new: str) -> list[Piece]:
    """The pieces that lead from `old` to `new`: same + old joined give `old`, same + new joined give `new`."""
    before, after = TOKEN.findall(old), TOKEN.findall(new)
    pieces = []
    for i, a, j, b in _steps(before, after):
        if a - i == b - j == 1 and _key(before[i]) == _key(after[j]):
            word = _key(before[i])
            found = ((OLD, before[i][: -len(word)]), (NEW, after[j][: -len(word)]), (SAME, word))
        else:
            found = ((OLD, "".join(before[i:a])), (NEW, "".join(after[j:b])))
        pieces += found if before[i:a] != after[j:b] else [(SAME, "".join(before[i:a]))]
    return _joined_pieces(pieces)


def _joined_pieces(pieces):
    """Neighbours of one kind as one piece; what is empty is left out."""
    whole = []
    for kind, text in pieces:
        if text and whole and whole[-1].kind == kind:
            whole[-1] = Piece(kind, whole[-1].text + text)
        elif text:
            whole.append(Piece(kind, text))
    return whole


def _key(token):
    """The word itself: the space before it decides nothing about which words belong together."""
    return token.strip(" \t") or token


def _steps(before, after):
    """(i, a, j, b): before[i:a] became after[j:b]. Alike, or a word with another space before it, or replaced."""
    i = j = 0
    found = matches([_key(token) for token in before], [_key(token) for token in after])
    for a, b, length in [*found, (len(before), len(after), 0)]:
        if i < a or j < b:
            yield i, a, j, b
        start = a
        for place in range(a, a + length):
            if before[place] != after[b + place - a]:
                if start < place:
                    yield start, place, b + start - a, b + place - a
                yield place, place + 1, b + place - a, b + place - a + 1
                start = place + 1
        if start < a + length:
            yield start, a + length, b + start - a, b + length
        i, j = a + length, b + length


def shortened(pieces: list[Piece], around: int = 120) -> list[Piece]:
    """The same with a `gap` (its text says how many characters) in place of what is far from every change."""
    short = []
    for at, piece in enumerate(pieces):
        if piece.kind != SAME or len(piece.text) <= 3 * around:
            short.append(piece)
            continue
        head = "" if at == 0 else piece.text[:around].rsplit(" ", 1)[0]
        tail = "" if at == len(pieces) - 1 else piece.text[-around:].split(" ", 1)[-1]
        short += [Piece(SAME, head)] if head else []
        short.append(Piece(GAP, str(len(piece.text) - len(head) - len(tail))))
        short += [Piece(SAME, tail)] if tail else []
    return short


def merged(base: str, theirs: str, mine: str) -> Merged:
    """Both changes of `base` in one text, a proposal to be read before it is saved."""
    words = TOKEN.findall(base)
    edits = sorted([(*edit, 0) for edit in _edits(words, theirs)] + [(*edit, 1) for edit in _edits(words, mine)])
    text, done, is_clean = [], 0, True
    while edits:
        start, end, *_ = edits[0]
        group = [edits.pop(0)]
        while edits and (edits[0][0] < end or edits[0][0] == start == end):
            end = max(end, edits[0][1])
            group.append(edits.pop(0))
        text += words[done:start]
        sides = [_applied(words, start, end, [edit for edit in group if edit[3] == side]) for side in (0, 1)]
        is_one_sided = len({edit[3] for edit in group}) == 1
        if is_one_sided or sides[0] == sides[1]:
            text.append(sides[group[0][3]])
        else:
            is_clean = False
            needs_space = sides[0].strip() and sides[1] and not sides[1][0].isspace()
            text.append(f"{sides[0]} {sides[1]}" if needs_space else sides[0] + sides[1])
        done = end
    return Merged("".join(text + words[done:]), is_clean)


def _edits(words, text):
    """[(start, end, new text)] over `words` that make `text` of them."""
    after = TOKEN.findall(text)
    steps = _steps(words, after)
    return [(i, a, "".join(after[j:b])) for i, a, j, b in steps if words[i:a] != after[j:b]]


def _applied(words, start, end, edits):
    text, done = [], start
    for a, b, new, _ in edits:
        text += [*words[done:a], new]
        done = b
    return "".join(text + words[done:end])


def matches(a: list[str], b: list[str]) -> list[tuple[int, int, int]]:
    """[(place in a, place in b, length)] of what both have, in order; at worst about SMALL steps per hundred words."""
    found = []
    _match(a, b, (0, len(a), 0, len(b)), found, DEEP)
    return _joined(found)


def _match(a, b, area, found, deep):
    """Append the matches within an area: those of its ends, then of its middle, exactly or between anchors."""
    a0, a1, b0, b1 = area
    head = _common(zip(a[a0:a1], b[b0:b1], strict=False))
    found.append((a0, b0, head))
    a0, b0 = a0 + head, b0 + head
    tail = _common(zip(reversed(a[a0:a1]), reversed(b[b0:b1]), strict=False))
    a1, b1 = a1 - tail, b1 - tail
    if (a1 - a0) * (b1 - b0) <= SMALL:
        matcher = difflib.SequenceMatcher(None, a[a0:a1], b[b0:b1], autojunk=False)
        found += [(a0 + i, b0 + j, n) for i, j, n in matcher.get_matching_blocks()]
    elif deep and (stops := anchors(a, b, (a0, a1, b0, b1))):
        for i, j in [*stops, (a1, b1)]:
            _match(a, b, (a0, i, b0, j), found, deep - 1)
            found.append((i, j, 1 if i < a1 else 0))
            a0, b0 = i + 1, j + 1
    found.append((a1, b1, tail))


def _common(pairs):
    """How many pairs are alike from the first one on."""
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def anchors(a, b, area):
    """[(place in a, place in b)] of the words that stand exactly once in both, the longest run in the same order."""
    a0, a1, b0, b1 = area
    once_a, once_b = _once(a, a0, a1), _once(b, b0, b1)
    pairs = sorted((place, once_b[word]) for word, place in once_a.items() if word in once_b)
    tops, chain, before = [], [], {}
    for at, (_, place) in enumerate(pairs):
        rank = bisect.bisect_left(tops, place)
        tops[rank : rank + 1], chain[rank : rank + 1] = [place], [at]
        before[at] = chain[rank - 1] if rank else None
    run, at = [], chain[-1] if chain else None
    while at is not None:
        run.append(pairs[at])
        at = before[at]
    return run[::-1]


def _once(words, start, end):
    """{word: place} of the words that stand once in words[start:end]."""
    places = {}
    for place in range(start, end):
        places[words[place]] = None if words[place] in places else place
    return {word: place for word, place in places.items() if place is not None}


def _joined(found):
    whole = []
    for i, j, n in found:
        if n and whole and whole[-1][0] + whole[-1][2] == i and whole[-1][1] + whole[-1][2] == j:
            whole[-1] = (whole[-1][0], whole[-1][1], whole[-1][2] + n)
        elif n:
            whole.append((i, j, n))
    return whole
