"""Plain chat as people paste it: one line a message, or a line with name and time and the words below.

The shapes are those that the clipboard of common programs gives: `[14:03] ada: text`, `14:03 <ada> text`,
`Ada Author  2:03 PM` or the same on two lines with the text below (Slack, Mattermost), `[2:03 PM] Ada Author` with the
text below (Teams), `Ada — Today at 2:03 PM` (Discord), `Ada, [02.03.2026 14:03]` (Telegram),
`02/03/2026, 14:03 - Ada: text` (WhatsApp), `14:03:22 From Ada to Everyone:` (Zoom). A name that stands only once and
could as well be words of a sentence is not taken for a name.
"""

import datetime
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from postmortems.importing.chat import clock
from postmortems.importing.chat.message import Fault, Keys, Message, clean

STAMP, ZERO = clock.STAMP, "[\u200b\u200e\u200f\u202a-\u202f\ufeff]"
NAME = r"(?P<name>[@~\w][^\n:<>\[\]|—–]{0,59}?)"
LEAD = r"[\s>*-]*"
FORMS = [  # (pattern, the words follow on the next lines, only if the name is certain)
    (rf"{LEAD}[\[(]?{STAMP}[\])]?\s*<[@+%&~ ]?(?P<name>[^<>]{{1,60}})>\s?(?P<text>.*)", False, False),
    (rf"{LEAD}[\[(]{STAMP}[\])]\s*{NAME}\s*:(?:\s+(?P<text>.*)|(?P<none>))", False, False),
    (rf"{LEAD}{STAMP}\s*(?:[-–—|]\s*)?{NAME}\s*:(?:\s+(?P<text>.*)|(?P<none>))", False, True),
    (rf"{LEAD}{NAME},?\s*[\[(]{STAMP}[\])]:\s*(?P<text>.*)", False, False),
    (rf"{LEAD}[\[(]{STAMP}[\])]\s*{NAME}", True, True),
    (rf"\s*{NAME},?\s*[\[(]{STAMP}[\])]", True, False),
    (rf"\s*{NAME}(?:\s*[—–|]\s*|,\s+|\s+-\s+|\s*\t\s*|\s{{2,}}){STAMP}", True, False),
    (rf"\s*{NAME}\s+{STAMP}", True, True),
]
FORMS = [(re.compile(pattern, re.IGNORECASE), block, weak) for pattern, block, weak in FORMS]
ALONE = re.compile(rf"\s*[—–]?\s*[\[(]?{STAMP}[\])]?\s*", re.IGNORECASE)
GOES_ON = re.compile(rf"{LEAD}[\[(]{STAMP}[\])]\s*(?P<text>.+)", re.IGNORECASE)
NAME_LINE = re.compile(rf"\s*{NAME}\s*", re.IGNORECASE)
HAS_TIME = re.compile(r"\d:\d\d")
HALF = re.compile(r"\d\s*[ap]\.?m\b", re.IGNORECASE)
LEVEL = re.compile(r"(?:ERROR|WARN|WARNING|INFO|DEBUG|FATAL|TRACE|NOTICE|CRITICAL|SEVERE)$")
MARK = re.compile(r"\s*(?:APP|BOT)\s*")
CALLED = re.compile(r"From\s+(.+?)(?:\s+to\s+.+)?")  # “From Ada Author to Everyone”, as Zoom saves it
GLUED_MARK = re.compile(r"(?<=[a-z0-9)])\s*(?:APP|BOT)$|\s+(?:APP|BOT|Bot)$")
EMOJI = re.compile(r"\s*:[a-z0-9_+'-]+:\s*")
LONG_RUN = re.compile(r"[ \t]{9,}")  # of white space, at which patterns would try for ever
EMOJI_BEFORE_TIME = re.compile(r"\s*:[a-z0-9_+'-]+:\s*(?=\d{1,2}:\d\d)")
# What programs put between the messages when they are copied; it says nothing.
DECORATION = re.compile(
    r"\s*(?:\d+ repl(?:y|ies)|view (?:thread|newer replies)|new(?: messages)?|last reply .{1,40}"
    r"|also sent to the channel|replied to a thread:?.*|:[a-z0-9_+'-]+:(?:\s*\d+)?|\d+ reactions?"
    r"|edited|\(edited\)|\d{1,2} files?|image\.png"
    r"|collapse|expand|last read)\s*",
    re.IGNORECASE,
)


@dataclass
class _Header:
    """Lines `start` to `end` (exclusive) that say who and when; `text`: the words on the same line, if any."""

    start: int
    end: int
    match: re.Match
    name: str
    text: str
    block: bool
    weak: bool


