"""My profile, my tokens, and the way in and back in."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from kb.accounts.models import ApiToken, User
from kb.events.models import Event
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Ada A.",
    "email": "author@example.org",
    "zone": "Europe/Berlin",
    "also_known_as": "ada, adaa",
    "single_keys": "on",
}


def test_everybody_has_a_profile_of_their_own(cast, sign_in):
    for name, person in cast.everybody().items():
        page = sign_in(person).get("/profile/")
        assert page.status_code == 200 and f"{name}@example.org" in page.content.decode()
    assert sign_in(None).get("/profile/").status_code == 302


def test_a_profile_is_saved(cast, sign_in):
    response = sign_in(cast.author).post("/profile/", FORM)
    assert (response.status_code, response.url) == (302, "/profile/")
    cast.author.refresh_from_db()
    assert (cast.author.name, cast.author.zone, cast.author.also_known_as) == ("Ada A.", "Europe/Berlin", "ada, adaa")


@pytest.mark.parametrize(
    "change",
    [
        {"zone": "Mars/Olympus"},
        {"name": "a\x00b"},
        {"name": "x" * 121},
        {"email": "nonsense"},
        {"email": "READER@example.org"},
        {"also_known_as": "\x07"},
        {"zone": ""},
    ],
)
def test_what_cannot_be_is_said_and_kept_in_the_form(cast, sign_in, change):
    response = sign_in(cast.author).post("/profile/", FORM | change | {"password": PASSWORD})
    assert response.status_code == 400 and "What you typed is still here" in response.content.decode()
    cast.author.refresh_from_db()
    assert (cast.author.name, cast.author.email) == ("Ada Author", "author@example.org")


def test_nobody_gives_themselves_a_role(cast, sign_in):
    sign_in(cast.reader).post(
        "/profile/", FORM | {"email": "reader@example.org", "role": "security", "is_admin": "on", "username": "root"}
    )
    cast.reader.refresh_from_db()
    assert (cast.reader.role, cast.reader.is_admin, cast.reader.username) == ("reader", False, "reader")


def test_a_new_address_asks_for_the_password_and_is_unconfirmed(cast, sign_in):
    EmailAddress.objects.create(user=cast.author, email="author@example.org", verified=True, primary=True)
    client = sign_in(cast.author)
    for password in ("", "wrong"):
        assert client.post("/profile/", FORM | {"email": "new@example.org", "password": password}).status_code == 400
    assert client.post("/profile/", FORM | {"email": "new@example.org", "password": PASSWORD}).status_code == 302
    assert User.objects.get(pk=cast.author.pk).email == "new@example.org"
    assert not EmailAddress.objects.filter(user=cast.author).exists()


def test_a_token_is_shown_once_and_can_be_revoked(cast, sign_in):
    client = sign_in(cast.author)
    made = client.post("/profile/tokens/", {"name": "pipeline", "scope": "write"})
    secret = re.search(r"andon_[\w-]{40,}", made.content.decode())[0]
    assert "no-store" in made["Cache-Control"]
    assert secret not in client.get("/profile/").content.decode()
    headers = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/me/", headers=headers).json()["username"] == "author"
    token = ApiToken.objects.get()
    assert sign_in(cast.teammate).post(f"/profile/tokens/{token.uid}/revoke/").status_code == 404
    assert sign_in(cast.admin).post(f"/profile/tokens/{token.uid}/revoke/").status_code == 404
    assert client.post(f"/profile/tokens/{token.uid}/revoke/").status_code == 302
    assert Client().get("/api/v1/me/", headers=headers).status_code == 401
    assert client.post(f"/profile/tokens/{token.uid}/revoke/").status_code == 404
    events = Event.objects.filter(kind__startswith="token.").order_by("pk")
    assert [(event.kind, event.actor, event.data["name"]) for event in events] == [
        ("token.issued", cast.author, "pipeline"),
        ("token.revoked", cast.author, "pipeline"),
    ]
    assert secret not in str(list(events.values()))


@pytest.mark.parametrize(
    "data", [{"name": "", "scope": "read"}, {"name": "x", "scope": "admin"}, {"name": "\x00", "scope": "read"}, {}]
)
def test_a_wrong_token_form_makes_none(cast, sign_in, data):
    response = sign_in(cast.author).post("/profile/tokens/", data)
    assert response.status_code == 400 and "No token was made" in response.content.decode()
    assert not ApiToken.objects.exists()


def test_a_person_has_twenty_tokens_at_most(cast, sign_in):
    for _ in range(20):
        ApiToken.issue(cast.author, name="x")
    response = sign_in(cast.author).post("/profile/tokens/", {"name": "one more", "scope": "read"})
    assert response.status_code == 400 and ApiToken.objects.count() == 20


def test_signing_in_and_out_by_name_and_by_address(cast, client):
    for login in ("author", "author@example.org", "AUTHOR@example.org"):
        response = client.post("/accounts/login/", {"login": login, "password": PASSWORD})
        assert (response.status_code, response.url) == (302, "/"), login
        assert client.post("/accounts/logout/").status_code == 302
        assert client.get("/profile/").status_code == 302


def test_signing_in_leads_nowhere_else(cast, client):
    response = client.post(
        "/accounts/login/?next=https://evil.example/",
        {"login": "author", "password": PASSWORD, "next": "https://evil.example/"},
    )
    assert response.url == "/"


def test_a_forgotten_password_is_set_anew_by_mail(cast, client):
    assert client.get("/accounts/password/reset/").status_code == 200
    known = client.post("/accounts/password/reset/", {"email": "author@example.org"})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    letter = next(letter for letter in mail.outbox if letter.to == ["author@example.org"])
    path = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", letter.body)[1]
    form = client.get(path, follow=True)
    page = form.redirect_chain[-1][0]
    done = client.post(page, {"password1": "nine quiet lamps", "password2": "nine quiet lamps"})
    assert done.status_code == 302, done.context["form"].errors
    assert client.post("/accounts/login/", {"login": "author", "password": "nine quiet lamps"}).status_code == 302
    assert 'name="password1"' in form.content.decode()
    assert 'name="password1"' not in Client().get(path, follow=True).content.decode()


def test_a_changed_password_keeps_one_signed_in(cast, client):
    client.post("/accounts/login/", {"login": "author", "password": PASSWORD})
    data = {"oldpassword": PASSWORD, "password1": "nine quiet lamps", "password2": "nine quiet lamps"}
    assert client.post("/accounts/password/change/", data).status_code == 302
    assert client.get("/profile/").status_code == 200
    assert [letter.to for letter in mail.outbox] == [["author@example.org"]]
