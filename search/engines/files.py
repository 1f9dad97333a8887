"""Files of an index made durable and checkable: fsync after a commit, sizes and checksums kept.

`state.json` in the index's folder: {"generation": n, "marker": "…", "files": {name: [size, crc32]}}.
A process killed between commit and state.json leaves the older state; its generation tells, and the
files are then believed until the next commit.
"""

import json
import os
from pathlib import Path
from zlib import crc32

STATE = "state.json"
MISSING = " is missing"


def settle(index, marker: str = "") -> None:
    """Bring everything of the last commit to disk and note sizes and checksums.

    Cost: an fsync per new file, about 1 ms per MB of them.
    """
    folder: Path = index.folder
    known = _state(folder).get("files", {})
    # A segment's files never change: what was noted of them once stays noted, so that no commit blesses damage.
    alive = index.segment_ids()
    files = {name: kept for name, kept in known.items() if any(word in name for word in alive)}
    for name in _files(folder):
        if name not in files:
            files[name] = [(folder / name).stat().st_size, _synced(folder / name)]
    state = {"generation": index.generation(), "marker": marker, "files": files}
    new = folder / f"{STATE}.new"
    with open(new, "w", encoding="utf-8") as file:
        json.dump(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, folder / STATE)
    _sync_folder(folder)


def fault(index, thorough: bool) -> str:
    """What is wrong with the files, in words, or "". Opens the index; may raise anything."""
    index.views()
    state = _state(index.folder)
    if state.get("generation") != index.generation():
        return ""
    return _fault_of(index.folder, state["files"], thorough)


def verify(folder: Path, word: str) -> None:
    """Raise OSError unless the files with `word` in their names are as they were written; about 1 ms per MB.
    A missing one is a FileNotFoundError: a commit may just have merged it away.

    A segment's files never change, so that this holds whatever generation the state tells of. Whoosh itself takes a
    missing or damaged column for an empty one and answers too little, without a word.
    """
    files = {name: kept for name, kept in _state(folder).get("files", {}).items() if word in name}
    if found := _fault_of(folder, files, thorough=True):
        raise FileNotFoundError(found) if found.endswith(MISSING) else OSError(found)


def _fault_of(folder: Path, files: dict, thorough: bool) -> str:
    for name, (size, checksum) in files.items():
        path = folder / name
        if not path.exists():
            return name + MISSING
        if path.stat().st_size != size:
            return f"{name} is {path.stat().st_size} bytes long instead of {size}"
        if thorough and _checksum(path) != checksum:
            return f"{name} is not as it was written"
    return ""


def remembered_marker(index) -> str:
    return _state(index.folder).get("marker", "")


def _state(folder: Path) -> dict:
    try:
        state = json.loads((folder / STATE).read_text("utf-8"))
        return state if isinstance(state.get("files"), dict) else {}
    except (OSError, ValueError, AttributeError):
        return {}


def _files(folder: Path) -> list[str]:
    entries = os.scandir(folder)
    return [e.name for e in entries if e.is_file() and not e.name.startswith(STATE) and "LOCK" not in e.name]


def _checksum(path: Path) -> int:
    value = 0
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            value = crc32(chunk, value)
    return value


def _synced(path: Path) -> int:
    with open(path, "rb") as file:
        os.fsync(file.fileno())
    return _checksum(path)


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
