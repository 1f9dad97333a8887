"""What hits show is kept per version: read by one query, never stale or of what may not be seen, gone with its rows."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from kb.accounts.models import User
from kb.events.drain import drain, pending
from postmortems import documents, sheets, shown
from postmortems.catalog_changes import rename
from postmortems.models import KeptSheet, Learning, Postmortem, Service
from search import indexing
from search.lookup import search_for
from search.sheet import Sheet
from tests.postmortems.full import full, full_draft

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_index(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def keys_of(postmortem):
    return [document.key for document in documents.load([postmortem.uid])]


@pytest.fixture
def only_kept(monkeypatch):
    """From now on nothing but kept sheets can be shown."""
    monkeypatch.setattr(shown, "documents", lambda uids: pytest.fail(f"made for the reader: {uids}"))


def test_indexing_keeps_exactly_what_would_be_made(db, only_kept):
    call_command("seed_demo", password="correct horse battery", verbosity=0)
    drain("index")
    made = {document.key: Sheet.of(document) for document in documents.load(list(documents.groups()))}
    assert {key[0] for key in made} == {"postmortem", "learning", "countermeasure"}
    facilitator = User.objects.get(role="facilitator")
    seen = documents.visible(facilitator, made)
    assert seen and documents.sheets(facilitator, seen) == {key: made[key] for key in seen}


def test_a_rebuild_keeps_them_and_leaves_what_is_kept(cast):
    paper = full(cast.author, cast.stranger)
    indexing.rebuild()
    assert KeptSheet.objects.count() == len(keys_of(paper)) == 5
    with CaptureQueriesContext(connection) as queries:
        indexing.rebuild()
    assert not [query for query in queries.captured_queries if query["sql"].startswith(("INSERT", "DELETE", "UPDATE"))]


def test_many_are_read_by_as_many_queries_as_one(cast, only_kept, django_assert_num_queries):
    papers = [full(cast.author, cast.stranger, title=f"Paper {n}") for n in range(3)]
    drain("index")
    keys = [key for paper in papers for key in keys_of(paper)]
    with CaptureQueriesContext(connection) as few:
        documents.sheets(cast.reader, keys[:1])
    with django_assert_num_queries(len(few)):
        assert len(documents.sheets(cast.reader, keys)) == 15


def test_what_changed_since_is_shown_as_it_is_now(cast):
    paper = full(cast.author, cast.stranger)
    drain("index")
    learning = paper.learning_set.first()
    learning.change(cast.author, learning.version, claim="A better claim")
    assert (
        documents.sheets(cast.reader, [("learning", learning.uid)])["learning", learning.uid].title == "A better claim"
    )
    assert list(sheets.unkept()) == [paper.uid]


def test_a_renamed_service_is_shown_by_its_name_at_once(cast):
    full(cast.author, cast.stranger)
    drain("index")
    rename(Service.objects.get(), "Payments core", cast.admin)
    (hit,) = search_for(cast.reader, "claim").hits
    assert hit.services == (("payments-core", "Payments core"),)


@pytest.mark.parametrize("hide", ["restrict", "delete_to_trash"])
def test_what_is_hidden_is_not_shown_although_it_is_kept(cast, hide):
    paper = full(cast.author, cast.stranger)
    drain("index")
    keys = keys_of(paper)
    assert len(documents.sheets(cast.reader, keys)) == 5
    getattr(paper, hide)(cast.author)
    assert documents.sheets(cast.reader, keys) == {}
    drain("index")
    assert documents.sheets(cast.reader, keys) == {}


def test_a_draft_is_kept_for_those_who_write_it(cast, only_kept):
    paper = full_draft(cast.author)
    drain("index")
    keys = keys_of(paper)
    assert len(documents.sheets(cast.author, keys)) == 5


def test_what_was_taken_out_is_not_kept(cast):
    paper = full(cast.author, cast.stranger)
    drain("index")
    learning = paper.learning_set.first()
    learning.remove(cast.author, learning.version)
    drain("index")
    assert KeptSheet.objects.count() == 4 and not KeptSheet.objects.filter(uid=learning.uid).exists()


def test_purging_leaves_no_trace(cast):
    paper = full(cast.author, cast.stranger)
    drain("index")
    paper.delete_to_trash(cast.author).purge(cast.author)
    assert not KeptSheet.objects.exists()


def test_what_was_purged_while_it_was_indexed_is_not_kept(cast):
    paper = full(cast.author, cast.stranger)
    loaded = list(documents.load([paper.uid]))
    paper.delete_to_trash(cast.author).purge(cast.author)
    sheets.keep([paper.uid], loaded)
    assert not KeptSheet.objects.exists()


def test_what_is_not_kept_is_kept_bite_by_bite(cast):
    papers = [full(cast.author, cast.stranger, title=f"Paper {n}") for n in range(2)]
    KeptSheet.objects.all().delete()
    assert list(sheets.unkept()) == [papers[1].uid, papers[0].uid]
    assert indexing.keep_missing(seconds=20) == 2 and indexing.keep_missing(seconds=20) == 0
    KeptSheet.objects.update(shape=0)
    assert indexing.keep_missing(seconds=20) == 2
    Postmortem.objects.get(pk=papers[0].pk).delete_to_trash(cast.author)
    assert list(sheets.unkept()) == []


def test_a_database_that_refuses_keeps_nobody_from_searching(cast, monkeypatch):
    paper = full(cast.author, cast.stranger)

    def refuse(*args, **options):
        raise DatabaseError("database is locked")

    monkeypatch.setattr(sheets, "_write", refuse)
    drain("index")
    assert not KeptSheet.objects.exists()
    assert [hit.reference for hit in search_for(cast.reader, "claim").hits] == [paper.reference]
    assert Learning.objects.count() == 2


def test_a_rebuild_leaves_nothing_pending_but_what_changed_meanwhile(cast):
    papers = [full(cast.author, cast.stranger, title=f"Paper {n}") for n in range(2)]
    learning = papers[0].learning_set.first()
    assert len(pending("index")) == 2
    indexing.rebuild(lambda done, total: learning.change(cast.author, learning.version, claim="A zebra crossed"))
    assert pending("index") == [f"postmortem:{papers[0].uid}"]
    assert search_for(cast.reader, "zebra", kind="learning").total == 1  # the rebuild caught up with it all the same
