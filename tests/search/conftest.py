"""Engines in folders of their own, and the small house of tests.search.documents around them."""

import pytest

from search import engines
from search.engines import whoosh
from tests.search import documents

MAKERS = {"whoosh": whoosh.make}


@pytest.fixture(params=sorted(MAKERS))
def engine(request, tmp_path):
    """An engine with an empty index, once per engine there is."""
    made = MAKERS[request.param](tmp_path / "index")
    made.rebuild([], lambda store: None)
    return made


@pytest.fixture
def house(settings, tmp_path, monkeypatch):
    """The whole of search over tests.search.documents: `house.fill(...)`, `house.CHANGED`. Readers
    are plain names: "owner" may read what is private."""
    monkeypatch.setattr("search.lookup.audiences_of", lambda user: frozenset({"everyone", f"user:{user}"}))
    settings.DATA_DIR = tmp_path
    settings.SEARCH_SUBJECTS = "tests.search.documents"
    settings.SEARCH_PENDING = "tests.search.documents.pending"
    settings.SEARCH_ALL_DONE = "tests.search.documents.all_done"
    engines._engine.cache_clear()
    yield documents
    documents.STORE.clear()
    documents.CHANGED.clear()
    engines._engine.cache_clear()
