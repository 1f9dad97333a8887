"""A timeline of 500 rows: the desk, the article, one row written, one moved, and 500 shifted.

`python -m benchmarks.timeline`. Times are processor time of one process that answers through the whole stack of views
and middleware, so that what else the machine does says nothing. Goals: a page p95 80 ms, saving one row 60 ms.
"""

import datetime
import shutil
import statistics
import time

from benchmarks import rig

ROWS, TIMES = 500, 30


def measure():
    made = rig.set_up(None)
    from django.conf import settings
    from django.test import Client

    from kb.accounts.models import User
    from postmortems.models import Milestone, Postmortem, TimelineEntry, batches

    writer = User.objects.create_user("writer", "writer@example.org", role="member", zone="UTC")
    found = Postmortem.start(writer, "A long incident", zone="Europe/Berlin")
    start = datetime.datetime(2026, 3, 1, 8, tzinfo=datetime.UTC)
    text = "The `checkout_success_ratio` fell to **0.{n}** on payments-{n}; nobody had touched the pool since Tuesday."
    batches.add(
        found, writer,
        [{"text": text.format(n=n), "at": start + datetime.timedelta(minutes=2 * n), "zone": "Europe/Berlin",
          "believed": "The provider is slow" if n % 9 == 0 else ""} for n in range(ROWS)],
    )  # fmt: skip
    rows = list(TimelineEntry.objects.filter(postmortem=found))
    for type_, place in (("started", 10), ("detected", 50), ("mitigated", 300), ("recovered", 400)):
        Milestone.add(found, writer, type=type_, entry=rows[place])
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(writer, settings.AUTHENTICATION_BACKENDS[0])
    htmx = {"HX-Request": "true"}
    desk, reading = f"{found.get_absolute_url()}edit/", found.get_absolute_url()

    def quick(n):
        return client.post(
            f"{desk}timeline/quick/",
            {"line": f"{8 + n % 12:02}:{n:02} row {n}", "day": "2026-03-01", "kind": "action"},
            headers=htmx,
        )

    def save(n, moved=0):
        row = TimelineEntry.objects.filter(postmortem=found)[20 + 7 * n]
        local = row.at + datetime.timedelta(minutes=60 + moved)
        body = {"text": f"told better {n}", "kind": "action", "source": "typed", "zone": "Europe/Berlin",
                "when": f"{local:%H:%M}", "day": f"{local:%Y-%m-%d}", "version": row.version}  # fmt: skip
        return client.post(f"{desk}entry/{row.uid}/", body, headers=htmx)

    report("desk", lambda n: client.get(desk))
    report("article, kept", lambda n: client.get(reading))
    report("article, told in another clock", lambda n: client.get(f"{reading}?time=utc"))
    client.cookies.pop("clock", None)
    report("one line added", quick)
    report("one row saved", save)
    report("one row moved", lambda n: save(n, 31))
    chosen = {row.uid: row.version for row in TimelineEntry.objects.filter(postmortem=found)[:ROWS]}
    began = time.process_time()
    batches.shift(found, writer, chosen, datetime.timedelta(minutes=5))
    print(f"  {ROWS} rows shifted in {1000 * (time.process_time() - began):.0f} ms")
    shutil.rmtree(made)


def report(name, visit):
    """p50, p95 and the size of what `visit(n)` answers."""
    visit(0)
    spent = []
    for n in range(1, TIMES + 1):
        began = time.process_time()
        response = visit(n)
        spent.append(1000 * (time.process_time() - began))
        assert response.status_code == 200, (name, response.status_code)
    p95 = statistics.quantiles(spent, n=20)[-1]
    size = len(response.content) / 1024
    print(f"  {name}: p50 {statistics.median(spent):.0f} ms, p95 {p95:.0f} ms; {size:.0f} kB", flush=True)


if __name__ == "__main__":
    measure()
