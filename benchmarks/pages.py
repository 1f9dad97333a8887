"""Pages over HTTP at 1,000 and 10,000 postmortems: gunicorn with two workers, one reader at a time.

`python -m benchmarks.pages [COUNT [FOLDER]]`. Prints p50 and p95 of pages over HTTP and of saving a section, how often
each page asks the database, the processor time it takes, the weight of a reading page, and the memory of the workers.
FOLDER keeps the data for the next run. "Not made yet" is the worst case: nobody and nothing rendered that page before.
"""

import random
import re
import shutil
import subprocess
import sys
import time
from urllib.parse import quote_plus, urlencode

from benchmarks import rig

VISITS = 300
QUERIES = [
    "timeout",
    "database connection",
    '"connection pool"',
    "rollback -cache",
    "service:service-7 latency",
    "certificate tls",
    "severity:sev1 queue backlog",
    "migr*",
    "kernel packet router dns",
    "tag:tag-3",
]


def measure(count, folder=None):
    """All figures at `count` postmortems; a `folder` is kept, and used as it is if it holds some already."""
    made = rig.set_up(folder)
    from benchmarks.organization import populate
    from kb.accounts.models import User
    from postmortems.models import Postmortem

    if not Postmortem.objects.exists():
        started = time.perf_counter()
        populate(count)
        print(f"{count:,} postmortems made in {time.perf_counter() - started:.0f} s", flush=True)
        started = time.perf_counter()
        rig.manage("rebuild_index")
        print(f"  index rebuilt in {time.perf_counter() - started:.1f} s", flush=True)
    reader, _ = User.objects.get_or_create(username="reader", defaults={"role": "reader", "zone": "Europe/Berlin"})
    writer, _ = User.objects.get_or_create(username="facilitator", defaults={"role": "facilitator"})
    dice = random.Random(1)
    readable = list(Postmortem.objects.open_to_everybody().values_list("number", flat=True))
    numbers = dice.sample(readable, min(len(readable), VISITS))
    with rig.Web(reader) as web:
        for name, paths in addresses(numbers, dice):
            report(name, web, paths, reader)
        weigh(web, f"/postmortems/PM-{numbers[0]}/")
        print(f"  memory of the web workers: {', '.join(f'{mb:.0f} MB' for mb in web.memory())}")
    with rig.Web(writer) as web:
        save_sections(web, numbers[:100])
    if not folder:
        shutil.rmtree(made)


def addresses(numbers, dice):
    """[(what is measured, the paths visited)]."""
    some = lambda make: [make() for _ in range(VISITS)]  # noqa: E731
    reading = [f"/postmortems/PM-{n}/" for n in numbers]
    return [
        ("reading page, not made yet", reading),
        ("reading page", reading),
        ("list page", some(lambda: f"/postmortems/?page={dice.randint(1, 20)}")),
        ("list page, filtered", some(lambda: f"/postmortems/?service=service-{dice.randint(0, 99)}")),
        ("search page", some(lambda: "/search/?q=" + quote_plus(dice.choice(QUERIES)))),
        ("home", ["/"] * VISITS),
        ("learnings", some(lambda: f"/learnings/?page={dice.randint(1, 20)}")),
        ("countermeasures", some(lambda: f"/countermeasures/?page={dice.randint(1, 20)}")),
        ("services", ["/services/"] * (VISITS // 3)),
        ("a service", some(lambda: f"/services/service-{dice.randint(0, 99)}/")),
        ("a team", some(lambda: f"/teams/team-{dice.randint(0, 23)}/")),
    ]


def report(name, web, paths, user):
    """One line: durations over HTTP, size as sent, and how often the last of the pages asked the database."""
    taken, size, before = [], 0, web.processor()
    for path in paths:
        status, _, body, seconds = web.get(path)
        if status != 200:
            print(f"  {name}: {path} answered {status}")
            return
        taken.append(seconds)
        size += len(body)
    each = 1000 * (web.processor() - before) / len(paths)
    queries = rig.queries_of(user, paths[-1])
    weight = size / len(paths) / 1024
    print(
        f"  {name}: {rig.percentiles(taken)}, {each:.1f} ms of processor ({weight:.0f} kB, {queries} queries)",
        flush=True,
    )


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
    from django.conf import settings

    from postmortems.models import Section

    name = settings.CSRF_COOKIE_NAME
    _, headers, _, _ = web.get(f"/postmortems/PM-{numbers[0]}/edit/")
    token = re.search(rf"{name}=([^;]+)", headers["Set-Cookie"])[1]
    web.cookie += f"; {name}={token}"
    sent = {"Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true", "X-CSRFToken": token}
    taken = []
    for number in numbers:
        section = Section.objects.filter(postmortem__number=number).first()
        form = urlencode({"version": section.version, "text": f"{section.text}\n\nSomething **new** was seen here."})
        path = f"/postmortems/PM-{number}/edit/section/{section.uid}/"
        status, _, _, seconds = web.request("POST", path, form, **sent)
        if status != 200:
            print(f"  saving a section: answered {status}")
            return
        taken.append(seconds)
    print(f"  saving a section: {rig.percentiles(taken)}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) in (2, 3):
        measure(int(sys.argv[1]), *sys.argv[2:])
    else:
        for size in ["1000", "10000"]:
            subprocess.run([sys.executable, "-m", "benchmarks.pages", size], cwd=rig.ROOT, check=True)
