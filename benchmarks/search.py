"""How quick search is: whole pages over synthetic postmortems, engine and passages, without HTTP.

    python benchmarks/search.py [COUNT …]      numbers of postmortems; default 1000 10000

A page is: the 20 best of a kind with up to three marked passages each, the exact total, counts of
five facets, totals of the three kinds. Each postmortem (about 670 words in 40 sections) brings 3
learnings and 8 countermeasures as documents of their own. 200 different queries, each once (first)
and again (repeated): one to four words, phrases, filters, prefixes, OR and minus. Also printed:
time to build the index, its size, the memory of this process, and the time until an update is found.
"""

import random
import resource
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from search.document import KINDS, Document, Section  # noqa: E402
from search.engines.base import Ask  # noqa: E402
from search.engines.whoosh import make  # noqa: E402
from search.passages import Marker  # noqa: E402
from search.query import parse  # noqa: E402
from search.sheet import Sheet  # noqa: E402

FACETS = ("service", "severity", "tag", "team", "theme")
SYLLABLES = "ba ce di fo gu la me ni po ru sa te vi zo kar len min tor ven dex".split()
EVERYONE = frozenset({"everyone"})


class Prose:
    """Words as frequent as in real text: the n-th word 1/n as often as the first."""

    def __init__(self, seed: int, size: int = 20_000):
        self.chance = random.Random(seed)
        words = set()
        while len(words) < size:
            words.add("".join(self.chance.choices(SYLLABLES, k=self.chance.randint(2, 4))))
        self.words = sorted(words)
        self.chance.shuffle(self.words)
        self.weights = list(accumulate(1 / (n + 10) for n in range(size)))

    def text(self, count: int) -> str:
        return " ".join(self.chance.choices(self.words, cum_weights=self.weights, k=count))


def documents(prose: Prose, n: int) -> list[Document]:
    chance = prose.chance
    shared = {
        "group": f"g{n}",
        "version": 1,
        "audiences": EVERYONE,
        "is_open": True,
        "when": datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=5 * n),
        "facets": {
            "service": (f"service-{chance.randint(1, 60)}",),
            "severity": (f"sev{chance.randint(1, 4)}",),
            "tag": tuple(f"tag-{chance.randint(1, 300)}" for _ in range(3)),
            "team": (f"team-{chance.randint(1, 40)}",),
            "theme": (f"theme-{chance.randint(1, 50)}",),
        },
    }
    sections = [Section("narrative", f"s{i}", prose.text(45)) for i in range(6)]
    sections += [Section("timeline", f"t{i}", prose.text(8)) for i in range(30)]
    sections += [Section("factors", f"f{i}", prose.text(12)) for i in range(6)]
    sections.append(Section("takeaway", "", prose.text(15)))
    whole = Document("postmortem", f"p{n}", reference=f"PM-{n}", title=prose.text(7), sections=tuple(sections),
                     url=f"/postmortems/PM-{n}/", **shared)  # fmt: skip
    rows = [("learning", f"l{n}-{i}", f"L-{n}{i}", prose.text(25)) for i in range(3)]
    rows += [("countermeasure", f"c{n}-{i}", f"CM-{n}{i}", prose.text(12)) for i in range(8)]
    return [whole] + [
        Document(kind, id, reference=reference, title=prose.text(9), sections=(Section(f"{kind}s", "", text),),
                 url=f"/{id}/", identifiers=(f"PM-{n}",), **shared)
        for kind, id, reference, text in rows
    ]  # fmt: skip


def queries(prose: Prose, held: dict) -> list[str]:
    chance = prose.chance
    texts = [sheet.text.split("\n")[0].split() for sheet in chance.sample(list(held.values()), 40)]
    found = []
    for n in range(200):
        words = prose.text(chance.randint(1, 4))
        text = chance.choice(texts)
        start = chance.randrange(max(1, len(text) - 3))
        found.append(
            [
                words,
                words,
                words,
                f'"{" ".join(text[start : start + 2])}"',
                f"service:service-{chance.randint(1, 60)} {words}",
                f"{prose.words[chance.randrange(2000)][:4]}* {words}",
                f"{words} -{prose.words[chance.randrange(200)]}",
                f"{prose.text(1)} OR {prose.text(1)} severity:sev1",
                f"{words} after:2021-06",
                f"in:timeline {words}",
            ][n % 10]
        )
    return found


def page(engine, held: dict, text: str) -> None:
    ask = Ask(query=parse(text), audiences=EVERYONE, facets=FACETS, kinds=KINDS, visible=lambda keys: keys)
    found = engine.search(ask)
    marker = Marker(found.query)
    for hit in found.hits:
        marker.marked(held[hit.key].title)
        marker.passages(held[hit.key])


def timed(work, items) -> list[float]:
    times = []
    for item in items:
        start = time.perf_counter()
        work(item)
        times.append(1000 * (time.perf_counter() - start))
    return sorted(times)


def spread(times: list[float]) -> str:
    return f"p50 {statistics.median(times):7.1f}   p95 {times[int(0.95 * len(times))]:7.1f} ms"


def measure(count: int, folder: Path) -> None:
    prose, held = Prose(7), {}

    def batches():
        for start in range(0, count, 100):
            batch = [d for n in range(start, min(count, start + 100)) for d in documents(prose, n)]
            # Only what is shown again is kept; a page reads its 20 sheets from the database.
            if len(held) < 500:
                held.update((d.key, Sheet.of(d)) for d in batch if d.kind == "postmortem")
            kept.extend(d.key for d in batch)
            yield batch

    kept: list = []
    engine = make(folder / "index")
    start = time.perf_counter()
    engine.rebuild(batches(), lambda store: None)
    built = time.perf_counter() - start
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{count} postmortems, {len(kept)} documents: built in {built:.0f} s, {size / 1e6:.0f} MB")
    shown = list(held.values())
    everything = {key: shown[n % len(shown)] for n, key in enumerate(kept)}
    asked = queries(prose, held)
    resident = _megabytes()
    for label in ("first", "repeated"):
        print(f"  page, {label:<9} {spread(timed(lambda text: page(engine, everything, text), asked))}")
    print(f"  memory for reading {_megabytes() - resident} MB over {resident} MB")

    def update(n):
        changed = documents(prose, n)
        engine.put([changed[0].group], changed)
        assert engine.search(Ask(query=parse(f"PM-{n}"), audiences=EVERYONE)).hits[0].id == f"p{n}"

    print(f"  update found     {spread(timed(update, range(40)))}")


def _megabytes() -> int:
    status = Path("/proc/self/status").read_text()
    return (
        int(status.split("VmRSS:")[1].split()[0]) // 1024
        if "VmRSS" in status
        else (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    )


def main() -> None:
    import django
    from django.conf import settings

    settings.configure(USE_TZ=True)
    django.setup()
    for count in map(int, sys.argv[1:] or ("1000", "10000")):
        with tempfile.TemporaryDirectory() as folder:
            measure(count, Path(folder))


if __name__ == "__main__":
    main()
