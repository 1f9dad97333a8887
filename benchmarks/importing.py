"""How quickly an organization's files come in: `manage.py import_postmortems` over real corpora, each into a new site.

`python -m benchmarks.importing [DATA]`; DATA holds A-icco and B-teams, default ../shared/data. Prints documents per
second with rows and rendering, and how long the index then needs to catch up.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from benchmarks import rig

CORPORA = ("A-icco", "B-teams")


def measure(folder):
    site = rig.set_up()
    rig.manage("rebuild_index")
    seconds, processor = imported(folder)
    from kb.events.drain import drain, pending
    from postmortems.models import Postmortem

    count = Postmortem.objects.count()
    print(f"{folder.name}: {count} documents in {seconds:.1f} s, {count / seconds:.0f} a second", flush=True)
    print(f"  processor time {processor:.1f} s, the start of the process and of the renderer included")
    started = time.perf_counter()
    while pending("index"):
        drain("index")
    print(f"  index caught up in {time.perf_counter() - started:.1f} s")
    shutil.rmtree(site)


def imported(folder):
    """(seconds from the first file to the last as the command itself tells them, processor seconds of all of it)."""
    before = os.times()
    command = [sys.executable, "manage.py", "import_postmortems", str(folder), "--publish"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    run = subprocess.run(command, cwd=rig.ROOT, check=True, **quiet)
    after = os.times()
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    return float(re.search(r"files in ([\d.]+) s", run.stderr)[1]), processor


if __name__ == "__main__":
    if len(sys.argv) == 3:
        measure(pathlib.Path(sys.argv[1]) / sys.argv[2])
        sys.exit()
    data = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else rig.ROOT.parent / "shared" / "data"
    for name in CORPORA:
        if (data / name).is_dir():
            subprocess.run([sys.executable, "-m", "benchmarks.importing", str(data), name], cwd=rig.ROOT, check=True)
        else:
            print(f"{name} is not in {data}; skipped. Name the folder that holds it: make bench ARGS=importing")
