"""Trash: gone at once, restored as it was, or removed for good after its reference was typed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from postmortems.models import Change, Postmortem
from postmortems.tasks import purge_trash
from tests.postmortems.builders import draft, published

pytestmark = pytest.mark.django_db


def page(postmortem, word):
    return f"/postmortems/{postmortem.reference}/{word}/"


def test_it_is_gone_at_once_and_comes_back_as_it_was(cast, sign_in):
    postmortem, client = published(cast.author, cast.stranger), sign_in(cast.author)
    address = f"/postmortems/{postmortem.reference}/"
    assert "30 days" in client.get(page(postmortem, "delete")).content.decode()
    assert client.post(page(postmortem, "delete")).url == "/trash/"
    assert client.get(address).status_code == 404 and client.get(page(postmortem, "edit")).status_code == 404
    assert postmortem.reference in client.get("/trash/").content.decode()
    assert client.post(page(postmortem, "restore")).status_code == 302
    assert sign_in(cast.reader).get(address).status_code == 200


def test_only_owner_and_steward_see_it_in_the_trash(cast, sign_in):
    postmortem = draft(cast.author, title="Gone words")
    postmortem.delete_to_trash(cast.author)
    seen = {
        name: "Gone words" in sign_in(person).get("/trash/").content.decode()
        for name, person in cast.everybody().items()
    }
    assert {name for name, sees in seen.items() if sees} == {"author", "facilitator"}
    assert sign_in(cast.teammate).post(page(postmortem, "restore")).status_code == 404


def test_the_empty_trash_says_so(cast, sign_in):
    assert "The trash is empty" in sign_in(cast.author).get("/trash/").content.decode()


def test_purging_wants_the_reference_typed(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    postmortem.delete_to_trash(cast.author)
    answer = client.post(page(postmortem, "purge"), {"confirmation": "PM-99", "reason": "a secret"})
    assert answer.status_code == 422 and Postmortem.objects.exists() and "a secret" in answer.content.decode()
    sent = {"confirmation": postmortem.reference.lower(), "reason": "a secret"}
    assert client.post(page(postmortem, "purge"), sent).url == "/trash/"
    assert not Postmortem.objects.exists() and not Change.objects.exists()


def test_what_is_not_in_the_trash_is_not_purged(cast, sign_in):
    postmortem = draft(cast.author)
    answer = sign_in(cast.author).post(page(postmortem, "purge"), {"confirmation": postmortem.reference})
    assert answer.status_code == 404 and Postmortem.objects.exists()


def test_the_daily_purge_takes_what_lay_there_for_thirty_days_and_nothing_else(cast):
    old, young, kept = (draft(cast.author, title=title) for title in ("old", "young", "kept"))
    old.delete_to_trash(cast.author)
    young.delete_to_trash(cast.author)
    Postmortem.objects.filter(pk=old.pk).update(trashed_at=timezone.now() - timedelta(days=31))
    purge_trash()
    assert set(Postmortem.objects.values_list("title", flat=True)) == {"young", "kept"}
    assert not Change.objects.filter(part_uid=old.uid).exists() and kept.changes.exists()
