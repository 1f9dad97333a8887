"""One message of a chat, whatever it came from, and what could not be read as one. No database."""

import datetime
import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field

from kb.lib.plain_text import REFUSED

KINDS = ("message", "bot", "join", "topic")  # join: anything about who is there; topic: about the channel itself
SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~])")
LEADING = re.compile(r"^(\s*)(#+|[-+=>]|\d+[.)])", re.MULTILINE)
KEPT = re.compile(r"(?:https?|ftp)://[^\s<>]+|`[^`\n]+`")


@dataclass(slots=True)
class Message:
    """`at`: aware where the source says which zone, naive (the clock on the wall) where it does not, None if unknown.

    `key` is the same whenever the same message is read again. `thread` is the key of the message that began the thread,
    "" outside of threads. `plain`: `text` is what stood there, else Markdown. `file` and `line` say where it stands:
    the line in a text, the number of the message in a list of JSON, both from 1.
    """

    text: str
    at: datetime.datetime | None = None
    precision: str = "second"  # second, minute, unknown
    typed: str = ""
    author: str = ""
    author_key: str = ""
    email: str = ""
    channel: str = ""
    kind: str = "message"
    key: str = ""
    thread: str = ""
    link: str = ""
    edited: bool = False
    files: list[tuple[str, str]] = field(default_factory=list)  # (name, address or "")
    plain: bool = False
    file: str = ""
    line: int = 0

    @property
    def is_reply(self) -> bool:
        return bool(self.thread) and self.thread != self.key

    def markdown(self) -> str:
        """The text as Markdown that shows just these words, and the names of the files under it."""
        text = escape(self.text) if self.plain else self.text
        names = [
            f"[{escape(name)}](<{link}>)" if _opens(link) else f"file: {escape(name)}" for name, link in self.files
        ]
        return "\n\n".join(filter(None, [text, *names]))

    def as_json(self) -> dict:
        """The shape that `manage.py import_chat --json` prints."""
        return {
            "key": self.key,
            "at": self.at.isoformat() if self.at else None,
            "precision": self.precision if self.at else "unknown",
            "typed": self.typed,
            "author": self.author,
            "author_key": self.author_key,
            "channel": self.channel,
            "thread": self.thread or None,
            "kind": self.kind,
            "text": self.text,
            "link": self.link or None,
            "edited": self.edited,
            "files": [{"name": name, "url": link or None} for name, link in self.files],
            "file": self.file,
            "line": self.line,
        }


@dataclass(frozen=True)
class Fault:
    """Something that is not a message and should have been. `number` is a line or the number of a message, 0: all."""

    file: str
    number: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.number}: {self.reason}" if self.number else f"{self.file}: {self.reason}"


def tidy(message: Message) -> Message:
    """The same with names, addresses and words that a database and a page can carry."""
    message.text = clean(message.text)
    for name in ("author", "author_key", "channel"):
        setattr(message, name, " ".join(REFUSED.sub("", getattr(message, name)).split())[:120])
    message.key, message.thread = REFUSED.sub("", message.key), REFUSED.sub("", message.thread)
    message.files = [(clean(name)[:200] or "file", REFUSED.sub("", link)[:2000]) for name, link in message.files[:50]]
    return message


class Keys:
    """Keys for messages that have none of their own: the same words of the same person at the same time, counted."""

    def __init__(self, prefix: str):
        self.prefix, self.seen = prefix, Counter()

    def key_of(self, message: Message) -> str:
        when = message.at.isoformat() if message.at else message.typed
        told = "\x1f".join([message.channel, when, message.author_key or message.author, message.kind, message.text])
        digest = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        self.seen[digest] += 1
        count = self.seen[digest]
        return f"{self.prefix}:{digest}" if count == 1 else f"{self.prefix}:{digest}:{count}"


def clean(text: str) -> str:
    """Without the characters that no page can show; \\n at line ends."""
    return REFUSED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def escape(text: str) -> str:
    """Plain text as Markdown that shows it as it is; addresses become links, and what stands in `backticks` is code."""
    parts, end = [], 0
    for match in KEPT.finditer(text):
        parts += [SPECIAL.sub(r"\\\1", text[end : match.start()]), match.group()]
        end = match.end()
    whole = "".join(parts) + SPECIAL.sub(r"\\\1", text[end:])
    return LEADING.sub(lambda m: f"{m[1]}{m[2][:-1]}\\{m[2][-1]}" if m[2][0].isdigit() else f"{m[1]}\\{m[2]}", whole)


def _opens(link: str) -> bool:
    return bool(re.fullmatch(r"https?://[^\s<>]+", link))
