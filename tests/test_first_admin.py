"""The one-time link that makes the first administrator."""

import pytest
from django.conf import settings
from django.core import signing

from kb import first_admin
from kb.accounts.models import User
from kb.demo.models import DemoRow
from kb.events.models import Event

FORM = {"username": "ines", "name": "Ines", "email": "ines@example.org", "password": "seven small boats"}


@pytest.fixture
def path(db):
    return first_admin.link().removeprefix(settings.PUBLIC_URL)


def test_the_link_makes_an_administrator_and_signs_her_in(client, path):
    assert client.get(path).status_code == 200
    response = client.post(path, FORM)
    ines = User.objects.get(username="ines")
    assert (response.status_code, response.url) == (302, "/")
    assert ines.is_admin
    assert ines.role == "facilitator"
    assert client.session["_auth_user_id"] == str(ines.pk)
    assert Event.objects.get(kind=first_admin.KIND).actor == ines


def test_a_used_link_is_a_missing_page_even_when_the_administrator_left(client, path):
    client.post(path, FORM)
    User.objects.all().delete()
    client.logout()
    assert client.get(path).status_code == 404
    assert client.post(path, FORM | {"username": "eve", "email": "eve@example.org"}).status_code == 404
    assert not User.objects.exists()
    assert first_admin.link() == ""


def test_no_link_while_somebody_real_administers(client, path, cast):
    assert client.get(path).status_code == 404
    assert first_admin.link() == ""


def test_an_administrator_of_the_demo_does_not_count(client, path, cast):
    DemoRow.mark([cast.admin])
    assert client.get(path).status_code == 200


def test_an_old_or_invented_link_is_a_missing_page(client, db, monkeypatch):
    assert client.get("/first-admin/invented/").status_code == 404
    old = signing.dumps("abcdefghijkm", salt=first_admin.SALT)
    monkeypatch.setattr(first_admin, "A_DAY", -1)
    assert client.get(f"/first-admin/{old}/").status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"password": "short"}, {"password": "password123"}, {"username": "a b"}, {"email": "x"}]
)
def test_a_wrong_entry_keeps_the_rest_and_says_so(client, path, wrong):
    response = client.post(path, FORM | wrong)
    assert response.status_code == 400
    assert "autofocus" in client.get(path).content.decode() and "autofocus" not in response.content.decode()
    assert "Nothing was saved yet." in response.content.decode()
    assert not User.objects.exists()
    assert client.post(path, FORM).status_code == 302
