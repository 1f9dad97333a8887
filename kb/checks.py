"""What is looked at before anything starts: every dotted path of a table leads somewhere, no migration is missing."""

import logging
from importlib import import_module

from django.conf import settings
from django.core.checks import Error, register
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string

from kb.celery import PERIODIC

log = logging.getLogger(__name__)


def dotted_paths():
    """(where it stands, path) of everything that settings tables and the table of periodic jobs name."""
    for name, entry in settings.EVENT_CONSUMERS.items():
        yield f"EVENT_CONSUMERS[{name!r}]", entry["consume"]
    yield "SEARCH_SUBJECTS", settings.SEARCH_SUBJECTS
    yield "SEARCH_PENDING", settings.SEARCH_PENDING
    yield "SEARCH_ALL_DONE", settings.SEARCH_ALL_DONE
    for name, (task, _) in PERIODIC.items():
        yield f"PERIODIC[{name!r}]", task


@register
def paths_resolve(app_configs, **kwargs):
    faults = []
    for place, path in dotted_paths():
        try:
            import_module(path) if place == "SEARCH_SUBJECTS" else import_string(path)
        except ImportError as error:
            faults.append(Error(f"{place} names {path}, which cannot be imported: {error}", id="kb.E001"))
    return faults


def missing_migrations():
    """Names of migrations that the database has not seen, such as “postmortems.0002_reviews”.

    Raise DatabaseError when the database does not answer.
    """
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def database_fault():
    """One sentence when the database is away or older than the code, else an empty string. Anybody may read it on
    /readyz, so what the database's client says, which names hosts and accounts, goes to the log."""
    try:
        missing = missing_migrations()
    except DatabaseError as error:
        log.error("the database does not answer: %s", error)
        return "The database does not answer; the log says more."
    if missing:
        return f"The database is older than this code ({len(missing)} migrations are missing): run manage.py migrate."
    return ""
