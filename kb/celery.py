"""The Celery app and the one table of periodic jobs.

A message is only a nudge: the work is a row, and the sweep finds rows whose nudge was lost. So there are no results,
no retries and no ETA here, and `manage.py up` may empty the broker's folder before it starts the worker.
"""

import os

from celery import Celery
from celery.schedules import crontab
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kb.settings")

# name: (task, seconds between two runs or a crontab)
PERIODIC = {
    "digests that are due": ("kb.digests.tasks.tick", crontab()),
    "rows whose nudge was lost": ("kb.events.tasks.sweep", 5.0),
    "the search index is there and whole": ("search.tasks.heal", 60.0),
    "the search index equals the database": ("search.tasks.check", crontab(hour=3, minute=40)),
    "the worker is alive": ("kb.tasks.heartbeat", 10.0),
    "what hits show, not kept yet": ("search.tasks.keep_sheets", 10.0),
    "reading pages not made yet": ("postmortems.tasks.make_fragments", 10.0),
    "files without a row": ("postmortems.tasks.sweep_attachments", crontab(minute=50)),
    "trash older than its time": ("postmortems.tasks.purge_trash", crontab(hour=3, minute=10)),
    "chats given a week ago": ("postmortems.tasks.purge_chats", crontab(hour=3, minute=15)),
    "sessions that ended": ("kb.tasks.clear_sessions", crontab(hour=3, minute=20)),
}


def broker():
    """Celery's settings for the broker: a folder of DATA_DIR, or whatever CELERY_BROKER_URL names."""
    url = settings.CELERY_BROKER_URL
    if not url.startswith("filesystem"):
        return {"broker_url": url}
    folder = settings.DATA_DIR / "broker"
    (folder / "messages").mkdir(parents=True, exist_ok=True)
    (folder / "control").mkdir(exist_ok=True)
    return {
        "broker_url": "filesystem://localhost",
        "broker_transport_options": {
            "data_folder_in": str(folder / "messages"),
            "data_folder_out": str(folder / "messages"),
            "control_folder": str(folder / "control"),
            "store_processed": False,
            "polling_interval": 0.2,
        },
    }


def configuration():
    """Everything Celery is told; read when the app is first used, after the settings."""
    return broker() | {
        "broker_connection_retry_on_startup": True,
        "broker_connection_timeout": 2,
        "task_publish_retry": False,
        "task_acks_late": True,
        "task_ignore_result": True,
        "worker_enable_remote_control": False,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "timezone": "UTC",
        "beat_schedule": {
            # A run that waited longer than its interval is not worth having: the next one is there.
            name: {"task": task, "schedule": when, "options": {"expires": 60}}
            for name, (task, when) in PERIODIC.items()
        },
    }


app = Celery("kb", set_as_current=True)
app.add_defaults(configuration)
app.autodiscover_tasks()
