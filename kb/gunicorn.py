"""How gunicorn serves the site (`gunicorn -c python:kb.gunicorn kb.wsgi`); numbers come from the settings."""

import os
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kb.settings")

from django.conf import settings  # noqa: E402

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


def post_fork(server, worker):
    die_with_parent(worker.ppid)
