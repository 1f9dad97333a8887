"""Power cuts: a sender is killed while it sends, again and again; nothing is missed, and hardly anything repeated."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from tests.counts import soak
from tests.digests.post_office import post_office
from tests.sites import ROOT

KILLS = soak(quick=3, full=20)
WORKER_KILLS = soak(quick=1, full=10)
PEOPLE = soak(quick=24, full=600)
SEED = "from tests.digests.subscribers import create, announce; announce(create({}))"
TICK = "from kb.digests.tasks import tick; tick.delay()"


def database(site, statement):
    """Run one statement on the site's database; the rows. `site` is on SQLite."""
    with sqlite3.connect(site.data_dir / "andon.sqlite3", timeout=20) as connection:
        return connection.execute(statement).fetchall()


def let_leases_run_out(site):
    """What the clock does within minutes, and waiting for a second try."""
    database(site, "UPDATE digests_sending SET leased_until = NULL, due_at = '2020-01-01 00:00:00'")
    database(site, "UPDATE digests_subscription SET leased_until = NULL")


def held(site):
    """Who holds which mail at this moment: (id, until when)."""
    return database(
        site, "SELECT id, leased_until FROM digests_sending WHERE leased_until IS NOT NULL AND sent_at IS NULL"
    )


def let_run_out(site, leases):
    """Only these: whoever was started meanwhile holds mails of his own."""
    for pk, until in leases:
        database(
            site,
            "UPDATE digests_sending SET leased_until = NULL, due_at = '2020-01-01 00:00:00'"
            f" WHERE id = {pk} AND leased_until = '{until}'",
        )
    database(site, "UPDATE digests_sending SET due_at = '2020-01-01 00:00:00' WHERE leased_until IS NULL")
    database(site, "UPDATE digests_subscription SET leased_until = NULL")


def unsent(site):
    return database(site, "SELECT count(*) FROM digests_sending WHERE sent_at IS NULL")[0][0]


def sender(site):
    command = [sys.executable, "manage.py", "send_digests"]
    return subprocess.Popen(command, cwd=ROOT, env=site.environment, stdout=subprocess.DEVNULL)


def wait_for(office, count, process=None, seconds=60):
    """Until `count` mails have reached the office; a little longer or shorter than that, by chance."""
    until = time.monotonic() + seconds
    while len(office.mails) < count:
        assert time.monotonic() < until, f"only {len(office.mails)} mails came"
        if process and process.poll() is not None:
            return
        time.sleep(0.005)
    time.sleep(random.uniform(0, office.seconds))


def proved(site, office, in_flight):
    """Everybody has the mail; what came again was in flight at a kill, and came under the same Message-ID."""
    assert unsent(site) == 0
    times = office.times()
    assert len(times) == PEOPLE, "missed"
    assert len({name for _, name in office.mails}) == PEOPLE, "one Message-ID per person"
    assert office.repeated() <= in_flight
    assert all(times[address] <= 1 + len(in_flight) for address in times)
    assert database(site, "SELECT count(*) FROM digests_sending")[0][0] == PEOPLE


def test_a_killed_sender_misses_nobody_and_repeats_only_the_mail_in_flight(make_site, figure):
    busy = [f"u{number}@example.org" for number in range(7, PEOPLE, 50)]
    with post_office(busy=busy) as office:
        site = make_site(EMAIL_URL=office.url)
        site.manage("migrate")
        site.run(SEED.format(PEOPLE))
        in_flight = set()
        for number in range(KILLS):
            process = sender(site)
            wait_for(office, len(office.mails) + 1 + number % 5, process)
            process.kill()
            process.wait()
            in_flight.add(office.mails[-1][1])
            time.sleep(2 * office.seconds)  # what had left still arrives
            in_flight.add(office.mails[-1][1])
            let_leases_run_out(site)
        both = [sender(site), sender(site)]
        assert [process.wait(300) for process in both] == [0, 0]
        let_leases_run_out(site)
        assert sender(site).wait(300) == 0  # for those who were put off
        proved(site, office, in_flight)
        figure(f"{KILLS} kills of a sender, {PEOPLE} people: nobody missed, {len(office.repeated())} mails came twice")


def test_a_killed_worker_misses_nobody_and_repeats_only_the_mail_in_flight(make_site, figure):
    with post_office(seconds=0.1) as office:
        site = make_site(EMAIL_URL=office.url)
        site.start()
        site.run(SEED.format(PEOPLE))
        in_flight = set()
        for _ in range(WORKER_KILLS):
            site.run(TICK)
            wait_for(office, len(office.mails) + 3)
            os.kill(site.child("worker"), signal.SIGKILL)
            leases, before = held(site), len(office.mails)
            time.sleep(2 * office.seconds)
            in_flight.update(name for _, name in office.mails[before - 1 :])
            let_run_out(site, leases)
        site.run(TICK)
        site.wait_until(lambda: unsent(site) == 0, seconds=180)
        proved(site, office, in_flight)
        again = len(office.repeated())
        figure(f"{WORKER_KILLS} kills of a worker that sends, {PEOPLE} people: nobody missed, {again} mails came twice")


@pytest.mark.service
def test_two_beats_and_two_workers_on_postgresql_send_each_mail_once(make_site, postgres_url, rabbitmq_url):
    with post_office(seconds=0.02) as office:
        site = make_site(EMAIL_URL=office.url, DATABASE_URL=postgres_url, CELERY_BROKER_URL=rabbitmq_url)
        second = make_site(EMAIL_URL=office.url, DATABASE_URL=postgres_url, CELERY_BROKER_URL=rabbitmq_url)
        site.start()
        second.start()
        site.run(SEED.format(PEOPLE))
        for _ in range(4):
            site.run(TICK)
        site.wait_until(lambda: len(office.mails) >= PEOPLE, seconds=120)
        time.sleep(1)
        assert set(office.times().values()) == {1} and len(office.times()) == PEOPLE
