"""A real site: `manage.py up` in a data folder of its own, as a newcomer would run it."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from tests.cast import PASSWORD
from tests.machine import free_port

ROOT = Path(__file__).parent.parent


class Site:
    """`url` is where it answers once `start` returned; `output()` is what it printed so far."""

    def __init__(self, folder, **environment):
        self.data_dir, self.port, self.process = Path(folder), free_port(), None
        self.url = f"http://127.0.0.1:{self.port}"
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "SOAK", "CI") if name in os.environ}
        own = {"ENV_FILE": os.devnull, "DATA_DIR": str(folder), "PORT": str(self.port), "DEMO": "0"}
        self.environment = kept | own | {name: str(value) for name, value in environment.items()}
        self.log = self.data_dir.parent / f"{self.data_dir.name}.log"

    def manage(self, *arguments, check=True, stdin=None):
        """Run a manage.py command on this site; the finished process with stdout and stderr as text."""
        return subprocess.run(
            [sys.executable, "manage.py", *map(str, arguments)],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=check,
            input=stdin,
        )

    def run(self, code):
        """Run Python lines inside the site (`manage.py shell`) and return what they printed."""
        return self.manage("shell", "--verbosity", "0", "-c", code).stdout

    def create_cast(self):
        self.run("from tests.cast import create_cast; create_cast()")

    def launch(self, *arguments):
        """Start `manage.py up` and return at once."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", *arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self

    def start(self, *arguments, seconds=180):
        """Start it, `--prepare` unless told otherwise, and wait until /readyz says yes."""
        self.launch(*(arguments or ["--prepare"]))
        self.wait_until(lambda: self.status("/readyz") == 200, seconds)
        return self

    def stop(self, number=signal.SIGINT, seconds=20):
        """Ask it to stop; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def kill(self):
        """End the whole tree at once, as a power cut would."""
        for process in self.tree():
            try:
                process.kill()
            except psutil.NoSuchProcess:
                pass
        self.process.wait()

    def tree(self):
        """psutil processes: the supervisor and everything below it."""
        top = psutil.Process(self.process.pid)
        return [top, *top.children(recursive=True)]

    def child(self, word):
        """The process id of the child `gunicorn`, `worker` or `beat`; None while it does not run."""
        for child in psutil.Process(self.process.pid).children():
            if child.status() != psutil.STATUS_ZOMBIE and word in child.cmdline():
                return child.pid
        return None

    def status(self, path, seconds=10):
        """The status of GET `path`, or 0 if nobody answers in that time."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=seconds) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def output(self):
        return self.log.read_text() if self.log.exists() else ""

    def wait_until(self, condition, seconds=30):
        """Return as soon as `condition()` is true; AssertionError with the site's output when time is up."""
        until = time.monotonic() + seconds
        while not condition():
            over = time.monotonic() > until or (self.process and self.process.poll() is not None)
            assert not over, f"it did not happen; the site wrote:\n{self.output()}"
            time.sleep(0.1)

    def sign_in(self, page, username):
        """Sign a browser page in as one of the cast, through the form."""
        page.goto(f"{self.url}/accounts/login/")
        page.fill("input[name=login]", username)
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "/accounts/login" not in url)
