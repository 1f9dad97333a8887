"""The site on other services than its own files, and what happens when messages get lost."""

import json
import urllib.request

import pytest

RECORD = (
    "from django.db import transaction\n"
    "from kb.events.record import record\n"
    "with transaction.atomic():\n"
    "    record('postmortem.edited', actor=None, subject='postmortem:aaaaaaaaaaaa')\n"
)


def ready(site):
    with urllib.request.urlopen(site.url + "/readyz", timeout=10) as response:
        return json.load(response)


def is_worked_off(site):
    return site.run("from kb.events.models import Delivery; print(Delivery.objects.count())").strip() == "0"


KILLED = (
    "from datetime import timedelta; from kb.events.drain import acquire\n"
    "acquire('drain:index', 'killed', timedelta(hours=1))\n"
)


def test_a_nudge_that_nobody_gets_is_made_good_by_the_sweep(make_site):
    """Written while nothing runs; `up` empties the broker's folder and ends the lease of an indexer that was killed."""
    site = make_site(CELERY_BROKER_URL="memory://")
    site.manage("migrate")
    site.run(RECORD + KILLED)
    del site.environment["CELERY_BROKER_URL"]
    site.start()
    site.wait_until(lambda: is_worked_off(site), seconds=30)


@pytest.mark.service
def test_postgresql_and_rabbitmq_carry_the_site(make_site, postgres_url, rabbitmq_url):
    carries(make_site(DATABASE_URL=postgres_url, CELERY_BROKER_URL=rabbitmq_url))


@pytest.mark.service
def test_redis_carries_messages_and_cache(make_site, redis_url):
    carries(make_site(CACHE_URL=redis_url, CELERY_BROKER_URL=redis_url))


def carries(site):
    site.start()
    site.run(RECORD)
    site.wait_until(lambda: is_worked_off(site), seconds=30)
    site.wait_until(lambda: ready(site)["worker"]["status"] == "alive", seconds=30)
    assert not (site.data_dir / "broker").exists()
