"""`python -m benchmarks [name …]`: run the benchmarks one after another, each in a process of its own."""

import pathlib
import subprocess
import sys

NAMES = ["pages", "search", "relevance", "digest", "importing", "coach", "recognition", "chat", "timeline"]

if __name__ == "__main__":
    chosen = sys.argv[1:] or NAMES
    if unknown := set(chosen) - set(NAMES):
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}; choose from {', '.join(NAMES)}.")
    root = pathlib.Path(__file__).parent.parent
    failed = []
    for name in chosen:
        print(f"\n== {name} ==", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=root).returncode:
            failed.append(name)
    sys.exit(f"did not finish: {', '.join(failed)}" if failed else 0)
