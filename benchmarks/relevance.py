"""How well search ranks: known-item queries over real public postmortems.

    python benchmarks/relevance.py [DATA]      DATA holds A-icco and F-search; default ../shared/data

Prints mean reciprocal rank, success@1 and success@10 per kind of query. Titles and bodies are
indexed; the front matter's `summary` is not, because it repeats the queries.
"""

import csv
import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import yaml  # noqa: E402

from search.document import Document, Section  # noqa: E402
from search.engines.base import Ask  # noqa: E402
from search.engines.whoosh import make  # noqa: E402
from search.query import parse  # noqa: E402

DEPTH = 100


def documents(folder: Path):
    for path in sorted(folder.glob("*.md")):
        _, front, body = path.read_text("utf-8").split("---\n", 2)
        title = str(yaml.safe_load(front).get("title", ""))
        yield Document(
            kind="postmortem",
            id=path.name,
            group=path.name,
            version=1,
            reference=f"PM-{path.name}",
            title=title,
            sections=(Section("narrative", "", body),),
            facets={},
            audiences=frozenset({"everyone"}),
            is_open=True,
            when=datetime(2025, 1, 1, tzinfo=UTC),
            url="",
            source=path.name,
        )


def rows(path: Path):
    with open(path, encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def measure(engine, data: Path) -> dict[str, list[float]]:
    wanted = {row["id"]: row["document"] for row in rows(data / "qrels.tsv")}
    kinds = {row["id"]: row["kind"] for row in rows(data / "meta.tsv")}
    ranks = defaultdict(list)
    for row in rows(data / "queries.tsv"):
        ask = Ask(query=parse(row["query"]), audiences=frozenset({"everyone"}), limit=DEPTH)
        found = [hit.id for hit in engine.search(ask).hits]
        target = wanted[row["id"]]
        ranks[kinds[row["id"]]].append(found.index(target) + 1 if target in found else 0)
    return ranks


def main() -> None:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "data"
    with tempfile.TemporaryDirectory() as folder:
        engine = make(Path(folder) / "index")
        engine.rebuild([list(documents(data / "A-icco"))], lambda store: None)
        start = time.perf_counter()
        ranks = measure(engine, data / "F-search")
        took = time.perf_counter() - start
    print(f"{'kind':<12} {'queries':>7} {'MRR':>6} {'@1':>6} {'@10':>6}")
    for kind, found in sorted(ranks.items()):
        mrr = sum(1 / rank for rank in found if rank) / len(found)
        at_1 = sum(rank == 1 for rank in found) / len(found)
        at_10 = sum(0 < rank <= 10 for rank in found) / len(found)
        print(f"{kind:<12} {len(found):>7} {mrr:>6.3f} {at_1:>6.3f} {at_10:>6.3f}")
    count = sum(map(len, ranks.values()))
    print(f"{count} queries in {took:.2f} s, {1000 * took / count:.1f} ms each")


if __name__ == "__main__":
    main()
