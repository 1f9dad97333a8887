"""Files on disk: written whole and flushed before their row is committed, so that no row ever waits for its file.

A file whose row never came (the process was killed in between) or whose postmortem was purged is swept away later.
They lie in DATA_DIR/attachments under made-up names that say nothing of what they hold.
"""

import contextlib
import hashlib
import logging
import os
import secrets
from pathlib import Path

from django.conf import settings
from django.db import models, transaction

from kb.lib import pictures
from kb.lib.file_kinds import Refused, clean_name, recognize
from postmortems.models import Attachment, Postmortem

KEPT_UNKNOWN = 3600  # seconds that a file without a row is left alone: its row may be on its way
NO_ROOM = "The file could not be stored: the disk is full or cannot be written. Nothing was kept of it; tell an \
administrator."
log = logging.getLogger(__name__)


def folder() -> Path:
    return Path(settings.DATA_DIR) / "attachments"


def path_of(stored: str) -> Path:
    return folder() / stored[:2] / stored


def store(postmortem: Postmortem, by, file) -> Attachment:
    """Keep an uploaded file (Django's UploadedFile). Raises file_kinds.Refused, whose status is 400, 413, 415 or 507.

    The file is recognized by what it holds; pictures lose their notes of place and camera. Costs one read of the file
    into memory, at most ATTACHMENT_SIZE.
    """
    check_size(file.size, file.name)
    check_room(postmortem, file.size)
    data = file.read()
    kind = recognize(clean_name(file.name), data)
    try:
        data = pictures.without_notes(data, kind.media_type)
    except pictures.Broken as fault:
        raise Refused(400, f"The picture cannot be read: {fault}. Nothing was stored.") from fault
    stored = secrets.token_hex(20)
    try:
        write(path_of(stored), data)
    except OSError as fault:
        log.error("an attachment could not be written: %s", fault)
        raise Refused(507, NO_ROOM) from fault
    try:
        with transaction.atomic():
            Postmortem.objects.select_for_update().get(pk=postmortem.pk)
            check_room(postmortem, len(data))
            return Attachment.objects.create(
                postmortem=postmortem, name=clean_name(file.name, kind), media_type=kind.media_type, size=len(data),
                sha256=hashlib.sha256(data).hexdigest(), stored=stored, width=kind.width, height=kind.height, by=by,
            )  # fmt: skip
    except BaseException:
        remove([stored])
        raise


def check_size(size: int, name: str) -> None:
    if size > settings.ATTACHMENT_SIZE * 1_000_000:
        raise Refused(413, too_large(name))


def too_large(name: str) -> str:
    return f"“{clean_name(name)}” is larger than {settings.ATTACHMENT_SIZE} MB, the most for one file. An excerpt of \
what matters says more."


def check_room(postmortem: Postmortem, size: int) -> None:
    used = postmortem.attachments.aggregate(used=models.Sum("size"))["used"] or 0
    if used + size > settings.ATTACHMENTS_SIZE * 1_000_000:
        raise Refused(
            413, f"{postmortem.reference} has {settings.ATTACHMENTS_SIZE} MB of files, and this one is one too many. \
Nothing was stored."
        )  # fmt: skip


def write(path: Path, data: bytes) -> None:
    """The whole file or none, and flushed to the disk with its name. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
    for place in (path.parent, folder()):
        _flush_names(place)


def _flush_names(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(stored: list[str]) -> None:
    """Delete files; what cannot be deleted now is swept later."""
    for name in stored:
        try:
            path_of(name).unlink(missing_ok=True)
        except OSError as fault:
            log.error("an attachment could not be deleted: %s", fault)


def sweep(now: float) -> int:
    """Delete files that no row knows and that are older than an hour at `now` (seconds since the epoch); returns how
    many. One query per folder, at most 256."""
    gone = 0
    places = [Path(settings.FILE_UPLOAD_TEMP_DIR), *(folder().iterdir() if folder().is_dir() else ())]
    for place in places:
        found = {path.name: path for path in place.iterdir()} if place.is_dir() else {}
        known = set(Attachment.objects.filter(stored__in=list(found)).values_list("stored", flat=True))
        for name in found.keys() - known:
            with contextlib.suppress(OSError):
                if found[name].stat().st_mtime < now - KEPT_UNKNOWN:
                    found[name].unlink()
                    gone += 1
    return gone
