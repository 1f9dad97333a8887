"""A folder of exported postmortems that another run brings up to date, so that it can feed a git repository."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.db.models import QuerySet

from postmortems.attachments import path_of
from postmortems.exporting.markdown import FORMAT, as_markdown
from postmortems.exporting.record import record_of, shown_files
from postmortems.models import Postmortem

NAMED = re.compile(r"[a-z0-9]{12}-")  # how this module names the files of a postmortem


@dataclass(frozen=True)
class Written:
    """What became of one file. `outcome`: created, updated, unchanged or removed."""

    path: str
    outcome: str


def export_to(folder: Path, postmortems: QuerySet) -> Iterator[Written]:
    """Write each postmortem to `PM-12.md` where that is not its content already; remove what an earlier run wrote and
    that no longer belongs here. Nothing else in the folder is touched. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    belongs = set()
    for postmortem in postmortems.order_by("number").iterator(chunk_size=50):
        path, record = folder / f"{postmortem.reference}.md", record_of(postmortem)
        belongs.add(path)
        for file in shown_files(postmortem):
            place = folder / next(f["path"] for f in record["attachments"] if f["uid"] == file.uid)
            belongs.add(place)
            yield Written(str(place), copy(path_of(file.stored), place, file.size))
        yield Written(str(path), write(path, as_markdown(record).encode()))
    for path in sorted(folder.glob("PM-*.md")):
        if path not in belongs and is_ours(path):
            path.unlink()
            yield Written(str(path), "removed")
    for path in sorted(folder.glob("PM-*.files/*")):
        if path not in belongs and NAMED.match(path.name) and path.is_file():
            path.unlink()
            yield Written(str(path), "removed")
    for place in folder.glob("PM-*.files"):
        with suppress(OSError):  # not empty: something of somebody else lies there
            place.rmdir()


def copy(stored: Path, place: Path, size: int) -> str:
    """The outcome. Files never change, so one that is there in its size is the same."""
    if not place.is_symlink() and place.is_file() and place.stat().st_size == size:
        return "unchanged"
    place.parent.mkdir(exist_ok=True)
    return write(place, stored.read_bytes())


def write(path: Path, data: bytes) -> str:
    """The outcome; a file is replaced as a whole, so that a run cut short leaves none half written."""
    if path.is_symlink():
        raise OSError(f"{path} is a symbolic link; nothing is written through it.")
    before = path.read_bytes() if path.exists() else None
    if before == data:
        return "unchanged"
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(data)
    os.replace(beside, path)
    return "created" if before is None else "updated"


def is_ours(path: Path) -> bool:
    """Whether an export wrote it."""
    return path.read_bytes()[:200].startswith(f"---\nformat: {FORMAT}\n".encode())


def exported_for(user, *, everything: bool = False) -> QuerySet[Postmortem]:
    """What an export holds: what `user` may read; without one, what everybody may; or all but the trash."""
    if everything:
        return Postmortem.objects.filter(trashed_at=None)
    return Postmortem.objects.visible_to(user) if user else Postmortem.objects.open_to_everybody()
