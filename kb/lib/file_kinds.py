"""Which files are taken, by what they hold and not by what they are called.

The four pictures that browsers draw, PDF, and text in UTF-8: logs, configuration, JSON, CSV. Nothing that a browser
would run as a page is taken (HTML, SVG, XML), and no archive: what lies in one can be neither read nor found.
"""

import os
import re
from typing import NamedTuple

from kb.lib import pictures

MOST_PIXELS = 50_000_000  # a picture is a few bytes when it is packed and gigabytes when a browser unpacks it
TEXTS = {
    ".json": "application/json", ".csv": "text/csv", ".tsv": "text/tab-separated-values",
    **dict.fromkeys([".txt", ".log", ".out", ".err", ".md", ".yaml", ".yml", ".toml", ".ini", ".conf", ".cfg", ".env",
                     ".properties", ".jsonl", ".ndjson", ".diff", ".patch", ".sql", ""], "text/plain"),
}  # fmt: skip
ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp",
           "application/pdf": ".pdf"}  # fmt: skip
PAGE = re.compile(rb"^[\s\xef\xbb\xbf]*(?:<!--.*?-->\s*)*<(?:!doctype|\?xml|html|svg|head|body|script)\b", re.I | re.S)
TAKEN = "Pictures (PNG, JPEG, GIF, WebP), text (logs, configuration, JSON, CSV) and PDF are taken."
LONGEST_NAME = 120


class Refused(Exception):
    """The file is not taken. `status` is what HTTP calls it; the message is a sentence for people."""

    def __init__(self, status: int, sentence: str):
        super().__init__(sentence)
        self.status = status


class Kind(NamedTuple):
    media_type: str
    width: int | None = None
    height: int | None = None

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")


def recognize(name: str, data: bytes) -> Kind:
    """What a file is; raises Refused with 400 (empty, broken) or 415 (not taken)."""
    if not data:
        raise Refused(400, "The file is empty; nothing was stored.")
    try:
        picture = pictures.recognize(data)
    except pictures.Broken as fault:
        raise Refused(400, f"The picture cannot be read: {fault}. Nothing was stored.") from fault
    if picture:
        if not 0 < picture.width * picture.height <= MOST_PIXELS:
            raise Refused(400, f"The picture has {picture.width} × {picture.height} points; 50 million are the most.")
        return Kind(*picture)
    if data.startswith(b"%PDF-"):
        return Kind("application/pdf")
    return Kind(_text(name, data))


def _text(name, data):
    ending = os.path.splitext(name)[1].lower()
    if ending not in TEXTS or PAGE.match(data[:4096]):
        raise Refused(415, f"Files like “{name}” are not taken. {TAKEN}")
    try:
        is_text = "\0" not in data.decode("utf-8")
    except UnicodeDecodeError:
        is_text = False
    if not is_text:
        raise Refused(415, f"“{name}” is neither a picture nor text in UTF-8. {TAKEN}")
    return TEXTS[ending]


def clean_name(name: str, kind: Kind | None = None) -> str:
    """The last part of a file's name without what could mislead: no folders, control or direction marks; its ending is
    that of what it holds."""
    last = re.split(r"[/\\]", name)[-1]
    clean = "".join(sign for sign in last if sign.isprintable()).strip(" .") or "file"
    stem, ending = os.path.splitext(clean)
    if kind and kind.media_type in ENDINGS and not (ending.lower() == ".jpeg" and kind.media_type == "image/jpeg"):
        ending = ENDINGS[kind.media_type]
    return f"{stem[: LONGEST_NAME - len(ending)] or 'file'}{ending[:20]}"
