"""One entry of a calendar as an .ics file (RFC 5545). Pure text."""

import re
from datetime import UTC, datetime

WIDTH = 75  # bytes of a line, after which it is folded


def as_ics(*, uid: str, revision: int, stamp: datetime, at: datetime, until: datetime, summary: str, place: str,
           about: str, url: str) -> str:  # fmt: skip
    """The file's text, with CRLF at line ends. A later revision of the same uid replaces the entry."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Andon//Debrief//EN", "METHOD:PUBLISH", "BEGIN:VEVENT",
        f"UID:{uid}", f"SEQUENCE:{revision}", f"DTSTAMP:{_utc(stamp)}", f"DTSTART:{_utc(at)}", f"DTEND:{_utc(until)}",
        f"SUMMARY:{_text(summary)}", *([f"LOCATION:{_text(place)}"] if place else []), f"DESCRIPTION:{_text(about)}",
        f"URL:{url}", "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(text: str) -> str:
    text = re.sub(r"([\\;,])", r"\\\1", text)
    return text.replace("\r\n", "\n").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Lines of at most WIDTH bytes, never cut inside a character; the next begins with a space."""
    pieces, size = [""], 0
    for character in line:
        width = len(character.encode())
        if size + width > WIDTH:
            pieces.append("")
            size = 1  # the space
        pieces[-1] += character
        size += width
    return "\r\n ".join(pieces)
