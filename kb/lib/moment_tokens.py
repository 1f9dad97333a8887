"""The words of a typed time: what stands at the start of a text, cut into date, clock, zone and the rest. Pure.

`scan` says what was written and judges nothing; moments.py says what it means.
"""

import re
from dataclasses import dataclass, field

from kb.lib import zones

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY, _YEAR = r"(?P<d>[0-3]?\d)(?:st|nd|rd|th)?", r"(?P<y>(?:19|20|21)\d\d)(?![\d:])"
_HALF = r"(?:\s?(?P<half>[ap])\.?m\b\.?|(?P<short>[ap])(?![a-z]))"
_END = r"(?![\w:])"
DAYS, HOURS = r"(?P<days>\d{1,3})\s?(?:days?|d)", r"(?P<hours>\d{1,3})\s?(?:hours?|hrs?|h)"
MINUTES, SECONDS = r"(?P<minutes>\d{1,4})\s?(?:minutes?|mins?|m)", r"(?P<seconds>\d{1,6})\s?(?:seconds?|secs?|s)"
_LENGTH = rf"(?=\d)(?:{DAYS}\s?)?(?:{HOURS}\s?)?(?:{MINUTES}\s?)?(?:{SECONDS})?"

# (slot, pattern), tried in this order; a slot is filled once.
TOKENS = [
    ("about", r"(?:[~≈]|(?:about|around|approximately|approx|roughly|circa|ca)\b\.?)\s*"),
    ("unknown", r"(?:\?+|unknown|tbd|n/a)(?!\S)"),
    ("later", rf"\+\s?{_LENGTH}(?<=[a-z])(?![\w:])"),
    ("later", r"\+\s?(?:(?P<h>\d{1,2}):(?P<m>[0-5]\d)(?![\w:])|(?P<bare>\d{1,3})(?!\S))"),
    ("later", rf"{_LENGTH}(?<=[a-z])\s+later\b"),
    ("epoch", r"(?P<epoch>\d{10}(?:[.,]\d{1,9})?|\d{13}|\d{16})(?![\w:-])"),
    ("weekday", r"(?P<weekday>mon|tue|wed|thu|fri|sat|sun)(?:s|nes|rs|ur)?(?:day)?\b\.?"),
    ("date", r"(?P<y>\d{4,5})-(?P<mo>\d{1,2})-(?P<d>\d{1,2})(?!\d)"),
    ("date", r"(?P<y>\d{4})([/.])(?P<mo>\d{1,2})\2(?P<d>\d{1,2})(?!\d)"),
    ("date", r"(?P<y>(?:19|20)\d\d)(?P<mo>[01]\d)(?P<d>[0-3]\d)(?=T|(?!\w))"),
    ("date", r"(?P<d>\d{1,2})\.(?P<mo>\d{1,2})\.(?P<y>\d{4})(?!\d)"),
    ("date", r"(?P<a>\d{1,2})/(?P<b>\d{1,2})(?:/(?P<y>\d{4}|\d\d))?(?![\d/:])"),
    ("date", rf"{_DAY}[\s-]+(?:of\s+)?{_MONTH}(?:[\s,-]+{_YEAR})?(?!\w)"),
    ("date", rf"{_MONTH}\s*{_DAY}(?:[\s,]+{_YEAR})?{_END}"),
    ("date", r"(?P<word>today|yesterday|tomorrow|(?:the )?next day|same day)(?![\w'’])"),
    ("clock", rf"(?P<h>\d{{1,2}}):(?P<m>\d\d)(?::(?P<s>\d\d)(?:[.,]\d+)?)?{_HALF}?(?!\d|:\d)"),
    ("clock", r"(?<=T)(?P<h>\d\d)(?P<m>\d\d)(?P<s>\d\d)?(?!\d)"),
    ("clock", rf"(?P<h>\d{{1,2}})(?P<dot>\.)(?P<m>\d\d)(?:\.(?P<s>\d\d))?{_HALF}?(?![\w.]*\d)"),
    ("clock", rf"(?P<h>\d{{1,2}}){_HALF}{_END}"),
    ("clock", rf"(?P<h>\d{{1,2}})\s?h\s?(?P<m>\d\d){_END}"),
    ("clock", rf"(?P<h>\d{{1,2}})\s?h(?:rs)?{_END}"),
    ("clock", r"(?P<compact>\d{4})(?P<mark>h(?:rs)?|Z|\s(?:UTC|GMT))?(?![\d:,./-]|\w)"),
    ("clock", r"(?P<h>\d{1,2})(?=\s?(?:[-–—]|to)\s?\d{1,2}(?:[:.]\d\d)?\s?[ap]m\b)"),
    ("clock", r"(?P<word>noon|midnight|now)(?![\w'’])"),
]  # fmt: skip
TOKENS = [(slot, re.compile(pattern, re.ASCII | re.IGNORECASE)) for slot, pattern in TOKENS]
ZONE = re.compile(rf"\(?(?P<zone>{zones.IN_TEXT})\)?")
ZONE_ALONE = re.compile(  # in a field that holds nothing but a time, in any case and spelled out
    r"\(?(?P<zone>[+-]\d{1,2}(?::?[0-5]\d)?|[A-Za-z]+/[A-Za-z_/]+|(?:(?:UTC|GMT)\s?[+-]\d{1,2}(?::?\d\d)?)"
    r"|[A-Za-z]{1,8}(?: time)?)\)?(?!\S)",
    re.IGNORECASE,
)
OFFSET_AFTER = re.compile(r"(?P<zone>-[01]\d:[0-5]\d)(?![\d:])", re.ASCII)  # behind seconds or a T: no span of time
ISH = re.compile(r"-?ish\b|\?(?!\w)", re.IGNORECASE)
BETWEEN = re.compile(r"\s*(?:[,|@]|\bat\b|T(?=\d))?\s*(?:\|\s*)?", re.IGNORECASE)
DATE_DASH = re.compile(r"\s+[-–—]\s+(?=~?\d{1,2}[:.]\d\d|\d{4}\b)")
SPAN = re.compile(r"\s*(?:[-–—‐‑−]+|\b(?:to|until|till)\b)\s*", re.IGNORECASE)
LASTING = re.compile(rf"\s+for\s+(?:about\s+)?{_LENGTH}(?<=[a-z])(?!\w)", re.IGNORECASE)


