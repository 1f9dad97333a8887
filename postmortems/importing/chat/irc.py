"""Logs of IRC, line by line: `<nick> text` with a time before it, a date and a channel perhaps, and what servers say.

Read are `[04:14] <nick> text`, `channel 2013-01-26 [15:04:04] <nick> text`, `2013-01-26 15:04:04 <nick> text`,
`Jan 26 15:04:04 <nick> text`, tabs between the columns, `* nick does`, `=== nick joined`, `*** Joins:`, `-!-`,
`-server- notice`, and the HTML of logging bots, which is the same in `<span>`s. A date may stand in the line, in a line
of its own (“Log opened …”) or in the name of the file; after midnight the next day begins.
"""

import datetime
import html
import re
from collections.abc import Iterator

from postmortems.importing.chat import clock
from postmortems.importing.chat.message import Fault, Keys, Message, clean

PREFIX = re.compile(
    r"(?:(?P<channel>[#&]*[\w.+-]+)[ \t]+(?=\d{4}-\d\d-\d\d\b))?"
    rf"\[?(?:(?P<date>\d{{4}}-\d\d-\d\d|{clock.MONTH}\s{{1,2}}\d{{1,2}})(?:[T ,]\s*|\t))?"
    r"[\[(]?(?:(?P<time>\d{1,2}:\d\d(?::\d\d)?)(?:[.,]\d+)?(?:\s*(?P<ap>[AaPp])\.?[Mm]\.?)?)?"
    r"(?P<zone>Z|UTC|[+-]\d\d:?\d\d)?[\])]?[ \t]*",
    re.IGNORECASE,
)
SAID = re.compile(r"<[@+%&~! ]?(?P<nick>[^<>\s]{1,40})>[ \t]?(?P<text>.*)")
COLUMNS = re.compile(r"[@+%&~]?(?P<nick>[^\s<>*=]{1,40})\t(?P<text>.*)")
DOES = re.compile(r"\*[ \t]*(?P<nick>[^\s*]{1,40})[ \t]+(?P<text>.+)")
OLD_DOES = re.compile(r"===[ \t]+(?P<nick>[^\s\[(#]{1,40})[ \t]+(?P<text>[^\s\[(].*)")
NOTICE = re.compile(r"-(?P<nick>[^\s<>-][^\s<>]{0,60}?)-[ \t]+(?P<text>.+)")
SYSTEM = re.compile(r"(?:===|\*\*\*|-!-|-->|<--|--)[ \t]*(?P<text>.+)")
PRESENCE = re.compile(
    r"(?:Joins?|Parts?|Quits?): (?P<who>\S+)|(?P<nick>\S+)(?: [\[(]\S*[\])])*\s+(?:has )?"
    r"(?:joined|left|quit|parted|is now known as|sets? mode|was kicked|kicked|changed (?:his|her|their) nick)\b"
    r"|(?P<gone>\S+) (?:\(\S*\) )?Quit \(|mode/|Disconnected|Reconnect|Looking up|Checking Ident"
    r"|You(?:'re| are) now (?:known|talking)",
    re.IGNORECASE,
)
TOPIC = re.compile(
    r"(?:\S+ )?(?:changes? |has changed |changed )?(?:the )?topic (?:is|set|for|of|to|on)\b|Set by \S+ on |"
    r"\S+ (?:changes|has changed|changed|sets) (?:the )?topic\b",
    re.IGNORECASE,
)
OPENED = re.compile(
    r"[*\s-]*(?:Log opened|Day changed|Session Start|BEGIN LOGGING AT|Logging started)[:\s]*(?:\w{3,9},? )?"
    rf"(?P<mon>{clock.MONTH}) +(?P<md>\d{{1,2}})(?:,? \d\d:\d\d:\d\d)?,? (?P<my>\d{{4}})",
    re.IGNORECASE,
)
CHANNEL = re.compile(r"(?:joined|left|topic for|talking (?:in|on)|Joins?:.*) +(?P<channel>[#&]{1,2}[^\s,:)]+)")
FILE_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)")
FILE_CHANNEL = re.compile(r"(?:^|[./])(#{1,2}[\w.-]+?)(?:[._-](?:\d.*|log|txt|weechatlog))?$")
BOT = re.compile(
    r"bot[\d_|^`-]*$|^(?:chanserv|nickserv|ubottu|wikibugs|gerrit\S*|jenkins\S*|github\S*|travis\S*|nagios\S*)$", re.I
)
SPAN = re.compile(
    r'<span class="[\w-]*date[\w-]*">|<span class="[\w-]+">.*</span>|^<(?:html|body|table|pre)\b', re.IGNORECASE
)
TAG = re.compile(
    r"<(?:!doctype|meta|link)\b[^<>]*>|</?(?:span|br|a|b|i|u|p|div|font|em|strong|tt|pre|html|head|body|table|tr|td|th"
    r"|title)\b[^<>]*>",
    re.IGNORECASE,
)
PAGE = re.compile(r"\s*</?(?:!doctype|html|head|body|title|meta|pre|table|span|tr)\b", re.IGNORECASE)
COLOURS = re.compile("\x03(?:\\d{1,2}(?:,\\d{1,2})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]")


