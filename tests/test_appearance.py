"""How a reader wants the pages to be: theme in a cookie, single keys in the profile."""

import pytest


def test_the_theme_is_remembered_and_the_page_comes_in_it(cast, sign_in):
    client = sign_in(cast.reader)
    assert 'data-theme="' not in client.get("/").content.decode()
    response = client.post("/appearance/", {"theme": "dark"}, headers={"referer": "http://testserver/learnings/"})
    assert response.headers["Location"] == "http://testserver/learnings/"
    assert '<html lang="en" data-theme="dark">' in client.get("/").content.decode()
    client.post("/appearance/", {"theme": "system"})
    assert 'data-theme="' not in client.get("/").content.decode()


def test_a_made_up_theme_is_not_believed(cast, sign_in):
    client = sign_in(cast.reader)
    client.cookies["theme"] = '"><script>'
    assert "data-theme" not in client.get("/").content.decode().split("<body>")[0]


def test_single_keys_can_be_switched_off_and_on(cast, sign_in):
    client = sign_in(cast.reader)
    client.post("/appearance/", {"keys": "off"})
    assert 'data-keys="off"' in client.get("/").content.decode()
    client.post("/appearance/", {"keys": "on"})
    assert "data-keys" not in client.get("/").content.decode()


@pytest.mark.django_db
def test_it_works_before_signing_in_and_never_leads_away(client):
    response = client.post("/appearance/", {"theme": "light"}, headers={"referer": "https://elsewhere.example/"})
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert client.cookies["theme"].value == "light"


def test_looking_at_the_address_changes_nothing(cast, sign_in):
    assert sign_in(cast.reader).get("/appearance/").status_code == 405