@dataclass
class Words:
    """What a text says of one moment: slot → match. `end` is where its last word ends."""

    end: int = 0
    found: dict = field(default_factory=dict)
    has_t: bool = False

    def __contains__(self, slot: str) -> bool:
        return slot in self.found

    def get(self, slot: str, name: str) -> str | None:
        """The text of a named group of a slot; None where it is missing."""
        match = self.found.get(slot)
        return match.groupdict().get(name) if match else None

    @property
    def tells(self) -> bool:
        """Whether there is a time or a date in it."""
        return bool({"unknown", "later", "epoch", "date", "weekday", "clock"} & set(self.found))


def scan(text: str, start: int = 0, *, alone: bool = False) -> Words:
    """The words of a time from `start` on, as many as there are; `alone`: nothing but a time is expected."""
    words, at = Words(end=start), start
    while at < len(text):
        match = _next(text, at, words, alone)
        if match is None:
            break
        words.end = match.end()
        if ish := "clock" in words and ISH.match(text, words.end):
            words.found["about"], words.end = ish, ish.end()
        between = (DATE_DASH if _wants_clock(words) else BETWEEN).match(text, words.end)
        between = between or BETWEEN.match(text, words.end)
        words.has_t |= text[words.end : words.end + 1] == "T"
        at = between.end()
    return words


def _wants_clock(words: Words) -> bool:
    return ("date" in words or "weekday" in words) and "clock" not in words


def _next(text: str, at: int, words: Words, alone: bool) -> re.Match | None:
    done = {"unknown", "later", "epoch"} & set(words.found)
    for slot, pattern in [] if done else TOKENS:
        if slot in words or (slot in ("later", "epoch", "unknown") and words.tells):
            continue
        if slot == "date" and "clock" in words and not alone and not words.get("clock", "m"):
            continue  # `2pm 3 May` is a date, `2 pm 3 may fail` is not: in running text it stands first
        match = pattern.match(text, at)
        if match and match.end() > at:
            words.found[slot] = match
            return match
    return _next_zone(text, at, words, alone)


def _next_zone(text: str, at: int, words: Words, alone: bool) -> re.Match | None:
    if "zone" in words or not ({"clock", "date", "epoch"} & set(words.found)):
        return None
    # Else what looks like a negative offset is the second half of `13:30-14:30` or of `1-2pm`.
    exact = words.has_t or words.get("clock", "s") or (text[at - 1 : at] == " " and text[at + 1 : at + 2] != " ")
    patterns = [OFFSET_AFTER] if exact else []
    patterns += [ZONE, ZONE_ALONE] if alone else [ZONE]
    for pattern in patterns:
        match = pattern.match(text, at)
        if match and zones.meaning(match["zone"]) and (exact or match["zone"][0] not in "-\u2212"):
            words.found["zone"] = match
            return match
    return None
