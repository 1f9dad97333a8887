"""Who is asking: sessions with CSRF, tokens with a scope; and how often."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from kb.accounts.models import ApiToken
from kb.authentication import PerPerson
from tests.api.building import BASE, Api, draft, problem

pytestmark = pytest.mark.django_db


def test_me_tells_who_asks(cast):
    body = Api(cast.author, scope="read").get("me/").json()
    assert (body["username"], body["teams"], body["token"], "id" in body) == ("author", ["payments"], "read", False)


def test_a_token_for_reading_does_not_write(cast):
    postmortem = draft(cast.author)
    api = Api(cast.author, scope="read")
    assert api.get(f"postmortems/{postmortem.reference}/").status_code == 200
    for method, path in (("POST", "postmortems/"), ("PATCH", f"postmortems/{postmortem.reference}/"),
                         ("DELETE", f"postmortems/{postmortem.reference}/"), ("POST", "subscriptions/")):  # fmt: skip
        assert "only read" in problem(api.call(method, path, {"title": "x"}, version=1), 403)["detail"]


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer nonsense", "Bearer a b", "bearer \xff", "Bearer " + "x" * 5000]
)
def test_what_is_no_token_is_401(cast, header):
    problem(Client().get(BASE + "me/", headers={"Authorization": header}), 401)


def test_revoked_tokens_and_people_who_left_are_401(cast):
    api = Api(cast.author)
    api.token.revoke()
    problem(api.get("me/"), 401)
    api = Api(cast.author)
    cast.author.is_active = False
    cast.author.save()
    problem(api.get("me/"), 401)


def test_a_token_sees_what_its_owner_sees_now(cast):
    postmortem = draft(cast.author)
    api = Api(cast.teammate)
    assert api.get(f"postmortems/{postmortem.reference}/").status_code == 200
    cast.teammate.memberships.all().delete()
    problem(api.get(f"postmortems/{postmortem.reference}/"), 404)


def test_the_last_use_is_noted_at_most_once_a_minute(cast, django_assert_num_queries, clock):
    api = Api(cast.author)
    api.get("me/")
    first = ApiToken.objects.get().last_used_at
    assert first
    clock.on(seconds=50)
    api.get("me/")
    assert ApiToken.objects.get().last_used_at == first
    clock.on(seconds=11)
    api.get("me/")
    assert ApiToken.objects.get().last_used_at > first


def test_a_session_writes_with_its_csrf_token_only(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.author, settings.AUTHENTICATION_BACKENDS[0])
    assert client.get(BASE + "me/").json()["token"] is None
    problem(client.post(BASE + "postmortems/", {"title": "x"}, "application/json"), 403)
    client.get("/accounts/password/change/")
    token = client.cookies[settings.CSRF_COOKIE_NAME].value
    sent = client.post(BASE + "postmortems/", {"title": "x"}, "application/json", headers={"X-CSRFToken": token})
    assert sent.status_code == 201


def test_six_hundred_a_minute_are_enough(cast, monkeypatch):
    monkeypatch.setattr(PerPerson, "rate", "3/min")
    api = Api(cast.author)
    assert [api.get("me/").status_code for _ in range(3)] == [200] * 3
    refused = api.get("me/")
    problem(refused, 429)
    assert 0 < int(refused["Retry-After"]) <= 61
    assert Api(cast.teammate).get("me/").status_code == 200


def test_create_token_prints_the_secret_once(cast, capsys):
    from django.core.management import CommandError, call_command

    call_command("create_token", "author", "--scope", "write", "--name", "pipeline")
    secret = capsys.readouterr().out.strip()
    assert secret.startswith("andon_") and ApiToken.objects.get().name == "pipeline"
    assert secret not in str(ApiToken.objects.values())
    assert Client().get(BASE + "me/", headers={"Authorization": f"Bearer {secret}"}).json()["token"] == "write"
    for arguments in (["nobody"], ["author", "--name", "x" * 90]):
        with pytest.raises(CommandError):
            call_command("create_token", *arguments)
    assert ApiToken.objects.get().created_at > timezone.now() - timedelta(minutes=1)
