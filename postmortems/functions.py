"""Functions instead of names: which words of a text name somebody who took part, and what to say instead. Pure."""

import re
from collections import Counter
from dataclasses import dataclass

SHORTEST = 2  # letters of a name that is looked for
POSSESSIVE = r"(?P<s>['’]s)?"
SENTENCE = re.compile(r"(?:(?:^|\n)\s*(?:[-*+]|\d+[.)]|#+|>)?\s*|[.!?:]\s+)$")


@dataclass(frozen=True)
class Person:
    """Somebody who took part. `exact` names as they are written (“Ada”), `loose` in any case (a user name)."""

    key: str
    said: str
    exact: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()


def person(key: str, said: str, full_name: str, username: str = "", also: str = "") -> Person:
    """Every way in which somebody may be named: in full, by each part of the name, by user name, by other names."""
    parts = re.findall(r"[^\W\d_][\w'’.-]*", full_name)
    exact = [part for part in parts if len(part) >= SHORTEST and part[0].isupper()]
    others = [name.strip() for name in also.split(",") if len(name.strip()) >= SHORTEST]
    loose = [full_name.strip(), *others, *([f"@{username}", username] if username else [])]
    return Person(key, said, tuple(dict.fromkeys(exact)), tuple(dict.fromkeys(name for name in loose if name)))


def numbered(words: list[str]) -> list[str]:
    """The functions of several people, told apart: ["responder", "scribe", "responder"] → the first responder …"""
    total, seen, said = Counter(words), Counter(), []
    for word in words:
        seen[word] += 1
        said.append(f"{word} {seen[word]}" if total[word] > 1 else f"the {word}")
    return said


class Replacer:
    """`Replacer(people)(text)` → the text with functions, and how many names it held."""

    def __init__(self, people: list[Person]):
        self.said, alternatives = {}, []
        for one in people:
            for form, any_case in [*((f, True) for f in one.loose), *((f, False) for f in one.exact)]:
                key = form.casefold()
                if key not in self.said:
                    self.said[key] = one.said
                    alternatives.append((form, any_case))
        alternatives.sort(key=lambda pair: -len(pair[0]))  # the full name before the first name
        joined = "|".join(f"(?i:{re.escape(form)})" if loose else re.escape(form) for form, loose in alternatives)
        self.pattern = re.compile(rf"(?<![\w])@?(?P<name>{joined}){POSSESSIVE}(?!\w)") if joined else None

    def __call__(self, text: str) -> tuple[str, int]:
        if not self.pattern or not text:
            return text, 0
        return self.pattern.subn(lambda match: self._instead(match, text), text)

    def _instead(self, match: re.Match, text: str) -> str:
        said = self.said[match["name"].casefold()] + ("’s" if match["s"] else "")
        return said[0].upper() + said[1:] if SENTENCE.search(text, max(0, match.start() - 40), match.start()) else said
