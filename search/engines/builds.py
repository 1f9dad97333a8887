"""An engine made of builds: folders with an open and a private index, one of them current.

The library that writes an index plugs in as a class over a folder with `create`, `generation`,
`views`, `entries`, `put` and `writer`. Here: the two halves, durability (fsync, checksums), damage,
rebuilding beside the current one, and the swap.
"""

import errno
import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from search.document import Document
from search.engines.base import Ask, Broken, Busy, Engine, Entry, Found, Health, Store
from search.engines.files import fault, remembered_marker, settle
from search.engines.ranking import answer

TRIES = 4
COMMIT_EVERY = 20_000  # documents, while rebuilding
# Not damage: the machine refuses to write; what is there stays readable.
REFUSALS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EMFILE)


class Build(Store):
    """One folder with both halves."""

    def __init__(self, folder: Path, index_class: type):
        self.folder = folder
        self.open, self.private = (index_class(folder / half) for half in ("open", "private"))
        self.halves = ((self.open, True), (self.private, False))

    def create(self) -> None:
        self.folder.mkdir(mode=0o700)
        for index, _ in self.halves:
            index.create()
            settle(index)

    def put(self, groups: Iterable[str], documents: Iterable[Document], marker: str = "") -> None:
        """The open half first: a document that is on its way from there to the private half is
        missing for a moment rather than seen by too many."""
        groups, documents = list(groups), list(documents)
        for index, is_open in self.halves:
            if index.put(groups, [d for d in documents if d.is_open == is_open]):
                settle(index, marker)

    def fill(self, batches: Iterable[list[Document]], marker: str) -> None:
        """Write many documents that are not there yet, in few large commits."""
        batches = iter(batches)
        more = True
        while more:
            with ExitStack() as stack:
                add = {is_open: stack.enter_context(index.writer()) for index, is_open in self.halves}
                count, more = 0, False
                for batch in batches:
                    for document in batch:
                        add[document.is_open](document)
                    count += len(batch)
                    if count >= COMMIT_EVERY:
                        more = True
                        break
        for index, _ in self.halves:
            settle(index, marker)

    def search(self, ask: Ask) -> Found:
        return answer(ask, self.open.views(), self.private.views() if ask.visible else [])

    def entries(self) -> Iterator[Entry]:
        for index, is_open in self.halves:
            for (kind, id, group, *_), version in index.entries():
                yield Entry(kind, id, group, version, is_open)


class Builds(Engine):
    """The engine over one folder, DATA_DIR/index."""

    def __init__(self, folder: Path, index_class: type):
        self.folder, self._class = folder, index_class
        self._build: Build | None = None
        self._process = os.getpid()

    def _current(self) -> Build:
        """The build that the pointer names; the same object as long as the name stays the same."""
        try:
            name = (self.folder / "current").read_text("ascii").strip()
        except (OSError, ValueError) as error:
            raise Broken("there is no index yet") from error
        build = self._build
        if build is None or build.folder.name != name or self._process != os.getpid():
            if not name.isalnum():
                raise Broken("the pointer to the index is damaged")
            build = Build(self.folder / name, self._class)
            self._build, self._process = build, os.getpid()
        return build

    def _tried(self, work: Callable[[Build], object]):
        """Again where a commit or a swap pulled a file away; any other failure is damage."""
        for attempt in range(TRIES):
            try:
                return work(self._current())
            except Broken:
                raise
            except FileNotFoundError as error:
                failure = error
                time.sleep(0.005 * attempt)
            except Exception as error:  # noqa: BLE001 - a damaged file fails in any way there is
                failure = error
                break
        self._build = None
        raise Broken(f"the index cannot be read ({type(failure).__name__}: {failure})") from failure

    def search(self, ask: Ask) -> Found:
        return self._tried(lambda build: build.search(ask))

    def entries(self) -> Iterator[Entry]:
        return iter(self._tried(lambda build: list(build.entries())))

    def put(self, groups: Iterable[str], documents: Iterable[Document], marker: str = "") -> None:
        groups, documents = list(groups), list(documents)
        with self._locked("lock"):
            try:
                self._current().put(groups, documents, marker)
            except Broken:
                raise
            except Exception as error:  # noqa: BLE001 - see _tried
                self._build = None
                if isinstance(error, OSError) and error.errno in REFUSALS:
                    raise
                raise Broken(f"the index cannot be written ({type(error).__name__}: {error})") from error

    def rebuild(self, batches: Iterable[list[Document]], settle: Callable[[Store], None], marker: str = "") -> None:
        with self._locked("rebuilding", wait=False):
            self._remove_all_but_current()
            build = Build(self.folder / secrets.token_hex(8), self._class)
            try:
                build.create()
                build.fill(batches, marker)
                with self._locked("lock"):
                    settle(build)
                    self._point_at(build)
            except BaseException:
                shutil.rmtree(build.folder, ignore_errors=True)
                raise
            (self.folder / "broken").unlink(missing_ok=True)

    def _point_at(self, build: Build) -> None:
        new = self.folder / "current.new"
        with open(new, "w", encoding="ascii") as file:
            file.write(build.folder.name)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self.folder / "current")
        folder = os.open(self.folder, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def _remove_all_but_current(self) -> None:
        """Unfinished builds, and the previous one, which readers have left by now."""
        name = ""
        with suppress(OSError, ValueError):
            name = (self.folder / "current").read_text("ascii").strip()
        for path in self.folder.iterdir():
            if path.is_dir() and path.name != name:
                shutil.rmtree(path, ignore_errors=True)

    def health(self, thorough: bool = False) -> Health:
        try:
            build = self._current()
            faults = [found for index, _ in build.halves if (found := fault(index, thorough))]
            count = sum(int(view.live.sum()) for index, _ in build.halves for view in index.views())
            marker = max(remembered_marker(index) for index, _ in build.halves)
        except Exception as error:  # noqa: BLE001 - whatever is wrong is the answer
            return Health(False, str(error) or type(error).__name__)
        if (self.folder / "broken").exists() and not thorough:
            faults.append("a search met damage")
        return Health(not faults, "; ".join(faults), count, marker)

    def report_broken(self) -> None:
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.folder / "broken").touch()

    def clear_report(self) -> None:
        with suppress(OSError):
            (self.folder / "broken").unlink(missing_ok=True)

    @contextmanager
    def _locked(self, name: str, wait: bool = True) -> Iterator[None]:
        """A lock between processes and threads that ends with its holder. Raises Busy."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(self.folder / name, "w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Busy("another process is rebuilding the index") from error
            yield
