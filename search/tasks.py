"""Background work of search. Feeding the index is kb.events' drain calling search.indexing.consume."""

import logging

from celery import shared_task
from django.core.cache import cache

from search import indexing

log = logging.getLogger(__name__)
NUDGE_EVERY = 10  # seconds


@shared_task(ignore_result=True)
def heal():
    """A quick look at the index; rebuild it if it is missing or damaged."""
    indexing.heal()


@shared_task(ignore_result=True)
def keep_sheets():
    """Every ten seconds, for one second: what hits show, where it is not kept. In small bites, because the worker has
    more urgent things to do."""
    indexing.keep_missing(seconds=1.0)


@shared_task(ignore_result=True)
def check():
    """Read every file and compare every version with the database; put right what differs."""
    indexing.heal(thorough=True)


def nudge_healing():
    """Ask for `heal` now, because a page met damage; a broker that is away disturbs nobody, since
    the beat's own run comes within a minute."""
    try:
        if cache.add("search.healing-asked-for", 1, NUDGE_EVERY):
            heal.apply_async(retry=False, expires=60)
    except Exception as error:  # noqa: BLE001 - kombu and the cache raise whatever they raise
        log.warning("could not nudge the healing of the index: %s", error)
