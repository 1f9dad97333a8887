"""A child process with a clock: what takes too long is killed, and the next call gets a fresh child.

Signals and time limits do not work in threads, and multiprocessing's pools start again from the main
program; so this is a plain subprocess that reads and writes lines of JSON. Safe under threads and after a
fork; a child ends with its parent, however that ends, because its input ends.

The clock counts the child's processor time, so that a busy machine fails nobody's honest text; the child sets
it (see markdown_child.py). Here the time on the wall is a second bound, PATIENCE times as long.
"""

import atexit
import json
import logging
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

START_SECONDS = 20
PATIENCE = 6
log = logging.getLogger(__name__)


class Overdue(Exception):
    """The child did not answer in time, or died; it is gone."""


class Child:
    """One process running a script that prints "ready" and then a line of JSON per item of a batch."""

    def __init__(self, script: Path):
        command = [sys.executable, "-P", str(script)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)  # noqa: S603
        self.received = bytearray()
        self.is_ready = False

    def answers(self, items: list, seconds: float) -> Iterator[object]:
        """One answer per item, each within the seconds; raises Overdue when the child is gone."""
        try:
            if not self.is_ready:
                self._line(START_SECONDS)
                self.is_ready = True
            self._send([seconds, items])
            for _ in items:
                yield json.loads(self._line(seconds * PATIENCE))
        except (OSError, ValueError) as fault:
            self.kill()
            raise Overdue(str(fault)) from fault
        except GeneratorExit:
            self.kill()
            raise

    def _send(self, request: list) -> None:
        rest = memoryview(json.dumps(request).encode() + b"\n")
        while rest:
            rest = rest[self.process.stdin.write(rest) :]

    def _line(self, seconds: float) -> bytes:
        until = time.monotonic() + seconds
        poll = select.poll()
        poll.register(self.process.stdout, select.POLLIN)
        while (end := self.received.find(b"\n")) < 0:
            left = until - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                raise TimeoutError("no answer in time")
            part = os.read(self.process.stdout.fileno(), 1 << 16)
            if not part:
                raise BrokenPipeError("the child is gone")
            self.received += part
        line = bytes(self.received[:end])
        del self.received[: end + 1]
        return line

    def kill(self) -> None:
        """End it now and take its remains."""
        self.process.kill()
        self.process.wait()
        self.forget()

    def forget(self) -> None:
        """Close our ends of its pipes; without other writers it ends by itself."""
        self.process.stdin.close()
        self.process.stdout.close()


class Children:
    """At most `limit` children of one script, made when needed, lent to one thread at a time."""

    def __init__(self, script: Path, limit: int):
        self.script, self.limit = script, limit
        self._start_afresh()
        os.register_at_fork(after_in_child=self._after_fork)
        atexit.register(self.close)

    def _start_afresh(self) -> None:
        self.idle: list[Child] = []
        self.lock = threading.Lock()
        self.free = threading.BoundedSemaphore(self.limit)

    def answers(self, items: list, seconds: float, patience: float = 30) -> Iterator[object]:
        """As Child.answers; an item that is overdue yields None and the rest goes to a fresh child."""
        if not self.free.acquire(timeout=patience):
            log.warning("no renderer was free for %s seconds", patience)
            yield from [None] * len(items)
            return
        try:
            done, tries, misses = 0, 0, 0
            while done < len(items):
                before = done
                child = self._take()
                try:
                    for answer in child.answers(items[done:], seconds if misses < 3 else seconds / 10):
                        done += 1
                        yield answer
                    self._give_back(child)
                except Overdue as fault:
                    tries += 1
                    died_idle = done == before and child.process.returncode not in (-signal.SIGPROF, None)
                    died_idle = died_idle and isinstance(fault.__cause__, BrokenPipeError)
                    if not (died_idle and tries == 1):  # killed before it was asked: not the item's fault
                        log.warning("a text was not rendered: %s", fault)
                        done, misses = done + 1, misses + 1
                        yield None
                    self._give_back(Child(self.script))  # starts while nobody waits for it
        finally:
            self.free.release()

    def _take(self) -> Child:
        with self.lock:
            return self.idle.pop() if self.idle else Child(self.script)

    def _give_back(self, child: Child) -> None:
        with self.lock:
            self.idle.append(child)

    def close(self) -> None:
        """End all idle children; the pool can be used again."""
        with self.lock:
            children, self.idle = self.idle, []
        for child in children:
            child.kill()

    def _after_fork(self) -> None:
        """In a forked process the children are the parent's: let go of their pipes only."""
        for child in self.idle:
            child.process.returncode = 0  # not ours to wait for
            child.forget()
        self._start_afresh()
