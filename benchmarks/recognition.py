"""How much of real reports is recognized: precision and recall per kind of part, and how quickly.

    python -m benchmarks.recognition [DATA]      DATA holds B-teams; default ../shared/data

The labels stand in tests/postmortems/reports/labels, with the rules they were made by.
"""

import sys
import time
from pathlib import Path

from postmortems.importing.reports.recognize import recognize
from tests.postmortems.reports.measure import PARTS, labels, measure

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    folder = (Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "data") / "B-teams"
    if not folder.is_dir():
        sys.exit(f"There is no {folder}; give the folder that holds B-teams.")
    for part in PARTS:
        scores, faults = measure(part, folder)
        print(f"\n{part}: {len(labels(part))} reports")
        print(f"{'kind':<14} {'precision':>9} {'recall':>7}  right/found/labelled")
        for kind, score in scores.items():
            counts = f"{score.right}/{score.found}/{score.labelled}"
            print(f"{kind:<14} {score.precision:>9.3f} {score.recall:>7.3f}  {counts}")
        print("\n".join(faults))
    texts = [(path.name, path.read_text(encoding="utf-8-sig")) for path in sorted(folder.glob("*/*.md"))]
    began = time.process_time()
    for name, text in texts:
        recognize(text, name)
    used = time.process_time() - began
    print(f"\n{len(texts)} reports in {used:.2f} s of processor time, {1000 * used / len(texts):.1f} ms each")


if __name__ == "__main__":
    main()
