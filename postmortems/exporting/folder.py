"""A folder of exported postmortems that another run brings up to date, so that it can feed a git repository."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db.models import QuerySet

from postmortems.exporting.markdown import FORMAT, as_markdown
from postmortems.exporting.record import record_of
from postmortems.models import Postmortem


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
        path = folder / f"{postmortem.reference}.md"
        belongs.add(path.name)
        yield Written(str(path), write(path, as_markdown(record_of(postmortem)).encode()))
    for path in sorted(folder.glob("PM-*.md")):
        if path.name not in belongs and is_ours(path):
            path.unlink()
            yield Written(str(path), "removed")


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