def recognize(text: str, day: datetime.date | None = None, zone: str = "") -> list[Message]:
    """The messages of pasted text, [] where it does not look like a chat. `day`: of a first line that tells only a
    clock time, else such messages have `at` None. With `zone` (IANA or offset) every `at` is aware. Pure; about 20 ms
    per 1,000 lines. Never raises for any text.
    """
    from postmortems.importing.chat import irc

    lines = text.split("\n")
    found = irc.read_lines(lines, day=day, wraps=True) if irc.looks_like(lines) else read_lines(lines, day=day)
    messages = [item for item in found if isinstance(item, Message)]
    if not _is_chat(messages, lines):
        return []
    if zone:
        before = None
        for message in messages:
            if message.at and message.at.tzinfo is None:
                message.at = before = clock.in_zone(message.at, zone, before)
    return messages


def _is_chat(messages: list[Message], lines: list[str]) -> bool:
    """At least two messages that somebody said, over most of the lines."""
    spoken = sum(1 for message in messages if message.author and message.kind != "join")
    written = sum(1 for line in lines if line.strip())
    covered = sum(2 + message.text.count("\n") for message in messages)
    return spoken >= 2 and covered * 2 >= written


def read_lines(
    lines: list[str], *, file: str = "", day: datetime.date | None = None, channel: str = ""
) -> Iterator[Message | Fault]:
    """Messages in the order of the lines; a Fault for lines before the first one."""
    lines = [re.sub(ZERO, " " if line[:1].strip() else "", line).rstrip() for line in lines]
    headers = _certain(list(_headers(lines)))
    month_first = clock.sounds_month_first([header.match for header in headers])
    times, keys, zone = clock.Clock(day), Keys("text"), ""
    first = headers[0].start if headers else len(lines)
    for number, line in enumerate(lines[:first], 1):
        if found := _day_of(line, day):
            times.turn_to(found)
        elif line.strip() and not DECORATION.fullmatch(line) and not clock.WEEKDAY_ONLY.fullmatch(line):
            yield Fault(file, number, "It has no time and no name.")
    author = bot = ""
    before = None
    for place, header in enumerate(headers):
        if header.name:
            author, bot = _name(header.name)
        end = headers[place + 1].start if place + 1 < len(headers) else len(lines)
        time = clock.time_of(header.match, before)
        before = time if before or header.match["ap"] else None
        told = clock.date_of(header.match, day, month_first=month_first)
        at = times.at(time, told) if time else None
        zone = clock.zone_of(header.match["zone"], zone, at) or zone
        if at and zone:
            at = clock.in_zone(at, zone)
        words, edited, turns = _words(header, lines[header.end : end], day)
        if turns:
            times.turn_to(turns)
        message = Message(
            text=words, at=at, precision="second" if header.match["ss"] else "minute", author=author, author_key=author,
            typed=_typed(header.match), channel=channel, kind="bot" if bot else "message", edited=edited, plain=True,
            file=file, line=header.start + 1,
        )  # fmt: skip
        message.key = keys.key_of(message)
        if words:
            yield message


def _headers(lines: list[str]) -> Iterator[_Header]:
    stamps = [line for line in lines if len(line) < 80 and ALONE.fullmatch(line)]
    indented = any(line[0].isspace() for line in stamps)
    named = [line for line in stamps if not indented or line[0].isspace()]
    if any(HALF.search(line) for line in lines if HAS_TIME.search(line[:200])):
        named = [line for line in named if HALF.search(line)]
    named, at = set(named), 0  # the others go on with the words of the one before
    while at < len(lines):
        header = _header(lines, at, named)
        if header:
            yield header
            at = header.end
        else:
            at += 1


def _header(lines: list[str], at: int, named: set[str]) -> _Header | None:
    if not lines[at].strip() or len(lines[at]) > 20_000:
        return None
    line = EMOJI_BEFORE_TIME.sub("  ", LONG_RUN.sub(" " * 8, lines[at]))
    if not HAS_TIME.search(line[:200]):
        return _two_lines(lines, at, named)
    for pattern, block, weak in FORMS:
        if (match := pattern.fullmatch(line)) and clock.time_of(match):
            name = match["name"].strip()
            if not block and weak and not _sounds_like_name(name):
                continue
            text = (match.groupdict().get("text") or "").strip()
            if block and weak and not (_sounds_like_name(name) and _next_is_text(lines, at)):
                continue
            return _Header(at, at + 1, match, name, text, block or not text, weak)
    if len(line) < 80 and (match := ALONE.fullmatch(line)) and clock.time_of(match):
        return _Header(at, at + 1, match, "", "", True, True)
    if (match := GOES_ON.fullmatch(line)) and clock.time_of(match):
        return _Header(at, at + 1, match, "", match["text"].strip(), False, True)
    return None


