"""How right and how quick the language coach is.

    python -m benchmarks.coach [DATA]      DATA holds A-icco and B-teams; default ../shared/data, left out if not there

Prints precision and recall per rule on the labelled sentences (those that rules were mended with, and the held-out
ones), findings per rule on real reports, and CPU time per 1,000 words.
"""

import re
import sys
import time
from collections import Counter
from pathlib import Path

from postmortems.coach import find
from tests.postmortems.coach.corpus import Score, sentences

FRONT = re.compile(r"\A---\n.*?\n---\n", re.S)
ROOT = Path(__file__).resolve().parent.parent


def real_reports(data):
    paths = sorted([*data.glob("A-icco/*.md"), *data.glob("B-teams/*/*.md")])
    return [FRONT.sub("", path.read_text("utf-8")) for path in paths]


def on_real(texts):
    find("warm up", "narrative")
    words, counts, start = sum(len(text.split()) for text in texts), Counter(), time.process_time()
    for text in texts:
        counts.update(finding.rule.id for finding in find(text, "narrative"))
    took = time.process_time() - start
    speed = f"{1e6 * took / words:.1f} ms per 1,000 words"
    print(f"{len(texts)} real reports, {words:,} words: {counts.total()} findings, {speed}")
    print("  ".join(f"{rule} {count}" for rule, count in counts.most_common()))


def main():
    for name in ("build", "held_out"):
        labelled = sentences(name)
        clean = sum(not each.rules for each in labelled)
        print(f"\n{name}: {len(labelled)} sentences, {clean} of them clean")
        print("\n".join(Score(labelled).table()))
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "data"
    if texts := real_reports(data):
        print()
        on_real(texts)


if __name__ == "__main__":
    main()
