"""Sorting more postings than memory should hold: sorted runs on disk, merged at the end."""

import heapq
import marshal
from collections.abc import Iterator
from pathlib import Path

MOST = 300_000  # postings in memory, some 80 MB
BLOCK = 2_000  # postings read from a run at a time


class Runs:
    """Takes postings (field, term, document, weight, value) in any order, gives them back sorted.

    `folder` is scratch space. About 1 µs per posting added, 3 µs read back.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.items: list[tuple] = []
        self.paths: list[Path] = []

    def add(self, item: tuple) -> None:
        self.items.append(item)
        if len(self.items) >= MOST:
            self._spill()

    def iter_postings(self) -> Iterator[tuple]:
        self.items.sort()
        return heapq.merge(iter(self.items), *map(_read, self.paths)) if self.paths else iter(self.items)

    def cleanup(self) -> None:
        for path in self.paths:
            path.unlink(missing_ok=True)
        self.items, self.paths = [], []

    def _spill(self) -> None:
        self.items.sort()
        path = self.folder / f"{id(self)}-{len(self.paths)}.run"
        with open(path, "wb") as file:
            for start in range(0, len(self.items), BLOCK):
                marshal.dump(self.items[start : start + BLOCK], file)
        self.paths.append(path)
        self.items = []


def _read(path: Path) -> Iterator[tuple]:
    with open(path, "rb") as file:
        while True:
            try:
                yield from marshal.load(file)  # noqa: S302 - written by this process a moment ago
            except EOFError:
                return
