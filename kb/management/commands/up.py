"""manage.py up: the whole site in one terminal."""

import contextlib
import fcntl
import os
import select
import shutil
import socket
import sys
import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from kb import first_admin
from kb.checks import database_fault
from kb.events.drain import end_leases
from kb.preparing import collect_static, prepare
from kb.supervisor import Child, Supervisor

PATIENCE = 60  # seconds until a web that does not answer is mentioned


class Command(BaseCommand):
    help = "Runs web, worker and beat until Ctrl-C, and starts again what ends by itself."

    def add_arguments(self, parser):
        parser.add_argument(
            "--prepare",
            action="store_true",
            help="first migrate, load the demo (on the first start; not with DEMO=0) and build the index",
        )

    def handle(self, *args, prepare, **options):
        lock = hold(settings.DATA_DIR / "up.lock")
        listener = listen(settings.BIND, settings.PORT)
        try:
            self.make_ready(prepare)
        except KeyboardInterrupt:
            raise CommandError("Stopped before it was ready; the next start goes on.", returncode=130) from None
        Supervisor(children(listener), self.say).run(self.greeting(listener))
        lock.close()
        self.say("Andon has stopped.")

    def say(self, line):
        print(line, flush=True)

    def make_ready(self, first):
        if first:
            prepare(self.say)
        fault = database_fault()
        if fault:
            raise CommandError(fault)
        if connection.vendor == "sqlite":  # which is this folder's, and nobody else runs in it
            end_leases()
        collect_static()
        # Messages are only nudges; a folder half written by a killed process would stop the worker for good.
        shutil.rmtree(settings.DATA_DIR / "broker", ignore_errors=True)
        shutil.rmtree(settings.DATA_DIR / "tmp", ignore_errors=True)
        for folder in ("tmp", "beat", "mail"):
            (settings.DATA_DIR / folder).mkdir(exist_ok=True)

    def greeting(self, listener):
        """Greet once the web answers, in steps that do not wait; say once if it takes too long."""
        knock, until = Knock(listener.getsockname()), time.monotonic() + PATIENCE
        while not knock.is_answered():
            if until and time.monotonic() > until:
                until = None
                self.say(f"The web has not answered for {PATIENCE} s. What it wrote stands above; it is tried again.")
            yield
        self.greet()

    def greet(self):
        """Say where the site is and how to come in."""
        self.say(f"\n{settings.SITE_NAME} is at {settings.PUBLIC_URL}/")
        if not settings.LOOPBACK:
            names = ", ".join(sorted(set(settings.ALLOWED_HOSTS)))
            self.say(f"It listens on {settings.BIND} and answers to these names only: {names}.")
        with contextlib.suppress(DatabaseError), contextlib.closing(connection):
            if link := first_admin.link():
                self.say(f"Become its first administrator (this link works once): {link}")
        self.say("Ctrl-C stops it.\n")


def hold(path):
    """Hold the lock file `path` until this process ends, however it ends; CommandError if another one holds it."""
    lock = path.open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise CommandError(f"Andon already runs in {path.parent}. Choose another DATA_DIR for a second copy.") from None
    return lock


def listen(host, port):
    """The listening socket, which web is handed; CommandError if the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except OSError as error:
        raise CommandError(
            f"Port {port} on {host} cannot be had ({error.strerror}). Choose another one: make run PORT={port + 1}"
        ) from None
    return listener


def children(listener):
    """Web, worker and beat; their temporary files stay in DATA_DIR."""
    data, level = settings.DATA_DIR, settings.LOG_LEVEL
    environment = os.environ | {"TMPDIR": str(data / "tmp"), "LISTENING_SOCKET": f"fd://{listener.fileno()}"}
    celery = [sys.executable, "-W", "ignore:You're running the worker with superuser", "-m", "celery", "-q", "-A", "kb"]
    worker = "worker -P threads -c 4 --prefetch-multiplier 8 --without-gossip --without-mingle --without-heartbeat"
    beat = ["beat", "-s", str(data / "beat" / "schedule"), "--pidfile=", "-l", level]
    return [
        Child(
            "web",
            [sys.executable, "-m", "gunicorn", "-c", "python:kb.gunicorn", "kb.wsgi"],
            environment,
            pass_fds=[listener.fileno()],
        ),
        Child("worker", [*celery, *worker.split(), "-l", level], environment),
        Child("beat", [*celery, *beat], environment),
    ]


class Knock:
    """Asks the web for /healthz and looks in now and then for the answer, so that nobody waits for it."""

    def __init__(self, address):
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address[0], address[0])
        self.address, self.connection = (host, address[1]), None

    def is_answered(self):
        try:
            if self.connection is None:
                # The listening socket is ours, so this succeeds even before the web runs.
                self.connection = socket.create_connection(self.address, timeout=2)
                self.connection.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            if not select.select([self.connection], [], [], 0)[0]:
                return False
            answer = self.connection.recv(64)
        except OSError:
            answer = b""
        if self.connection:
            self.connection.close()
            self.connection = None
        return answer.split()[1:2] == [b"200"]
