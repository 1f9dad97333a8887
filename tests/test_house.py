"""What every page gets, and what nobody gets without signing in."""

import re

import pytest

from tests.cast import PASSWORD

LOGIN = "/accounts/login/"


def test_a_page_asks_for_sign_in_and_leads_back(client, db):
    response = client.get("/accounts/password/change/")
    assert response.status_code == 302
    assert response.url == f"{LOGIN}?next=/accounts/password/change/"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", LOGIN])
def test_health_and_sign_in_are_open_to_nobody_in_particular(client, db, path):
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("name", ["author", "AUTHOR@example.org"])
def test_people_sign_in_by_username_or_email(client, cast, name):
    response = client.post(LOGIN, {"login": name, "password": PASSWORD})
    assert response.status_code == 302
    assert response.url == "/"


def test_an_unknown_person_gets_the_same_answer_as_a_wrong_password(client, cast):
    answers = []
    for name in ("author", "nobody-at-all"):
        response = client.post(LOGIN, {"login": name, "password": "wrong"})
        answers.append((response.status_code, re.sub(rf"{name}|value=\"\w{{64}}\"", "", response.content.decode())))
    assert answers[0] == answers[1]


def test_sign_in_never_leads_off_the_site(client, cast):
    body = {"login": "author", "password": PASSWORD, "next": "https://evil.example/"}
    assert client.post(LOGIN, body).url == "/"


def test_many_wrong_passwords_are_slowed_down(client, cast):
    codes = [client.post(LOGIN, {"login": "author", "password": f"wrong {n}"}).status_code for n in range(40)]
    right = client.post(LOGIN, {"login": "author", "password": PASSWORD})
    assert 429 in codes and right.status_code == 429, "the right one neither, for a while"


def test_sign_up_is_closed_by_default(client, db):
    from kb.accounts.models import User

    body = {"username": "eve", "email": "eve@example.org", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/signup/", body)
    assert not User.objects.filter(username="eve").exists()


def test_sign_up_by_domain_takes_only_those_domains(client, db, settings):
    from kb.accounts.models import User

    settings.SIGNUP, settings.SIGNUP_DOMAINS = "domains", ["example.org"]
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    for name, domain in (("eve", "evil.example"), ("ivy", "example.org")):
        body = {"username": name, "email": f"{name}@{domain}", "password1": PASSWORD, "password2": PASSWORD}
        client.post("/accounts/signup/", body)
    assert list(User.objects.values_list("username", flat=True)) == ["ivy"]


def test_every_answer_carries_a_strict_policy_and_stays_out_of_caches(sign_in, cast):
    response = sign_in(cast.admin).get("/admin/")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"


def test_a_request_keeps_a_sensible_id_and_loses_a_strange_one(client, db):
    kept = client.get("/healthz", headers={"X-Request-ID": "abcdef-123456"})
    lost = client.get("/healthz", headers={"X-Request-ID": "a b\tc<script>"})
    assert kept.headers["X-Request-ID"] == "abcdef-123456"
    assert re.fullmatch(r"[a-z0-9]{12}", lost.headers["X-Request-ID"])


def test_a_part_of_a_page_gets_a_sentence_instead_of_the_sign_in_form(client, db):
    response = client.get("/accounts/password/change/", headers={"HX-Request": "true"})
    assert response.status_code == 401
    assert "signed out" in response.content.decode()
    assert response.headers["X-Sign-In"] == LOGIN


def test_ready_tells_of_database_worker_and_waiting_work(client, db):
    report = client.get("/readyz").json()
    assert report["database"] == "ready"
    assert report["worker"]["status"] == "silent"
    assert report["deliveries"] == {"status": "in time"}


def test_ready_says_no_when_a_migration_is_missing(client, db):
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.filter(app="sessions").delete()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "older than this code" in response.json()["database"]


def test_an_error_of_ours_shows_a_calm_page_and_no_inside(client, db, monkeypatch):
    monkeypatch.setattr("kb.views.database_fault", lambda: 1 / 0)
    client.raise_request_exception = False
    response = client.get("/readyz")
    assert response.status_code == 500
    assert "division" not in response.content.decode()
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_a_form_from_elsewhere_is_refused_with_advice(cast):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    response = client.post(LOGIN, {"login": "author", "password": PASSWORD})
    assert response.status_code == 403
    assert "send it again" in response.content.decode()


def test_the_heartbeat_is_seen_by_ready(client, db):
    from kb.tasks import heartbeat

    heartbeat()
    assert client.get("/readyz").json()["worker"]["status"] == "alive"


def test_each_periodic_job_and_consumer_exists():
    from kb.checks import paths_resolve

    assert paths_resolve(None) == []
