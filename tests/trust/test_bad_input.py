"""Bad input at the doors of pages: never a 500, field and limit are named, and what was typed is there."""

import html
import itertools
import re
import time
from urllib.parse import quote

import pytest
from django.test import Client

from postmortems.models import Learning, Postmortem, Section, TimelineEntry
from search import indexing
from tests.cast import PASSWORD
from tests.postmortems.builders import draft

pytestmark = pytest.mark.django_db
BIDI = "\u202e"


@pytest.fixture
def client(cast):
    """The author's, who gets an answer for everything: an exception fails the test."""
    client = Client(raise_request_exception=True)
    client.force_login(cast.author, "allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def desk(cast):
    return draft(cast.author, "Bad input everywhere")


def address(desk, part):
    return f"{desk.get_absolute_url()}edit/{part.KIND}/{part.uid}/"


def doors(desk, author):
    """(address, name of a text field, whatever else the form needs) of every text form, with its longest text."""
    section = desk.section_set.first()
    entry = TimelineEntry.add(desk, author, text="an entry")
    learning = Learning.add(desk, author, claim="a claim")
    add = f"{desk.get_absolute_url()}edit/"
    yield address(desk, section), "text", {"version": 1}, 100_000
    yield address(desk, entry), "text", {"version": 1, "kind": "action", "source": "typed"}, 100_000
    yield address(desk, learning), "claim", {"version": 1}, 300
    yield f"{add}learning/add/", "claim", {}, 300
    yield f"{add}entry/add/", "text", {"kind": "action", "source": "typed"}, 100_000
    yield f"{add}factor/add/", "statement", {"role": "enabled"}, 100_000
    yield f"{add}observation/add/", "text", {"kind": "went_well"}, 100_000
    yield f"{add}countermeasure/add/", "statement", {"kind": "repair", "strength": "weaker", "priority": "low"}, 100_000
    yield f"{add}participant/add/", "name", {"function": "other"}, 120
    yield f"{add}impact/add/", "metric", {"affected": "users", "quality": "measured"}, 200
    head = {"depth": "standard", "kind": "incident", "zone": "UTC", "language": "en", "version": 1, "teams": "Payments"}
    yield f"{add}details/", "title", head, 200
    yield f"{add}details/", "takeaway", {**head, "title": "A title"}, 400
    yield "/postmortems/new/", "title", {}, 200


REFUSED = {
    "NUL": ("before \x00 after", "U+0000"),
    "control": ("before \x1b[31m after", "U+001B"),
    "C1": ("before \x9b after", "U+009B"),
    "backspace": ("before \x08 after", "U+0008"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_characters_that_nobody_can_store_are_named_and_the_text_is_kept(cast, client, desk, what):
    text, code = REFUSED[what]
    before = Postmortem.objects.get().version
    for path, name, more, _ in list(doors(desk, cast.author)):
        response = client.post(path, {**more, name: text})
        page = html.unescape(response.content.decode())
        assert response.status_code in (400, 422), (path, name, response.status_code)
        # Django itself names NUL, before our own check can; both say what is wrong at the field.
        assert code in page or "Null characters" in page, (path, name)
        assert "before" in page and "after" in page, f"{path} lost what was typed"
    assert Postmortem.objects.get().version == before + 2  # the two rows that `doors` added
    assert Postmortem.objects.count() == 1


def test_half_of_a_surrogate_pair_is_answered_at_every_door(cast, client, desk):
    """A browser cannot send one; a script can, percent-encoded."""
    for path, name, more, _ in list(doors(desk, cast.author)):
        pairs = "&".join(f"{key}={value}" for key, value in more.items())
        body = f"{pairs}&{name}=before%ED%A0%80after"
        response = client.generic("POST", path, body, "application/x-www-form-urlencoded")
        assert response.status_code < 500, path
        client.get(desk.get_absolute_url())
        for stored in Section.objects.values_list("text", flat=True):
            stored.encode()


def test_one_character_too_many_names_the_field_and_the_limit(cast, client, desk):
    for path, name, more, longest in list(doors(desk, cast.author)):
        text = "word " * (longest // 5) + "beyond"
        response = client.post(path, {**more, name: text})
        page = html.unescape(response.content.decode())
        assert response.status_code in (400, 422), (path, name, response.status_code)
        assert re.search(rf"{longest:,}|{longest}", page), f"{path} does not name the limit of {name}"
        assert text in page, f"{path} lost what was typed into {name}"


def test_exactly_the_limit_is_stored_unchanged(client, desk):
    section, text = desk.section_set.first(), "ä" * 99_999 + "."
    response = client.post(address(desk, section), {"version": 1, "text": text})
    assert response.status_code == 302
    assert Section.objects.get(pk=section.pk).text == text


@pytest.mark.parametrize("blank", ["   ", "\t \n", "\u200b\u200d", "\u00a0\u2003", "\u2800", "\ufeff"])
def test_only_spaces_are_no_text(cast, client, desk, blank):
    rows = list(doors(desk, cast.author))
    for path, name, more, _ in rows:
        if name == "takeaway" or path == rows[0][0]:
            continue  # may be empty
        response = client.post(path, {**more, name: blank})
        assert response.status_code in (400, 422), (path, name, response.status_code)
    section = desk.section_set.first()
    assert client.post(address(desk, section), {"version": 1, "text": "   "}).status_code == 302
    assert Section.objects.get(pk=section.pk).text.strip() == ""


def test_marks_that_turn_the_reading_direction_are_shown_as_code_points(cast, client, desk):
    text = f"invoice{BIDI}fdp.exe"
    for path, name, more, _ in list(doors(desk, cast.author)):
        if "details" in path:
            more["version"] = Postmortem.objects.get(pk=desk.pk).details_version
        response = client.post(path, {**more, name: text})
        assert response.status_code == 302, (path, name, response.content.decode()[:500])
    for path in (desk.get_absolute_url(), "/postmortems/new/", f"{desk.get_absolute_url()}edit/", "/", "/trash/"):
        page = client.get(path).content.decode()
        for found in re.finditer(BIDI, page):
            around = page[max(0, found.start() - 400) : found.start()]
            inside_field = around.rfind("<textarea") > around.rfind("</textarea") or around.rfind(
                'value="'
            ) > around.rfind(">")
            assert inside_field, f"{path} lets a mark turn the text: {around[-120:]!r}"
    assert "U+202E" in client.get(desk.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    "unusual", ["\r\nline\r\n", "😀👩‍👩‍👧", "a\tb", "𝔘𝔫𝔦", "العربية", "ℵ", "<b>&amp;</b>", "é", "\u2028x"]
)
def test_everything_else_is_stored_as_it_was_typed(client, desk, unusual):
    section = desk.section_set.first()
    text = f"start{unusual}end"
    assert client.post(address(desk, section), {"version": 1, "text": text}).status_code == 302
    assert Section.objects.get(pk=section.pk).text == text.replace("\r\n", "\n")
    assert client.get(desk.get_absolute_url()).status_code == 200


WRONG_TIMES = {
    "0000-01-01 10:00": "does not exist", "2026-02-30 10:00": "does not exist", "2026-01-01 25:00": "does not exist",
    "the day of the outage": "not understood", "2026-13-01": "does not exist", "10000-01-01": "does not exist",
    "14:03": "On which day", "2026-03-29 02:30": "", "2026-10-25 02:30": "", "9999-12-31 23:59": None,
    "0001-01-01 00:00": "", "2026-01-01 10:00+99:00": "", "٢٠٢٦-٠١-٠١": "not understood",
}  # fmt: skip


@pytest.mark.parametrize("typed", WRONG_TIMES)
@pytest.mark.parametrize("kind", ["entry", "milestone"])
def test_times_that_do_not_exist_or_exist_twice_are_asked_about(client, desk, typed, kind):
    path = f"{desk.get_absolute_url()}edit/{kind}/add/"
    more = {"text": "still here", "note": "still here", "kind": "action", "source": "typed", "type": "started"}
    response = client.post(path, {**more, "when": typed, "zone": "Europe/Berlin", "day": ""})
    page = html.unescape(response.content.decode())
    if WRONG_TIMES[typed] is None:
        assert response.status_code in (302, 422)
        return
    assert response.status_code == 422
    assert typed in page and "still here" in page and WRONG_TIMES[typed] in page


@pytest.mark.parametrize("zone", ["Mars/Base", "", "../../etc/passwd", "\x00", "UTC\n", "x" * 5000])
def test_a_zone_that_is_none_is_named(client, desk, zone):
    path = f"{desk.get_absolute_url()}edit/entry/add/"
    response = client.post(
        path, {"text": "kept", "kind": "action", "source": "typed", "when": "2026-01-01 10:00", "zone": zone}
    )
    assert response.status_code in (302, 422)
    if response.status_code == 302:
        assert TimelineEntry.objects.get().zone in ("UTC", desk.zone)
    else:
        assert "kept" in response.content.decode()


@pytest.mark.parametrize("version", ["", "0", "-1", "2147483648", "9" * 400, "1.0", "１", "x", "1\x00"])
def test_a_version_that_is_none_overwrites_nothing(client, desk, version):
    section = desk.section_set.first()
    response = client.post(address(desk, section), {"version": version, "text": "mine"})
    assert response.status_code in (400, 409, 428)
    assert "mine" in response.content.decode() and Section.objects.get(pk=section.pk).text == ""


SEARCHES = [
    "*", "?", "a*", "*a*" * 50, "[" * 500, "(" * 5000, '"', '"never closed', "'" * 99, "-", "--", "- - -",
    "NOT", "AND OR",
    ":", "service:", ":payments", "nosuchfield:x", "service:service:service:", "before:yesterday", "after:0000-00-00",
    "before:99999999999-01-01", "~9", "word~9", "word^99", "{", "}", "[a TO z]", "\x00", "a\x00b", "\ud800", "\x1b[31m",
    BIDI + "abc", "é" * 3000, "a" * 100_000, "a b " * 2500, " ".join(f"w{n}" for n in range(10_000)), "PM-" + "9" * 400,
    "L-0", "owner:" + "x" * 9000, '"' + "word " * 3000 + '"', "-" + "not " * 3000, "\u200b", "%", "_", "\\", "😀" * 400,
]  # fmt: skip


def test_whatever_is_searched_the_page_works_and_the_text_stays(client, desk):
    indexing.rebuild()
    for text in SEARCHES:
        began = time.process_time()
        response = client.get("/search/", {"q": text.encode("utf-8", "surrogatepass")})
        spent = time.process_time() - began
        assert response.status_code == 200, ascii(text[:40])
        page = html.unescape(response.content.decode())
        # A control character cannot be kept in a box; of a text that is far too long, its beginning is.
        kept = re.sub("[\x00-\x08\x0b-\x1f\ud800-\udfff]", "", text)[:100].strip()
        assert kept[:50] in page or not kept or BIDI in kept, ascii(text[:40])
        assert spent < 2, f"{spent:.1f} s of the processor for {ascii(text[:40])}"


PAGES = ("-1", "0", "1e9", "999999999999999999999", "x", "", "1.5", "２", "\x00")


@pytest.mark.parametrize("path", ["/search/?q=input", "/postmortems/?q=", "/learnings/?q=", "/countermeasures/?q="])
def test_pages_that_are_not_there_lead_to_one_that_is(client, desk, path):
    for page in PAGES:
        assert client.get(f"{path}&page={quote(page)}").status_code == 200, page


FILTERS = ("service", "team", "tag", "severity", "kind", "status", "after", "before", "order", "strength")


VALUES = ("nosuch", "\x00", "' OR 1=1 --", "-1", "x" * 5000, "0000-00-00", "\ud800", "%s", "[]")


@pytest.mark.parametrize("path", ["/postmortems/", "/learnings/", "/countermeasures/"])
def test_filters_with_values_that_are_none(client, desk, path):
    for name, value in itertools.product(FILTERS, VALUES):
        status = client.get(path, {name: value.encode("utf-8", "surrogatepass")}).status_code
        assert status in (200, 400), (name, value[:20])


@pytest.mark.parametrize(
    "bad", ["PM-0", "PM-01", "PM-" + "9" * 30, "PM--1", "PM-1%00", "pm-1x", "%ED%A0%80", "..", "PM-1;x"]
)
def test_addresses_of_nothing_are_404(client, desk, bad):
    for path in (
        f"/postmortems/{bad}/",
        f"/{bad}/",
        f"/learnings/{bad}/",
        f"/tags/{bad}/",
        f"/postmortems/{bad}/edit/",
    ):
        assert client.get(path).status_code in (404, 400), path


# --- sign-in ------------------------------------------------------------------------------------------------------


def signing_in(client, name, password, **more):
    return client.post("/accounts/login/", {"login": name, "password": password, **more})


def without_tokens(response, *names):
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    for name in names:
        text = text.replace(name, "NAME")
    return re.sub(r"[\w-]{12}(?=</code>)", "", text)


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(cast):
    known = signing_in(Client(), "author", "wrong password")
    unknown = signing_in(Client(), "nobody", "wrong password")
    assert known.status_code == unknown.status_code
    assert without_tokens(known, "author") == without_tokens(unknown, "nobody")


def test_both_cost_the_same_time(cast, settings):
    """With the hasher of a real site; what differs by less than half cannot be told from noise over a network."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    cast.author.set_password(PASSWORD)
    cast.author.save()

    def cost(name):
        began = time.process_time()
        signing_in(Client(), name, "wrong password")
        return time.process_time() - began

    known = min(cost("author") for _ in range(2))
    unknown = min(cost(f"nobody{n}") for n in range(2))
    assert 0.5 < known / unknown < 2, (known, unknown)


def test_guessing_one_persons_password_soon_helps_nobody(cast):
    guesser, owner = Client(), Client(REMOTE_ADDR="203.0.113.9")
    answers = [signing_in(guesser, "author", f"guess {n}") for n in range(8)]
    assert answers[-1].status_code == 429 and "Too many failed login attempts" in answers[-1].content.decode()
    assert signing_in(guesser, "author", PASSWORD).status_code != 302, "not even the right one, for a while"
    assert signing_in(owner, "stranger", PASSWORD).status_code == 302, "somebody else is not locked out"


def test_guessing_at_many_doors_gets_429(cast):
    client = Client()
    codes = [signing_in(client, f"person{n}", "guess").status_code for n in range(40)]
    assert 429 in codes
    page = signing_in(client, "author", PASSWORD)
    assert page.status_code == 429 and "csrf" not in page.content.decode().lower()


def test_asking_for_resets_is_slowed_down_and_tells_nobody_who_is_here(cast, mailoutbox):
    known = Client().post("/accounts/password/reset/", {"email": "author@example.org"})
    unknown = Client().post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert (known.status_code, known.headers.get("Location")) == (unknown.status_code, unknown.headers.get("Location"))
    assert known.status_code == 302
    client = Client()
    codes = [client.post("/accounts/password/reset/", {"email": f"n{n}@example.org"}).status_code for n in range(40)]
    assert 429 in codes


@pytest.mark.parametrize("there", [
    "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
    "https:evil.example", "http:///evil.example", "/%09/evil.example", "\t//evil.example", "https://testserver@evil.example/",
])  # fmt: skip
def test_next_leads_to_our_own_pages_only(cast, there):
    response = signing_in(Client(), "author", PASSWORD, next=there)
    assert response.status_code == 302
    assert response["Location"] in ("/", "/%09/evil.example"), response["Location"]


@pytest.mark.parametrize("name", ["\x00", "a\x00b", "x" * 100_000, " ", BIDI, "\x1b"])
def test_names_and_passwords_that_cannot_be(cast, name):
    client = Client()
    assert signing_in(client, name, "x").status_code in (200, 400, 422)
    assert signing_in(client, "author", name).status_code in (200, 400, 422)
    assert client.post("/accounts/password/reset/", {"email": name}).status_code in (200, 302, 400, 422)


# --- what every form has in common ----------------------------------------------------------------------------------


def test_bodies_that_are_no_forms_are_refused_without_an_error_of_ours(client, desk):
    section = desk.section_set.first()
    path = address(desk, section)
    for body, kind in (
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded"), (b"{", "application/json"),
        (b"--x", "multipart/form-data"),
        (b"--x\r\nrubbish", "multipart/form-data; boundary=x"), (b"a=1&" * 2000, "application/x-www-form-urlencoded"),
        (b"text=" + b"x" * 4_000_000, "application/x-www-form-urlencoded"), (b"", "application/x-www-form-urlencoded"),
    ):  # fmt: skip
        response = client.generic("POST", path, body, kind)
        assert response.status_code in (400, 413, 422, 428), (kind, response.status_code)
    assert Section.objects.get(pk=section.pk).text == ""
