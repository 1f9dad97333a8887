"""What tests need from the machine: services, a browser, data. What is missing is skipped; in CI it fails."""

import os
import random
import socket
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

CHROMIUM = next((path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), None)
SHARED = Path(os.environ.get("ANDON_SHARED") or Path(__file__).parent.parent.parent / "shared")
POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
RABBITMQ = os.environ.get("TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//")


def missing(sentence):
    """Skip this test for want of something that `.ci/run` would have installed; with CI=true fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def require_port(url, name, package):
    """`missing` unless something listens where `url` points."""
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname, parts.port), timeout=2).close()
    except OSError:
        missing(f"{name} does not answer at {parts.hostname}:{parts.port}: apt install {package}, or run .ci/run")


def free_port():
    """A port of 127.0.0.1 that nobody used a moment ago, and that the system gives to nobody by itself."""
    for _ in range(100):
        with closing(socket.socket()) as probe, suppress(OSError):
            probe.bind(("127.0.0.1", random.randrange(10_000, 30_000)))
            return probe.getsockname()[1]
    raise OSError("100 ports of 127.0.0.1 are all taken")