def looks_like(lines: list[str]) -> bool:
    """Whether most of the first lines that say something are lines of IRC."""
    first = [line for line in lines[:400] if line.strip()][:100]
    if any(SPAN.search(line) for line in first):
        return True
    good = sum(1 for line in first if _is_line(line))
    return bool(first) and good * 2 > len(first)


def _is_line(line: str) -> bool:
    match = PREFIX.match(line)
    rest = line[match.end() :]
    said = SAID.match(rest) if match["time"] or match["date"] or not line[:1].isdigit() else None
    timed = bool(match["time"]) and (DOES.fullmatch(rest) or NOTICE.fullmatch(rest) or COLUMNS.fullmatch(rest))
    return bool(said or timed or (line.startswith(("===", "***", "-!-")) and SYSTEM.match(line)))


def day_in(name: str) -> datetime.date | None:
    """The date in the name of a file, if there is one: 2009-10-01_17.raw.txt, #ops_20260302.log."""
    for match in FILE_DATE.finditer(name):
        try:
            return datetime.date(*map(int, match.groups()))
        except ValueError:
            continue
    return None


def read_lines(
    lines: list[str], *, file: str = "", day: datetime.date | None = None, channel: str = "", wraps: bool = False
) -> Iterator[Message | Fault]:
    """Messages in the order of the lines; a Fault for a line that is none. With `wraps`, as in pasted text, such a line
    belongs to the message before it."""
    lines = [_bare(line) for line in lines]
    channel = channel or _channel_of(lines, file)
    hours = [int(match["time"].split(":")[0]) for line in lines if (match := PREFIX.match(line)) and match["time"]]
    dated = any(match["date"] for line in lines[:50] if (match := PREFIX.match(line)))
    times = clock.Clock(day or day_in(file), halves=not dated and clock.is_in_halves(hours))
    keys, waiting = Keys("irc"), None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if match := OPENED.match(line):
            times.turn_to(clock.date_of(_Named(match), None) or times.day)
            continue
        message = _message(line, times, channel)
        if message is None and waiting and wraps:
            waiting.text += f"\n{line.strip()}"
            continue
        if waiting:
            waiting.key = keys.key_of(waiting)
            yield waiting
            waiting = None
        if message is None:
            yield Fault(file, number, "It is no line of a chat: no name and no time.")
            continue
        message.file, message.line = file, number
        waiting = message
    if waiting:
        waiting.key = keys.key_of(waiting)
        yield waiting


