"""What a page of search shows is read another way than what is indexed; both must say the same."""

from dataclasses import replace

from django.core.management import call_command

from postmortems import documents, shown


def test_the_documents_shown_are_the_documents_indexed(db):
    call_command("seed_demo", password="correct horse battery", verbosity=0)
    indexed = {d.key: replace(d, audiences=frozenset()) for d in documents.load(list(documents.groups()))}
    uids = {}
    for kind, uid in indexed:
        uids.setdefault(kind, []).append(uid)
    assert set(uids) == {"postmortem", "learning", "countermeasure"}
    assert {d.key: d for d in shown.documents(uids)} == indexed


def test_reading_more_documents_takes_no_more_queries(db, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    call_command("seed_demo", password="correct horse battery", verbosity=0)
    uids = list(documents.groups())
    with CaptureQueriesContext(connection) as few:
        list(shown.documents({"postmortem": uids[:2]}))
    with django_assert_num_queries(len(few)):
        list(shown.documents({"postmortem": uids}))


def test_an_owner_is_called_by_name_however_the_user_name_is_written(cast):
    cast.author.username = "Ada.Author"
    cast.author.save(update_fields=["username"])
    assert documents.facet_labels({"owner": ["ada.author"]}) == {"owner": {"ada.author": str(cast.author)}}
