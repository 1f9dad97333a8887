"""Pages over HTTP at 1,000 and 10,000 postmortems: gunicorn with two workers, one reader at a time.

`python -m benchmarks.pages [COUNT …]`. Prints p50 and p95 of the reading, list and search pages and of saving a section,
the weight of a reading page, and the memory of the workers.
"""
import random
import re
import shutil
import subprocess
import sys
import time

from benchmarks import rig

VISITS = 300
QUERIES = ["timeout", "database connection", '"connection pool"', "rollback -cache", "service:service-7 latency",
           "certificate tls", "severity:sev1 queue backlog", "migr*", "kernel packet router dns", "tag:tag-3"]


def measure(count):
    folder = rig.set_up()
    from benchmarks.organization import populate
    from kb.accounts.models import User
    from postmortems.models import Postmortem

    started = time.perf_counter()
    populate(count)
    print(f"{count:,} postmortems made in {time.perf_counter() - started:.0f} s", flush=True)
    started = time.perf_counter()
    rig.manage("rebuild_index")
    print(f"  index rebuilt in {time.perf_counter() - started:.1f} s", flush=True)
    reader = User.objects.create(username="reader", role="reader", zone="Europe/Berlin")
    writer = User.objects.create(username="facilitator", role="facilitator")
    dice = random.Random(1)
    readable = list(Postmortem.objects.open_to_everybody().values_list("number", flat=True))
    numbers = dice.sample(readable, min(len(readable), VISITS))
    with rig.Web(reader) as web:
        reading = [f"/postmortems/PM-{n}/" for n in numbers]
        report("reading page, first visit of each", web, reading)
        report("reading page, visited before", web, reading)
        report("list page", web, [f"/postmortems/?page={dice.randint(1, 20)}" for _ in range(VISITS)])
        report("list page, filtered", web, [f"/postmortems/?service=service-{dice.randint(0, 99)}" for _ in range(VISITS)])
        report("search page", web, ["/search/?q=" + dice.choice(QUERIES).replace(" ", "+").replace('"', "%22") for _ in range(VISITS)])
        weigh(web, reading[0])
        print(f"  memory of the web workers: {', '.join(f'{mb:.0f} MB' for mb in web.memory())}")
    with rig.Web(writer) as web:
        save_sections(web, numbers[:100])
    shutil.rmtree(folder)


def report(name, web, paths):
    taken, size = [], 0
    for path in paths:
        status, _, body, seconds = web.get(path)
        if status != 200:
            print(f"  {name}: {path} answered {status}")
            return
        taken.append(seconds)
        size += len(body)
    print(f"  {name}: {rig.percentiles(taken)} ({size / len(paths) / 1024:.0f} kB)", flush=True)


def weigh(web, path):
    """A reading page with everything it loads, uncached, on the wire."""
    _, _, body, _ = web.get(path)
    import gzip

    html = gzip.decompress(body).decode()
    assets = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', html))
    total = len(body) + sum(len(web.get(asset)[2]) for asset in assets)
    print(f"  reading page on the wire: {total / 1024:.0f} kB in {1 + len(assets)} requests")


def save_sections(web, numbers):
    """Change a section of each through the page's own form."""
    from postmortems.models import Section

    _, headers, body, _ = web.get(f"/postmortems/PM-{numbers[0]}/edit/")
    cookie = re.search(r"csrftoken=([^;]+)", headers.get("Set-Cookie", ""))
    token = cookie[1] if cookie else ""
    web.cookie += f"; csrftoken={token}"
    taken = []
    for number in numbers:
        section = Section.objects.filter(postmortem__number=number).first()
        form = f"csrfmiddlewaretoken={token}&version={section.version}&text=Something+new+was+seen+here.&kind={section.kind}"
        status, _, body, seconds = web.request(
            "POST", f"/postmortems/PM-{number}/edit/section/{section.uid}/", form,
            **{"Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true", "Referer": f"http://127.0.0.1:{web.port}/"},
        )
        if status not in (200, 302):
            print(f"  saving a section: answered {status}")
            return
        taken.append(seconds)
    print(f"  saving a section: {rig.percentiles(taken)}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 2:
        measure(int(sys.argv[1]))
    else:
        for size in sys.argv[1:] or ["1000", "10000"]:
            subprocess.run([sys.executable, "-m", "benchmarks.pages", size], cwd=rig.ROOT, check=True)