def _message(line: str, times: clock.Clock, channel: str) -> Message | None:
    match = PREFIX.match(line)
    rest, stamp = line[match.end() :], _stamp(match, times)
    made = _said(rest, bool(match["time"] or match["date"]))
    if made is None:
        return None
    kind, author, text = made
    return Message(
        text=clean(text), kind=kind, author=author, author_key=author, plain=True,
        channel=(match["channel"] or channel).lstrip("#&"), **stamp,
    )  # fmt: skip


def _stamp(match: re.Match, times: clock.Clock) -> dict:
    if not match["time"]:
        return {"at": None, "precision": "unknown"}
    hour, minute, *second = map(int, match["time"].split(":"))
    if match["ap"]:
        hour = hour % 12 + (12 if match["ap"].lower() == "p" else 0)
    precision = "second" if second else "minute"
    typed = " ".join(filter(None, [match["date"], match["time"]]))
    try:
        at = times.at(datetime.time(hour, minute, *second), _date(match["date"], times.day))
    except ValueError:
        return {"at": None, "precision": "unknown", "typed": typed}
    if at and match["zone"]:
        at = clock.in_zone(at, clock.zone_of(match["zone"], at=at) or "UTC")
    return {"at": at, "precision": precision, "typed": typed}


def _date(text: str | None, before: datetime.date | None) -> datetime.date | None:
    if not text:
        return None
    if text[0].isdigit():
        return datetime.date.fromisoformat(text)
    name, day = text.split()
    month = clock.MONTHS.index(name[:3].lower()) + 1
    return datetime.date(before.year, month, int(day)) if before else None


def _said(rest: str, stamped: bool) -> tuple[str, str, str] | None:
    """(kind, author, text) of what follows the time."""
    if match := SAID.fullmatch(rest):
        return ("bot" if BOT.search(match["nick"]) else "message"), match["nick"], match["text"]
    if match := SYSTEM.fullmatch(rest):
        about = _about(match["text"])
        does = OLD_DOES.fullmatch(rest)  # some bots write “=== ada sighs” for what others write as “* ada sighs”
        return ("message", does["nick"], does["text"]) if does and about == ("join", "", match["text"]) else about
    if rest.startswith("*") and (TOPIC.match(bare := rest.lstrip("* \t")) or PRESENCE.match(bare)):
        return _about(bare)
    if match := DOES.fullmatch(rest):
        return "message", match["nick"], match["text"]
    if match := NOTICE.fullmatch(rest):
        return "bot", match["nick"], match["text"]
    if stamped and (match := COLUMNS.fullmatch(rest)):
        if re.fullmatch(r"[-<>!=*]+", match["nick"]):
            return _about(match["text"])
        return ("bot" if BOT.search(match["nick"]) else "message"), match["nick"], match["text"]
    return ("message", "", rest) if stamped and rest.strip() else None


def _about(text: str) -> tuple[str, str, str]:
    """What the server says: who came and went, or what the channel is about."""
    if TOPIC.match(text):
        return "topic", "", text
    match = PRESENCE.match(text)
    who = (match["who"] or match["nick"] or match["gone"] or "") if match else ""
    return "join", who, text


def _bare(line: str) -> str:
    """A line without the tags of a logging bot and without colours."""
    line = COLOURS.sub("", line.rstrip("\r\n"))
    if "</span>" in line or "<br" in line or PAGE.match(line):
        line = html.unescape(TAG.sub("", line)).strip()
    return line


def _channel_of(lines: list[str], file: str) -> str:
    """The channel that the name of the file or the first joins tell of."""
    if match := FILE_CHANNEL.search(file.rsplit(".", 1)[0]):
        return match[1]
    for line in lines[:2000]:
        if "#" in line and not SAID.match(line[PREFIX.match(line).end() :]) and (match := CHANNEL.search(line)):
            return match["channel"]
    return ""


class _Named:
    """The groups of OPENED under the names that date_of() asks for."""

    def __init__(self, match: re.Match):
        self.match = match

    def __getitem__(self, name: str) -> str | None:
        return self.match[name] if name in self.match.re.groupindex else None
