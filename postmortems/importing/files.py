"""Files to import: which ones, under which name they are known, and what makes one unreadable."""

import codecs
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = {".md", ".markdown", ".mdown"}
MAX_BYTES = 2_000_000
CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Refused(Exception):
    """A file, or what it holds, cannot be taken; the message is one sentence for people."""


@dataclass(frozen=True)
class File:
    """A file and the key under which its postmortem is found again: its path relative to what was given."""

    path: Path
    key: str


def find(paths: Iterable[str]) -> Iterator[File | tuple[str, str]]:
    """Files in the order given, in folders by name; (path, reason) where there is nothing to find."""
    for given in paths:
        path = Path(given)
        if path.is_dir():
            yield from _in_folder(path)
        elif os.path.lexists(path):
            yield File(path, path.name)
        else:
            yield given, "There is no such file or folder."


def _in_folder(folder: Path) -> Iterator[File | tuple[str, str]]:
    faults: list[OSError] = []
    for where, folders, names in os.walk(folder, onerror=faults.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                path = Path(where, name)
                yield File(path, path.relative_to(folder).as_posix())
    for fault in faults:
        yield str(fault.filename), f"It cannot be read: {(fault.strerror or 'unknown reason').lower()}."


def read(path: Path) -> tuple[str, str]:
    """(text, sha256 of the bytes). Raises Refused with what is wrong and what to do."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise Refused("It is not a regular file.")
        if about.st_size > MAX_BYTES:
            raise Refused(f"It has {about.st_size / 1e6:,.1f} MB; at most {MAX_BYTES / 1e6:.0f} MB are taken.")
        data = path.read_bytes()
    except OSError as fault:
        raise Refused(f"It cannot be read: {(fault.strerror or 'unknown reason').lower()}.") from fault
    return decode(data), hashlib.sha256(data).hexdigest()


def decode(data: bytes) -> str:
    """UTF-8 text with \\n at line ends; control characters, which no page can show, as their symbols (␛)."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Refused("It is written in UTF-16; save it as UTF-8.")
    if b"\x00" in data:
        raise Refused("It is not a text file.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise Refused(f"It is not UTF-8: byte {data[fault.start]:#04x} in line {line}; save it as UTF-8.") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise Refused("It is empty.")
    return CONTROL.sub(lambda match: "␡" if match.group() == "\x7f" else chr(0x2400 + ord(match.group())), text)
