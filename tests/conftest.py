"""The cast, sign-in, and the real things that some tests need: services, a browser, a running site."""

import os
from datetime import datetime, timedelta
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import caches
from django.db import DataError
from django.db.models import CharField
from django.db.models.signals import post_migrate
from django.test import Client
from django.utils import timezone

from kb.lib.uids import new_uid
from tests.cast import create_cast
from tests.counts import figure, pytest_terminal_summary  # noqa: F401 - a fixture and a hook
from tests.machine import CHROMIUM, POSTGRES, RABBITMQ, REDIS, SHARED, missing, require_port
from tests.order import WORKER, pytest_collection_modifyitems  # noqa: F401 - a hook
from tests.sites import Site


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The database; after a test with real transactions has emptied it, what migrations wrote is there again."""
    ours = [model for model in apps.get_models() if model.__module__.startswith(("kb.", "postmortems."))]
    with django_db_blocker.unblock():
        written = {model: list(model._default_manager.all()) for model in ours}

    def write_again(**_):
        for model, rows in written.items():
            model._default_manager.bulk_create(rows, ignore_conflicts=True)

    post_migrate.connect(write_again, sender=apps.get_app_config("postmortems"))
    yield
    post_migrate.disconnect(write_again, sender=apps.get_app_config("postmortems"))


@pytest.fixture(autouse=True)
def nothing_remembered():
    """No throttle and no fragment of the test before; the shared cache is in the database and rolls back with it."""
    caches["process"].clear()


@pytest.fixture(scope="session", autouse=True)
def columns_take_no_more_than_they_hold():
    """SQLite takes a word of any length into any column; PostgreSQL refuses it, and so do all tests."""
    unchecked = CharField.get_db_prep_save

    def checked(field, value, connection):
        if isinstance(value, str) and field.max_length and len(value) > field.max_length:
            raise DataError(f"{field} holds {field.max_length} characters, not {value!r}")
        return unchecked(field, value, connection)

    CharField.get_db_prep_save = checked
    yield
    CharField.get_db_prep_save = unchecked


@pytest.fixture
def cast(db):
    """A fresh Cast in the database; everybody's password is `tests.cast.PASSWORD`."""
    return create_cast()


@pytest.fixture
def sign_in():
    """`sign_in(user)` → a Django test client of that person; `sign_in(None)` → of nobody."""

    def client_of(user):
        client = Client()
        if user is not None:
            client.force_login(user, settings.AUTHENTICATION_BACKENDS[0])
        return client

    return client_of


@pytest.fixture
def clock(monkeypatch):
    """`clock.at("2026-03-02T09:00:00+00:00")` stops `timezone.now()` there; `clock.on(minutes=5)` moves it."""
    state = SimpleNamespace(now=timezone.now())

    def at(iso):
        state.now = datetime.fromisoformat(iso)

    def on(**delta):
        state.now += timedelta(**delta)

    monkeypatch.setattr(timezone, "now", lambda: state.now)
    return SimpleNamespace(at=at, on=on, now=lambda: state.now)


@pytest.fixture
def shared_data():
    """The folder with real postmortems, queries and templates; ANDON_SHARED names another parent folder."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"no real data at {SHARED / 'data'}: point ANDON_SHARED at the folder that has data/ in it")
    return SHARED / "data"


@pytest.fixture
def postgres_url():
    """The URL of an empty PostgreSQL database of this test's own, dropped afterwards."""
    require_port(POSTGRES, "PostgreSQL", "postgresql")
    import psycopg

    name = f"andon_test_{new_uid()}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield urlsplit(POSTGRES)._replace(path=f"/{name}").geturl()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def redis_url():
    """The URL of an empty Redis database, another one for each worker."""
    require_port(REDIS, "Redis", "redis-server")
    import redis

    parts = urlsplit(REDIS)
    own = parts._replace(path=f"/{int(parts.path.strip('/') or 0) - WORKER}").geturl()
    with redis.Redis.from_url(own) as connection:
        connection.flushdb()
        yield own
        connection.flushdb()


@pytest.fixture
def rabbitmq_url():
    """The URL of a RabbitMQ whose queue `celery` is empty."""
    require_port(RABBITMQ, "RabbitMQ", "rabbitmq-server")
    from kombu import Connection

    def empty():
        with Connection(RABBITMQ, connect_timeout=5) as connection:
            connection.default_channel.queue_delete("celery")

    empty()
    yield RABBITMQ
    empty()


@pytest.fixture
def make_site(tmp_path):
    """`make_site(DATABASE_URL=…)` → a Site in a folder of its own, not started yet; ended after the test."""
    sites = []

    def make(**environment):
        sites.append(Site(tmp_path / f"site{len(sites)}", **environment))
        return sites[-1]

    yield make
    for site in sites:
        end(site)


def end(site):
    """Whether a site ends well when it is asked to is what test_up.py is about; here nobody waits for it."""
    if site.process and site.process.poll() is None:
        site.kill()


@pytest.fixture(scope="session")
def chromium():
    """Debian's Chromium, driven by Playwright."""
    if not CHROMIUM:
        missing("no Chromium: apt install chromium, or run .ci/run")
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    arguments = ["--no-sandbox", "--disable-dev-shm-usage"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium):
    """`open_page(**options)` → a new browser page in a context of its own (options: viewport, color_scheme …).

    After the test, a script error or a violated content security policy on any of them fails it.
    """
    contexts, faults = [], []

    def listen(message):
        if "Content Security Policy" in message.text:
            faults.append(message.text)

    def open_one(**options):
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", listen)
        page.on("pageerror", lambda error: faults.append(str(error)))
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def browser_page(open_page):
    """One page of 1280 × 900."""
    return open_page(viewport={"width": 1280, "height": 900})


@pytest.fixture
def browse(open_page, live_server, sign_in):
    """`browse(user)` → a browser page on pytest-django's `live_server`, signed in as `user`; goto("/path/") works.

    The test makes its data with the models; it needs `transactional_db` (live_server brings it).
    """

    def signed_in(user=None, **options):
        page = open_page(base_url=live_server.url, **options)
        if user is not None:
            cookie = sign_in(user).cookies[settings.SESSION_COOKIE_NAME]
            page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        return page

    return signed_in
