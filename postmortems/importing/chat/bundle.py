"""What was given to import: one file, a folder, or a zip archive, read as streams within bounds and never unpacked.

Everything that a hostile archive can do is refused with the name of its entry before anything of it is used: entries
that climb out of the folder, links, encrypted ones, archives within the archive, and more bytes than a chat has.
"""

import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from postmortems.importing.files import Refused

MAX_ENTRIES = 50_000
MAX_DIRECTORY = 8_000_000  # bytes of an archive's table of contents, which zipfile reads whole
MAX_ENTRY = 64_000_000  # bytes of one file of JSON, which is read whole
MAX_TOTAL = 256_000_000  # bytes read of everything together
MAX_RATIO = 250  # above 4 MB; chat compresses 5 to 30 times
READ = (".json", ".jsonl", ".csv", ".txt", ".log", ".html", ".htm", ".weechatlog", ".md", "")
ARCHIVE = re.compile(r"\.(?:zip|7z|rar|tar|t?gz|t?bz2?|xz|zst|jar)$", re.IGNORECASE)
ATTACHED = {"__uploads", "attachments", "__macosx"}  # folders of what people attached; never opened
MAY_HOLD_ARCHIVES = ATTACHED | {"data", "files"}


class Bundle:
    """The readable files of what was given, by name with slashes. `close()` it, or use it as a context."""

    def __init__(self, name: str, source: "_Folder | _Zip | _File"):
        self.name, self.source, self.read_bytes = name, source, 0
        self.names = source.names()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.source.close()

    def open(self, name: str) -> Iterator[bytes]:
        """Blocks of a file. Raises Refused when there are more bytes than there may be."""
        size = 0
        try:
            with self.source.open(name) as stream:
                while block := stream.read(1 << 18):
                    size += len(block)
                    self.read_bytes += len(block)
                    self._stay_within(name, size)
                    yield block
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as fault:
            raise Refused(f"{name} is damaged: {str(fault)[:120] or 'it ends too early'}.") from fault
        except OSError as fault:
            raise Refused(f"{name} cannot be read: {(fault.strerror or 'unknown reason').lower()}.") from fault

    def _stay_within(self, name: str, size: int) -> None:
        if self.read_bytes > MAX_TOTAL:
            raise Refused(f"{name} makes it more than {MAX_TOTAL // 10**6} MB of text; import a part of it.")
        packed = self.source.packed(name)
        if packed is not None and size > 4_000_000 and size > MAX_RATIO * max(packed, 1):
            raise Refused(f"{name} unpacks to more than {MAX_RATIO} times its size, as no chat does.")

    def bytes_of(self, name: str) -> bytes:
        """A whole file of at most MAX_ENTRY bytes."""
        blocks, size = [], 0
        for block in self.open(name):
            size += len(block)
            if size > MAX_ENTRY:
                raise Refused(f"{name} has more than {MAX_ENTRY // 10**6} MB; split it.")
            blocks.append(block)
        return b"".join(blocks)

    def lines_of(self, name: str) -> Iterator[str]:
        """The lines of a text without their ends; UTF-8, and where it is not, as Windows wrote it."""
        rest, first = b"", True
        for block in self.open(name):
            if first and block.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise Refused(f"{name} is written in UTF-16; save it as UTF-8.")
            if first and b"\x00" in block:
                raise Refused(f"{name} is not a text file.")
            if first:
                block, first = block.removeprefix(b"\xef\xbb\xbf"), False
            *lines, rest = (rest + block).split(b"\n")
            if len(rest) > MAX_ENTRY // 4:
                raise Refused(f"{name} has a line of more than {MAX_ENTRY // 4 // 10**6} MB.")
            yield from map(decode, lines)
        if rest:
            yield decode(rest)


def decode(line: bytes) -> str:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        text = line.decode("cp1252", "replace")
    return text.replace("\r", "").replace("\x00", "")


def open_bundle(path: Path | str) -> Bundle:
    """The Bundle of a file, a folder or a zip archive on disk. Raises Refused."""
    path = Path(path)
    if not path.exists():
        raise Refused(f"There is no such file or folder: {path}.")
    if path.is_dir():
        return Bundle(path.resolve().name, _Folder(path))
    if not path.is_file():
        raise Refused(f"{path.name} is not a regular file.")
    return open_file(path.open("rb"), path.name, folder=path.resolve().parent.name)


def open_file(stream, name: str, *, folder: str = "") -> Bundle:
    """The Bundle of an open binary file (an upload, perhaps a zip archive); `name` is what people call it."""
    start = stream.read(4)
    stream.seek(0)
    if start in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"):
        return Bundle(name, _Zip(stream, name))
    if ARCHIVE.search(name) or start[:2] in (b"\x1f\x8b", b"7z", b"BZ") or start == b"\xfd7zX":
        raise Refused(f"{name} is no zip archive; unpack it and import the folder or its files.")
    return Bundle(folder, _File(stream, name))


