"""A site of its own for a benchmark: temporary data folder, real gunicorn, a signed-in reader over HTTP."""

import http.client
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parent.parent


def set_up(data_dir=None):
    """Point Django at a fresh data folder and migrate; call before any import of a model."""
    folder = data_dir or tempfile.mkdtemp(prefix="andon-bench-")
    os.environ.update(DATA_DIR=folder, DJANGO_SETTINGS_MODULE="kb.settings", ENV_FILE=os.devnull, LOG_LEVEL="ERROR")
    os.environ["PORT"] = str(_free_port())
    os.environ["PUBLIC_URL"] = f"http://127.0.0.1:{os.environ['PORT']}"
    manage("migrate", "--verbosity", "0")
    manage("createcachetable")
    import django

    django.setup()
    from kb.preparing import collect_static

    collect_static()
    return pathlib.Path(folder)


def manage(*arguments):
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def queries_of(user, path):
    """How often one visit of `path`, not the first one, asks the database."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(user, settings.AUTHENTICATION_BACKENDS[0])
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    return len(queries)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Web:
    """gunicorn with two workers, as `manage.py up` runs it; `with Web() as web: web.get(path)`."""

    def __init__(self, user):
        self.user, self.port = user, int(os.environ["PORT"])

    def __enter__(self):
        command = [sys.executable, "-m", "gunicorn", "-c", "python:kb.gunicorn", "kb.wsgi"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.cookie = self._session()
        for _ in range(100):
            try:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                self.get("/healthz")
                return self
            except OSError:
                time.sleep(0.2)
        raise RuntimeError("the site did not start")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)

    def _session(self):
        from django.conf import settings
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
        from django.contrib.sessions.backends.db import SessionStore

        session = SessionStore()
        session[SESSION_KEY] = str(self.user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = self.user.get_session_auth_hash()
        session.create()
        return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"

    def request(self, method, path, body=None, **headers):
        """(status, headers, body bytes, seconds) over the kept connection."""
        headers = {"Cookie": self.cookie, "Accept-Encoding": "gzip", "Host": f"127.0.0.1:{self.port}", **headers}
        start = time.perf_counter()
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        content = response.read()
        return response.status, dict(response.getheaders()), content, time.perf_counter() - start

    def get(self, path):
        return self.request("GET", path)

    def processor(self):
        """Seconds of processor time that the workers used so far; on a busy machine the better measure."""
        import psutil

        return sum(sum(p.cpu_times()[:2]) for p in psutil.Process(self.process.pid).children())

    def memory(self):
        """Resident megabytes of the workers, the largest first."""
        import psutil

        return sorted((p.memory_info().rss / 2**20 for p in psutil.Process(self.process.pid).children()), reverse=True)


def percentiles(seconds):
    """Such as "p50 4.1 ms, p95 6.0 ms", of a list of durations in seconds."""
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return f"p50 {statistics.median(ordered) * 1000:.1f} ms, p95 {p95 * 1000:.1f} ms"
