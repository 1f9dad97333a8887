"""Background work of search. Feeding the index is kb.events' drain calling search.indexing.consume."""

from celery import shared_task

from search import indexing


@shared_task(ignore_result=True)
def heal():
    """A quick look at the index; rebuild it if it is missing or damaged."""
    indexing.heal()


@shared_task(ignore_result=True)
def check():
    """Read every file and compare every version with the database; put right what differs."""
    indexing.heal(thorough=True)
