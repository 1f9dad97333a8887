"""The weekly digest for 1,000 subscribers: composed, written and sent to files, in a process of its own.

Behind it stands an organization of 1,000 postmortems, of which 40 became visible in the week; the subscribers follow
everything, a service, a team, a tag or words, two of these each, sixty different ones in all.
"""

import os
import subprocess
import sys
import time

from benchmarks import rig

SUBSCRIBERS = 1000
POSTMORTEMS = 1000
NEW = 40


def set_up():
    from datetime import timedelta

    from benchmarks.organization import populate
    from postmortems.models import Countermeasure, Learning, Postmortem
    from tests.digests.subscribers import create

    populate(POSTMORTEMS)
    queries = ["", "timeout -cache", '"connection pool"', "failover retry"]
    queries += [f"service:service-{n}" for n in range(30)] + [f"tag:tag-{n}" for n in range(20)]
    queries += [f"team:team-{n}" for n in range(6)]
    due = create(SUBSCRIBERS, queries)
    fresh = list(Postmortem.objects.open_to_everybody().values_list("pk", flat=True)[:NEW])
    moment = due - timedelta(days=2)
    Learning.objects.update(created_at=moment)
    Countermeasure.objects.filter(status="done").update(done_at=moment)
    Postmortem.objects.exclude(pk__in=fresh).exclude(visible_since=None).update(
        visible_since=moment - timedelta(days=90)
    )
    Learning.objects.exclude(postmortem__in=fresh).update(created_at=moment - timedelta(days=90))
    Countermeasure.objects.filter(status="done").exclude(postmortem__in=fresh).update(
        done_at=moment - timedelta(days=90)
    )
    Postmortem.objects.filter(pk__in=fresh).update(visible_since=moment)


def run():
    """What one tick does, in this process, with its figures."""
    import django

    django.setup()
    from django.conf import settings
    from django.utils import timezone

    from kb.digests.closing import close_periods
    from kb.digests.delivering import deliver
    from kb.digests.models import Digest

    start = time.perf_counter()
    composed = sum(1 for closing in close_periods(timezone.now()) if closing.digest)
    middle = time.perf_counter()
    sent = sum(1 for sending in deliver(seconds=600))
    end = time.perf_counter()
    files = list((settings.DATA_DIR / "mail").glob("*.eml"))
    size = sum(file.stat().st_size for file in files) / len(files) / 1024
    print(f"  composed for {SUBSCRIBERS:,} subscribers: {middle - start:.1f} s, {Digest.objects.count()} digests")
    print(
        f"  written to files: {sent:,} of {composed:,} mails ({len(files):,} files) in {end - middle:.1f} s,"
        f" {size:.0f} kB each"
    )
    print(f"  together: {end - start:.1f} s", flush=True)


def measure():
    rig.set_up()
    set_up()
    child = subprocess.Popen([sys.executable, "-m", "benchmarks.digest", "run"], cwd=rig.ROOT)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    print(
        f"  peak memory of the process: {usage.ru_maxrss / 1024:.0f} MB,"
        f" processor time {usage.ru_utime + usage.ru_stime:.1f} s"
    )
    sys.exit(child.returncode)


if __name__ == "__main__":
    run() if sys.argv[1:] == ["run"] else measure()
