"""Stored reading pages: made before the first reader comes, made again when a name in them changes."""

import pytest
from django.urls import reverse

from kb.events.drain import drain, pending
from postmortems import fragments
from postmortems.importing.build import Parts, build
from postmortems.models import Fragment, Postmortem
from tests.postmortems.builders import draft, published
from tests.postmortems.full import full

pytestmark = pytest.mark.django_db


@pytest.fixture
def imported(cast):
    heads = [{"title": f"Old {n}", "owner": cast.author, "status": "published"} for n in range(3)]
    return build([Parts(head) for head in heads], cast.author, check=False)


def test_what_is_published_is_made_before_the_first_reader_comes(cast, sign_in, monkeypatch):
    postmortem = published(cast.author, cast.stranger)
    assert pending("fragments") == [f"postmortem:{postmortem.uid}"]
    drain("fragments")
    monkeypatch.setattr(fragments, "make", lambda pk: pytest.fail("rendered for the reader"))
    assert sign_in(cast.reader).get(postmortem.get_absolute_url()).status_code == 200


def test_a_revision_is_made_again_and_what_is_fresh_is_left_alone(cast, monkeypatch):
    postmortem = published(cast.author, cast.stranger)
    drain("fragments")
    learning = postmortem.learning_set.get()
    learning.change(cast.author, learning.version, claim="A better claim")
    drain("fragments")
    kept = Fragment.objects.get()
    assert kept.version == Postmortem.objects.get().version and "A better claim" in kept.html
    monkeypatch.setattr(fragments, "make", lambda pk: pytest.fail("made twice"))
    fragments.consume([f"postmortem:{postmortem.uid}", "postmortem:gone"])


def test_typing_in_a_draft_leaves_nothing_to_make(cast):
    postmortem = draft(cast.author)
    postmortem.change_details(cast.author, postmortem.details_version, title="Another title")
    assert pending("fragments") == [] and not fragments.missing().exists()


def test_an_import_is_not_held_up_and_made_bite_by_bite_newest_first(cast, imported):
    assert pending("fragments") == []
    assert fragments.make_missing(seconds=0) <= 1
    Fragment.objects.all().delete()
    fragments.make(imported[2].pk)
    assert list(fragments.missing().order_by("-number")) == [imported[1], imported[0]]
    assert fragments.make_missing(seconds=20) == 2 and fragments.make_missing(seconds=20) == 0


def test_what_nobody_reads_is_not_made(cast, imported):
    imported[0].delete_to_trash(cast.author)
    Postmortem.objects.filter(pk=imported[1].pk).update(status="withdrawn")
    assert list(fragments.missing()) == [imported[2]]


def test_a_new_name_of_a_person_shows_where_he_is_named(cast, sign_in):
    full(cast.author, cast.stranger)
    page, reader = "/postmortems/PM-1/", sign_in(cast.reader)
    assert "Nadia Newname" not in reader.get(page).content.decode()
    for person, name in ((cast.author, "Nadia Newname"), (cast.stranger, "Rolf Reviewer")):
        answer = sign_in(person).post(
            "/profile/", {"name": name, "email": person.email, "zone": "UTC", "also_known_as": "", "single_keys": "on"}
        )
        assert answer.status_code == 302
        assert name in reader.get(page).content.decode()


def test_a_new_name_of_a_severity_shows_too(cast, sign_in):
    severity = full(cast.author, cast.stranger).severity
    page, reader = "/postmortems/PM-1/", sign_in(cast.reader)
    reader.get(page)
    kept = {name: getattr(severity, name) for name in ("rank", "depth", "due_days", "check_days")}
    form = kept | {"name": "All is lost", "about": ""}
    address = reverse("admin:postmortems_severity_change", args=[severity.pk])
    assert sign_in(cast.admin).post(address, form).status_code == 302
    assert "All is lost" in reader.get(page).content.decode()
