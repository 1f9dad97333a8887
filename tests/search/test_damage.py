"""The index is a cache: whatever happens to its files, searching and indexing go on."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from search import engines, indexing
from search.engines.base import Ask, Broken
from search.lookup import any_reader, search_for
from search.query import parse
from tests.counts import soak
from tests.search.documents import document

ROOT = Path(__file__).resolve().parents[2]
EVERYONE = frozenset({"everyone"})
KILLS = soak(quick=4, full=50)
DAMAGES = soak(quick=20, full=200)


def files_of(folder):
    endings = (".toc", ".trm", ".pst", ".col")
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix in endings)


def empty(path, chance):
    path.write_bytes(b"")


def truncate(path, chance):
    path.write_bytes(path.read_bytes()[: chance.randrange(path.stat().st_size or 1)])


def flip(path, chance):
    content = bytearray(path.read_bytes()) or bytearray(b"x")
    for _ in range(chance.choice((1, 8, 64))):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def remove(path, chance):
    path.unlink()


def stray_toc(path, chance):
    (path.parent / "_MAIN_9999.toc").write_bytes(chance.randbytes(chance.randrange(200)))


def remove_all(path, chance):
    shutil.rmtree(path.parent)


def pointer(path, chance):
    (path.parents[2] / "current").write_text(chance.choice(["", "nowhere", "../..", "\0"]))


WAYS = (empty, truncate, flip, flip, remove, stray_toc, remove_all, pointer)


def fill(house, count=60):
    house.fill(*(document(str(n), f"Failover {n}", f"redis failover number {n} " * 5) for n in range(count)))


@pytest.mark.parametrize("seed", range(DAMAGES))
def test_damage_never_raises_and_heals_itself(house, figure, seed):
    chance = random.Random(seed)
    fill(house)
    indexing.rebuild()
    if seed % 2:
        search_for(any_reader(), "failover")  # half of the time the files are already open
    way = WAYS[seed % len(WAYS)]
    way(chance.choice(files_of(engines.engine().folder)), chance)
    if not seed % 3:
        engines._engine.cache_clear()  # as another process, which opens the index now
    for text in ("failover", '"redis failover"', "fail*", "in:narrative redis", "PM-7", ""):
        assert search_for(any_reader(), text).total > 0
    indexing.consume(["postmortem:1"])
    indexing.heal(thorough=True)
    engines._engine.cache_clear()
    assert engines.engine().health(thorough=True).ok
    assert not indexing.differences()
    answer = search_for(any_reader(), "failover")
    assert (answer.total, answer.is_rebuilding) == (60, False)
    figure("a file of the index was damaged: it was answered, and healed itself")


def test_without_an_index_the_database_answers_and_says_so(house):
    fill(house, 30)
    answer = search_for(any_reader(), "failover")
    assert answer.is_rebuilding
    assert (answer.total, len(answer.hits)) == (30, 20)
    assert not engines.engine().health().ok
    indexing.heal()
    assert not search_for(any_reader(), "failover").is_rebuilding


def test_the_consumer_builds_a_missing_index_from_everything(house):
    fill(house, 5)
    indexing.consume(["postmortem:1"])
    assert search_for(any_reader(), "failover").total == 5


def test_what_a_page_met_is_looked_into_even_if_it_looks_well(house):
    fill(house, 5)
    indexing.rebuild()
    engines.engine().report_broken()
    assert not engines.engine().health().ok
    assert indexing.heal().ok
    assert engines.engine().health().ok


def test_a_silent_flip_is_noticed_by_the_thorough_look(house):
    fill(house, 5)
    indexing.rebuild()
    search_for(any_reader(), "failover")  # it is open; whoever opens it later would notice
    flip(next(path for path in files_of(engines.engine().folder) if path.name.endswith("base.col")), random.Random(1))
    assert engines.engine().health().ok
    assert not engines.engine().health(thorough=True).ok
    assert indexing.heal(thorough=True).ok


def test_a_full_or_read_only_disk_is_refused_and_reading_goes_on(house, monkeypatch):
    fill(house, 5)
    indexing.rebuild()

    def refuse(*args, **kwargs):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("whoosh.filedb.filestore.FileStorage.create_file", refuse)
        with pytest.raises(OSError, match="No space"):
            indexing.consume(["postmortem:1"])
    assert search_for(any_reader(), "failover").total == 5
    house.fill(document("1", "Changed title", version=2))
    indexing.consume(["postmortem:1"])
    assert search_for(any_reader(), "changed").total == 1


def test_a_rebuild_that_does_not_equal_the_database_is_not_taken(house, monkeypatch):
    fill(house, 40)
    indexing.rebuild()
    with monkeypatch.context() as patch:
        patch.setattr(house, "load", lambda groups: iter(()))
        with pytest.raises(indexing.Unfit):
            indexing.rebuild()
    assert not search_for(any_reader(), "failover").is_rebuilding


def test_changes_during_a_rebuild_are_in_it(house):
    fill(house, 300)

    def change(done, total):
        house.fill(document("7", "Renamed meanwhile", version=2))
        house.STORE.pop(("postmortem", "8"), None)

    indexing.rebuild(change)
    assert not indexing.differences()
    assert search_for(any_reader(), "renamed").total == 1


def test_the_folder_belongs_to_the_application_alone(house):
    fill(house, 3)
    indexing.rebuild()
    folder = engines.engine().folder
    for path in (folder, *(p for p in folder.rglob("*") if p.is_dir() and not p.name.endswith(".tmp"))):
        assert path.stat().st_mode & 0o777 == 0o700, path


WRITER = """
import sys
from pathlib import Path
from search.engines.whoosh import make
from tests.search.documents import document
engine = make(Path(sys.argv[1]))
n = int(sys.argv[2])
while True:
    batch = [document(f"{n}-{i}", f"Killed {n}", "redis failover " * 20) for i in range(5)]
    engine.put([d.group for d in batch], batch, str(n))
    print(n, flush=True)
    n += 1
