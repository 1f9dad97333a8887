"""A bundle → a Reading: which format it is, its messages in order, what could not be read, who and where.

Everything is read before anything is said, so that what is refused leaves nothing behind.
"""

import datetime
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from postmortems.importing.chat import clock, irc, mattermost, slack, text
from postmortems.importing.chat.bundle import Bundle
from postmortems.importing.chat.message import Fault, Message, tidy
from postmortems.importing.files import Refused

FORMATS = ("slack", "irc", "mattermost", "text")
MAX_MESSAGES = 100_000  # chosen ones
MAX_FAULTS = 1_000
TEXTS = (".txt", ".log", ".html", ".htm", ".weechatlog", ".md", "")


@dataclass(frozen=True)
class Choice:
    """Which messages are wanted. `since`, `until`: naive (in the zone of the messages) or aware; until is exclusive."""

    channel: str = ""
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None


@dataclass
class Reading:
    """`messages` in the order of their time, as far as it is known; `channels` and `people` count all that was read."""

    format: str
    messages: list[Message] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    channels: Counter = field(default_factory=Counter)
    total: int = 0

    @property
    def people(self) -> Counter:
        return Counter(message.author for message in self.messages if message.kind in ("message", "bot"))


def read(
    bundle: Bundle,
    format: str = "auto",
    *,
    choice: Choice | None = None,
    zone: str = "",
    day: datetime.date | None = None,
    link_base: str = "",
) -> Reading:
    """Read a bundle. With `zone` every time that has none is taken in it; `day` is for text that tells only the clock.

    Raises Refused, with the file's name, where there is nothing to read or too much. About 0.1 ms per message.
    """
    format = recognized(bundle) if format == "auto" else format
    found, choice = Reading(format), choice or Choice()
    items = {"slack": slack.read, "mattermost": mattermost.read}.get(format, _read_texts)(
        bundle, link_base=link_base, day=day, format=format
    )
    seen: set[str] = set()
    for item, moment in _in_zone(items, zone):
        if isinstance(item, Fault):
            _note(found, item)
            continue
        tidy(item)
        found.total += 1
        found.channels[item.channel] += 1
        if item.key in seen or not _is_chosen(item, moment, choice, zone):
            continue
        seen.add(item.key)
        found.messages.append(item)
        if len(found.messages) > MAX_MESSAGES:
            raise Refused(
                f"{item.file or bundle.name} brings it to more than {MAX_MESSAGES:,} messages; "
                "choose a channel or a span of time."
            )
    if not found.total and not found.faults:
        raise Refused(f"{bundle.name or 'It'} holds no messages that Andon can read.")
    found.messages = _sorted(found.messages)
    return found


def recognized(bundle: Bundle) -> str:
    """The format of a bundle, by its names and first lines. Raises Refused where there is none."""
    if slack.looks_like(bundle):
        return "slack"
    if mattermost.looks_like(bundle):
        return "mattermost"
    names = _texts(bundle)
    if not names and any(name.endswith(".json") for name in bundle.names):
        return "slack"
    if not names:
        raise Refused(f"{bundle.name or 'It'} holds no chat: no export of Slack or Mattermost, no text.")
    for name in names[:5]:
        if irc.looks_like(_first_lines(bundle, name)):
            return "irc"
    return "text"


def _first_lines(bundle: Bundle, name: str) -> list[str]:
    lines = bundle.lines_of(name)
    return [line for _, line in zip(range(400), lines, strict=False)]


def _texts(bundle: Bundle) -> list[str]:
    return [name for name in bundle.names if PurePosixPath(name).suffix.lower() in TEXTS or len(bundle.names) == 1]


def _read_texts(bundle: Bundle, *, format: str, day: datetime.date | None, **_) -> Iterator[Message | Fault]:
    read_lines = irc.read_lines if format == "irc" else text.read_lines
    for name in _texts(bundle):
        lines = list(bundle.lines_of(name))
        if len(lines) > 4 * MAX_MESSAGES:
            raise Refused(f"{name} has more than {4 * MAX_MESSAGES:,} lines; import a part of it.")
        yield from read_lines(lines, file=name, day=irc.day_in(name) or day)


def _in_zone(items: Iterator[Message | Fault], zone: str) -> Iterator[tuple[Message | Fault, datetime.datetime | None]]:
    """Each with its moment, that of the message before it in the file where it has none; in `zone` if one is given."""
    moment, file = None, ""
    for item in items:
        if isinstance(item, Message):
            if item.file != file:
                moment, file = None, item.file
            if item.at is not None and zone:
                after = moment if item.at.tzinfo is None else None
                item.at = clock.in_zone(item.at, zone, after) if item.at.tzinfo is None else item.at
            moment = item.at or moment
        yield item, moment


def _is_chosen(message: Message, moment: datetime.datetime | None, choice: Choice, zone: str) -> bool:
    if choice.channel and message.channel.casefold() != choice.channel.lstrip("#&").casefold():
        return False
    if choice.since is None and choice.until is None:
        return True
    if moment is None:
        return False
    since, until = (_comparable(bound, moment, zone) for bound in (choice.since, choice.until))
    return (since is None or moment >= since) and (until is None or moment < until)


def _comparable(bound: datetime.datetime | None, moment: datetime.datetime, zone: str) -> datetime.datetime | None:
    """A bound as the moment is told: aware where it is aware, on its own wall where not."""
    if bound is None or (bound.tzinfo is None) == (moment.tzinfo is None):
        return bound
    return bound.replace(tzinfo=None) if bound.tzinfo else clock.in_zone(bound, zone or "UTC")


def _sorted(messages: list[Message]) -> list[Message]:
    """By time; one without a time stays behind the one before it. Stable, so that a file's own order counts."""
    last, keyed = None, []
    for place, message in enumerate(messages):
        last = message.at or last
        moment = last.replace(tzinfo=datetime.UTC) if last and last.tzinfo is None else last
        keyed.append((moment or datetime.datetime.min.replace(tzinfo=datetime.UTC), place))
    order = sorted(range(len(messages)), key=keyed.__getitem__)
    return [messages[place] for place in order]


def _note(found: Reading, fault: Fault) -> None:
    if len(found.faults) < MAX_FAULTS:
        found.faults.append(fault)
    elif len(found.faults) == MAX_FAULTS:
        found.faults.append(Fault(fault.file, 0, f"More than {MAX_FAULTS:,} faults; the rest is not listed."))
