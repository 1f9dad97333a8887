"""How gunicorn serves the site (`gunicorn -c python:kb.gunicorn kb.wsgi`); numbers come from the settings."""

import gc
import os
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kb.settings")

from django.conf import settings  # noqa: E402
from django.urls import get_resolver  # noqa: E402

from kb.supervisor import die_with_parent  # noqa: E402

# `manage.py up` hands over its listening socket: while web restarts, requests wait there instead of failing.
bind = os.environ.get("LISTENING_SOCKET") or f"{settings.BIND}:{settings.PORT}"
workers = settings.WEB_WORKERS
worker_class = "gthread"
threads = 4
preload_app = True
timeout = 60
graceful_timeout = 5
keepalive = 5
limit_request_line = 8190
loglevel = settings.LOG_LEVEL.lower()
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None


def when_ready(server):
    """Load what every worker needs, once for all of them, and spare it from garbage collection for good: going through
    all these objects again and again took a tenth of a page, and copied the memory that the workers share."""
    from search.engines import engine

    get_resolver().url_patterns  # noqa: B018 - reading it imports every view
    engine()
    gc.collect()
    gc.freeze()


def post_fork(server, worker):
    die_with_parent(worker.ppid)
