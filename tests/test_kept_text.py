"""A form that comes too late: signed out meanwhile, or with an old proof of origin. What was typed is not lost."""

import re

import pytest
from django.conf import settings
from django.test import Client

from tests.postmortems.builders import draft

pytestmark = pytest.mark.django_db
OWN = {"Origin": "http://testserver"}
TYPED = "Between 14:03 and 14:43\nall <b>payments</b> failed"


def fields_of(page):
    found = {}
    for tag in re.findall(r'<input type="hidden"[^>]*>', page.split("data-resend")[1].split("</form>")[0]):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag, re.DOTALL))
        found[attributes["name"]] = attributes["value"].replace("&lt;", "<").replace("&gt;", ">")
    return found


def test_a_save_after_signing_out_keeps_the_text_and_can_be_sent_again(cast):
    section = draft(cast.author).section_set.first()
    address = f"/postmortems/PM-1/edit/section/{section.uid}/"
    client = Client(enforce_csrf_checks=True)
    token = client.get("/accounts/login/").cookies[settings.CSRF_COOKIE_NAME].value
    sent = {"text": TYPED, "version": 1, "csrfmiddlewaretoken": token}
    answer = client.post(address, sent, headers=OWN)
    page = answer.content.decode()
    assert answer.status_code == 401 and "You are signed out" in page and 'target="_blank"' in page
    kept = fields_of(page)
    assert kept["text"] == TYPED and kept["version"] == "1"

    client.force_login(cast.author, settings.AUTHENTICATION_BACKENDS[0])
    client.cookies[settings.CSRF_COOKIE_NAME] = "n" * 32  # signing in changes the proof of origin
    answer = client.post(address, kept, headers=OWN)
    assert answer.status_code == 403
    kept = fields_of(answer.content.decode())
    assert client.post(address, kept, headers=OWN).status_code == 302
    section.refresh_from_db()
    assert section.text == TYPED


def test_a_form_of_another_site_is_not_filled_in_for_it(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.author, settings.AUTHENTICATION_BACKENDS[0])
    for headers in ({"Origin": "https://evil.example"}, {"Referer": "http://testserver.evil.example/"}, {}):
        answer = client.post("/postmortems/new/", {"title": "planted words"}, headers=headers)
        assert answer.status_code == 403 and "planted words" not in answer.content.decode()


def test_passwords_never_come_back(cast):
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/accounts/login/", {"login": "author", "password": "hunter2 hunter2"}, headers=OWN)
    assert answer.status_code == 403 and "hunter2" not in answer.content.decode()


def test_a_part_of_a_page_is_told_to_sign_in_and_keeps_its_text(cast, sign_in):
    answer = sign_in(None).post("/postmortems/PM-1/edit/details/", {"title": "x"}, headers={"HX-Request": "true"})
    assert answer.status_code == 401 and answer.headers["X-Sign-In"] == "/accounts/login/"
