"""Three children – web, worker, beat – each in a process group of its own, kept alive until told to stop.

Whatever a child leaves behind ends with it: before a restart its whole group is killed. And should this process be
killed itself, the kernel ends the children (`die_with_parent`), so that nothing runs on unseen. That is safe at any
moment: what was acknowledged is in the database, what is to be done is a row.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time

GRACE = 8.0  # seconds between asking to stop and killing; gunicorn lets requests finish for 5 of them
STEADY = 20.0  # seconds of life after which a child's earlier failures are forgotten
LONGEST_WAIT = 30.0
PR_SET_PDEATHSIG = 1


def die_with_parent(parent):
    """Ask Linux to kill this process when `parent` (a process id) ends; elsewhere nothing happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before we asked
            os._exit(1)


class Child:
    """One process with its group; `command` is what runs, `pass_fds` the open files it is handed."""

    def __init__(self, name, command, environment, pass_fds=()):
        self.name, self.command, self.environment, self.pass_fds = name, command, environment, pass_fds
        self.process = None
        self.failures = 0
        self.started = self.due = 0.0

    def start(self):
        self.started, parent = time.monotonic(), os.getpid()
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            pass_fds=self.pass_fds,
            process_group=0,
            preexec_fn=lambda: die_with_parent(parent),
        )

    def ended(self):
        """True once its first process has ended. That one stays a zombie until `end`, so its group id stays its own."""
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.process.pid, flags) is not None

    def ask_to_stop(self):
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)

    def end(self):
        """Kill what is left of the group and return how the first process ended."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        code = self.process.wait()
        self.process = None
        return f"signal {-code}" if code < 0 else f"code {code}"

    def plan_restart(self):
        """Return the seconds until the next start: longer after each failure in a row."""
        steady = time.monotonic() - self.started > STEADY
        self.failures = 0 if steady else self.failures + 1
        wait = 0.2 if self.failures <= 1 else min(LONGEST_WAIT, 0.5 * 2 ** (self.failures - 1))
        self.due = time.monotonic() + wait
        return wait


class Supervisor:
    """Runs the children until SIGINT, SIGTERM or SIGHUP; `say` prints one line."""

    def __init__(self, children, say):
        self.children, self.say = children, say
        self.stopping = False

    def run(self, meanwhile):
        """Start all and return when everything has stopped; the iterator `meanwhile` takes ten steps a second."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.stop)
        try:
            for child in self.children:
                child.start()
            while not self.stopping:
                self.look_after()
                next(meanwhile, None)
                time.sleep(0.1)
        finally:
            self.stop_all()

    def stop(self, *_):
        self.stopping = True

    def look_after(self):
        for child in self.children:
            if child.process is None:
                if time.monotonic() >= child.due:
                    child.start()
            elif child.ended():
                how, wait = child.end(), child.plan_restart()
                self.say(f"The {child.name} ended ({how}); it starts again in {wait:g} s.")

    def stop_all(self):
        """Ask everybody at once, wait for GRACE, then kill what is left of each group."""
        running = [child for child in self.children if child.process]
        for child in running:
            child.ask_to_stop()
        until = time.monotonic() + GRACE
        while time.monotonic() < until and not all(child.ended() for child in running):
            time.sleep(0.05)
        for child in running:
            child.end()