"""


def test_a_writer_killed_at_any_moment_loses_nothing_committed(tmp_path, figure):
    from search.engines.whoosh import make

    folder, chance, written = tmp_path / "index", random.Random(3), -1
    make(folder).rebuild([], lambda store: None)
    for _ in range(KILLS):
        command = [sys.executable, "-c", WRITER, str(folder), str(written + 1)]
        writer = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ)
        first = writer.stdout.readline()
        time.sleep(chance.uniform(0, 0.15))
        os.kill(writer.pid, signal.SIGKILL)
        lines = [first, *writer.stdout.read().split()]
        writer.wait()
        writer.stdout.close()
        written = max(written, *(int(line) for line in lines if line.strip()))
        engine = make(folder)
        held = {entry.id for entry in engine.entries()}
        for n in range(written + 1):
            present = {f"{n}-{i}" for i in range(5)} & held
            assert len(present) == 5, f"batch {n} was acknowledged and has {len(present)} of 5 documents"
        assert engine.health(thorough=True).ok
        assert len(held) % 5 == 0, "half a batch is visible"
        assert engine.search(Ask(query=parse("failover"), audiences=EVERYONE)).total == len(held)
    figure(f"{KILLS} kills of the indexer inside commits: {written + 1} batches acknowledged, 0 lost")


def test_one_rebuild_at_a_time(tmp_path):
    from search.engines.base import Busy
    from search.engines.whoosh import make

    engine = make(tmp_path / "index")

    def again(store):
        with pytest.raises(Busy):
            make(tmp_path / "index").rebuild([], lambda store: None)

    engine.rebuild([], again)


def test_readers_follow_a_swap(tmp_path):
    from search.engines.whoosh import make

    reader, writer = make(tmp_path / "index"), make(tmp_path / "index")
    ask = Ask(query=parse("failover"), audiences=EVERYONE)
    with pytest.raises(Broken):
        reader.search(ask)
    for count in (1, 2, 3):
        writer.rebuild([[document(str(n), "failover") for n in range(count)]], lambda store: None)
        assert reader.search(ask).total == count