def open_text(text: str) -> Bundle:
    """The Bundle of pasted text."""
    return Bundle("", _File(io.BytesIO(text.encode("utf-8", "replace")), "pasted text"))


class _File:
    """One file; also what was pasted."""

    def __init__(self, stream, name: str):
        self.stream, self.name = stream, name

    def names(self) -> list[str]:
        return [self.name]

    def open(self, name: str):
        self.stream.seek(0)
        return _Kept(self.stream)

    def packed(self, name: str) -> None:
        return None

    def close(self) -> None:
        self.stream.close()


class _Kept:
    """A stream that stays open when its reader is done."""

    def __init__(self, stream):
        self.read = stream.read

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class _Folder:
    def __init__(self, path: Path):
        self.path = path

    def names(self) -> list[str]:
        found, count = [], 0
        for where, folders, names in os.walk(self.path, followlinks=False):
            folders[:] = sorted(f for f in folders if not f.startswith(".") and f.lower() not in ATTACHED)
            count += len(names)
            if count > MAX_ENTRIES:
                raise Refused(f"{self.path.name} holds more than {MAX_ENTRIES:,} files.")
            for name in [*folders, *sorted(names)]:
                path = Path(where, name)
                key = path.relative_to(self.path).as_posix()
                if path.is_symlink():
                    raise Refused(f"{key} is a link; nothing is read through links.")
                if name in folders or name.startswith("."):
                    continue
                _refuse_archive(key)
                if path.suffix.lower() in READ and stat.S_ISREG(path.lstat().st_mode):
                    found.append(key)
        return sorted(found)

    def open(self, name: str):
        return os.fdopen(os.open(self.path / name, os.O_RDONLY | os.O_NOFOLLOW), "rb")

    def packed(self, name: str) -> None:
        return None

    def close(self) -> None:
        pass


class _Zip:
    def __init__(self, stream, name: str):
        _check_directory(stream, name)
        try:
            self.archive = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error) as fault:
            raise Refused(f"{name} is damaged: {str(fault)[:120]}.") from fault
        self.stream, self.entries = stream, {}
        for info in self.archive.infolist():
            _check_entry(info)
            if not info.is_dir() and _is_wanted(info.filename):
                self.entries[info.filename] = info
        total = sum(info.file_size for info in self.entries.values())
        if total > MAX_TOTAL:
            largest = max(self.entries.values(), key=lambda info: info.file_size)
            raise Refused(f"{largest.filename} and the others unpack to more than {MAX_TOTAL // 10**6} MB of text.")

    def names(self) -> list[str]:
        return sorted(self.entries)

    def open(self, name: str):
        return self.archive.open(self.entries[name])

    def packed(self, name: str) -> int:
        return self.entries[name].compress_size

    def close(self) -> None:
        self.archive.close()
        self.stream.close()


def _is_wanted(name: str) -> bool:
    path = PurePosixPath(name)
    hidden = any(part.startswith(".") for part in path.parts)
    attached = any(part.lower() in ATTACHED for part in path.parts[:-1])
    return not hidden and not attached and path.suffix.lower() in READ


def _check_entry(info: zipfile.ZipInfo) -> None:
    """Refuse what no export of a chat holds."""
    name = info.orig_filename
    parts = re.split(r"[/\\]", name)
    if ".." in parts or name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name) or "\x00" in name:
        raise Refused(f"{info.filename!r} climbs out of the archive; nothing of it was read.")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise Refused(f"{info.filename} is a link; nothing of the archive was read.")
    if info.flag_bits & 0x1:
        raise Refused(f"{info.filename} is encrypted; unpack it first.")
    _refuse_archive(info.filename)
    if info.file_size > 4_000_000 and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        raise Refused(f"{info.filename} unpacks to more than {MAX_RATIO} times its size, as no chat does.")


def _refuse_archive(name: str) -> None:
    attached = any(part.lower() in MAY_HOLD_ARCHIVES for part in PurePosixPath(name).parts[:-1])
    if ARCHIVE.search(name) and not attached:
        raise Refused(f"{name} is an archive in itself; unpack it and import what it holds.")


def _check_directory(stream, name: str) -> None:
    """Refuse a table of contents that would fill the memory before a single entry could be looked at."""
    stream.seek(0, os.SEEK_END)
    size = stream.tell()
    stream.seek(max(size - 66_000, 0))
    tail = stream.read()
    stream.seek(0)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise Refused(f"{name} is no whole zip archive; its end is missing.")
    entries, length = struct.unpack("<H", tail[at + 10 : at + 12])[0], struct.unpack("<L", tail[at + 12 : at + 16])[0]
    big = tail.rfind(b"PK\x06\x06", 0, at)
    if big >= 0 and at - big >= 56:
        entries, length = struct.unpack("<QQ", tail[big + 32 : big + 48])
    if entries > MAX_ENTRIES or length > MAX_DIRECTORY:
        raise Refused(f"{name} holds more than {MAX_ENTRIES:,} entries.")