def _two_lines(lines: list[str], at: int, named: set[str]) -> _Header | None:
    """A name, perhaps the mark of a program, and a time, each on a line of its own."""
    match = NAME_LINE.fullmatch(EMOJI.sub(" ", lines[at])) if len(lines[at]) <= 70 else None
    if not match or DECORATION.fullmatch(lines[at]):
        return None
    after = at + 1
    marked = after < len(lines) and bool(MARK.fullmatch(lines[after]))
    after += marked
    if (
        after < len(lines)
        and lines[after] in named
        and (stamp := ALONE.fullmatch(lines[after]))
        and clock.time_of(stamp)
    ):
        name = match["name"].strip() + (" APP" if marked else "")
        if _sounds_like_name(name) and "[" not in lines[after]:
            return _Header(at, after + 1, stamp, name, "", True, False)
    return None


def _next_is_text(lines: list[str], at: int) -> bool:
    return at + 1 < len(lines) and bool(lines[at + 1].strip()) and not HAS_TIME.match(lines[at + 1].strip(" [(")[:8])


def _sounds_like_name(text: str) -> bool:
    """One word, or up to four that begin with capitals (or with none in between: “Ada van der Berg”)."""
    words = re.sub(r"\([^)]*\)", "", text).replace(",", " ").split()
    if not words or LEVEL.match(words[0]):
        return False
    if len(words) == 1:
        return len(text) <= 40
    return len(words) <= 5 and words[0][0].isupper() and words[-1][:1].isupper() and len(text) <= 50


def _certain(headers: list[_Header]) -> list[_Header]:
    """Without those whose name may be words of a sentence, unless the same name is seen again."""
    names = Counter(_name(header.name)[0] for header in headers if header.name)
    sure = {_name(header.name)[0] for header in headers if header.name and not header.weak}
    found = []
    for header in headers:
        name = _name(header.name)[0] if header.name else ""
        if header.weak and name and name not in sure and names[name] < 2 and len(names) > 2:
            continue
        if not name and not found:
            continue  # a time without anybody before it
        found.append(header)
    return found


def _words(header: _Header, below: list[str], day: datetime.date | None) -> tuple[str, bool, datetime.date | None]:
    """(text, whether it says that it was edited, a day that begins after it)."""
    kept, turns, skip_count = [header.text] if header.text else [], None, False
    for line in below:
        if found := _day_of(line, day):
            turns = found
        elif clock.WEEKDAY_ONLY.fullmatch(line) or (header.block and DECORATION.fullmatch(line)):
            skip_count = True
        elif skip_count and line.strip().isdigit():
            skip_count = False  # how many gave the reaction above
        else:
            kept.append(line)
            skip_count = False
    text = clean("\n".join(_dedented(kept)))
    edited = text.endswith("(edited)")
    return (text.removesuffix("(edited)").rstrip() if edited else text), edited, turns


def _dedented(lines: list[str]) -> list[str]:
    """Without the indentation that all of the lines below have in common."""
    margin = min((len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()), default=0)
    return [line.strip() if not place else line[margin:] for place, line in enumerate(lines)]


def _day_of(line: str, today: datetime.date | None) -> datetime.date | None:
    if len(line) > 60 or not (match := clock.DATE_ONLY.fullmatch(line)):
        return None
    return clock.date_of(match, today)


def _name(text: str) -> tuple[str, bool]:
    """(the name without decoration, whether it is a program's)."""
    name = EMOJI.sub(" ", text).strip(" \t@:,-–—")
    if called := CALLED.fullmatch(name):
        name = called[1]
    bare = GLUED_MARK.sub("", name).strip()
    return bare or name, bare != name and bool(bare)


def _typed(match: re.Match) -> str:
    """The time as it stood there, without what is around it."""
    start = min(match.start(name) for name in ("y", "a", "mon", "dd", "word", "hh") if match.start(name) >= 0)
    end = max(match.end(name) for name in ("mm", "ss", "ap", "zone") if match.end(name) >= 0)
    rest = re.match(r"\.?m\b\.?", match.string[end:], re.IGNORECASE) if match.end("ap") == end else None
    return match.string[start : end + (rest.end() if rest else 0)].strip()[:120]
