"""The page: paste or upload, look over, put right, take over. Every step without a script."""

import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kb.accounts.models import User
from postmortems.models import Postmortem
from tests.postmortems.reports.test_import_of_rows import REPORT

pytestmark = pytest.mark.django_db
PAGE = "/postmortems/import/"


def fields_of(page):
    """What a browser would send of the preview, untouched."""
    html = page.content.decode()
    form = html[html.index('<form class="report-page"') :]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form[: form.index("</form>")]):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and ("checkbox" not in tag or " checked" in tag):
            found[name[1]] = unescape(value[1]) if value else ("on" if "checkbox" in tag else "")
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.S):
        found[name] = unescape(text)
    return found


def accepted(client, given, **changes):
    """The answer to the preview of `given`, with some fields changed (None: unchecked)."""
    fields = fields_of(client.post(PAGE, given)) | changes
    return client.post(PAGE, {name: value for name, value in fields.items() if value is not None} | {"go": "accept"})


def test_new_links_to_it_and_nothing_is_kept_before_it_is_accepted(cast, sign_in):
    client = sign_in(cast.author)
    assert PAGE in client.get("/postmortems/new/").content.decode()
    page = client.post(PAGE, {"text": REPORT})
    assert page.status_code == 200 and "Drained by hand" in page.content.decode()
    assert not Postmortem.objects.exists()


def test_accepting_makes_a_draft_of_mine_with_its_rows_and_its_text(cast, sign_in):
    answer = accepted(sign_in(cast.author), {"text": REPORT})
    pm = Postmortem.objects.get()
    assert answer.headers["Location"] == f"/postmortems/{pm.reference}/edit/"
    assert (pm.owner, pm.status, pm.origin, pm.title) == (cast.author, "draft", "written", "Queue full on 2024-05-06")
    assert [row.typed for row in pm.timelineentry_set.order_by("position")] == ["~10:03", "10:05-10:20", "10:30"]
    assert pm.milestone_set.count() == 2 and pm.countermeasure_set.count() == 2
    assert pm.section_set.get(kind="summary").text == "The queue filled."


def test_a_file_comes_in_with_the_day_of_its_name(cast, sign_in):
    file = SimpleUploadedFile("../2024-05-06-x.md", b"# Queue full\n\n## Timeline\n- 10:03 Alert\n")
    accepted(sign_in(cast.author), {"file": file})
    assert f"{Postmortem.objects.get().timelineentry_set.get().at:%Y-%m-%d %H:%M}" == "2024-05-06 10:03"


def test_what_is_put_right_comes_in_so_and_its_milestone_follows(cast, sign_in):
    User.objects.create(username="zoe", name="Zoe Zimmer", role="member")
    changes = {
        "title": "Mails late",
        "e11-when": "2024-05-06 10:04",
        "e11-text": "Alert, loud",
        "a37-owner": "Zoe Zimmer",
    }
    changes |= {"a37-due": "2024-07-01", "a36-done": None}
    accepted(sign_in(cast.author), {"text": REPORT}, **changes)
    pm = Postmortem.objects.get()
    entry = pm.timelineentry_set.order_by("position").first()
    assert (pm.title, entry.text, f"{entry.at:%H:%M}", entry.approximate) == (
        "Mails late",
        "Alert, loud",
        "18:04",
        False,
    )
    assert pm.milestone_set.get(type="detected").at == entry.at
    first, second = pm.countermeasure_set.order_by("number")
    assert first.status == "proposed" and (second.owner.username, f"{second.due_on}") == ("zoe", "2024-07-01")


def test_what_is_unchecked_stays_text(cast, sign_in):
    changes = {"e12-keep": None, "a37-keep": None, "f17": None, "m-resolved": None}
    accepted(sign_in(cast.author), {"text": REPORT}, **changes)
    pm = Postmortem.objects.get()
    text = "\n".join(section.text for section in pm.section_set.all())
    for line in ("- 10:05-10:20 Drained by hand", "- Write a runbook (owner: Zoe)", "- No limit on the queue"):
        assert line in text
    assert pm.timelineentry_set.count() == 2 and not pm.contributingfactor_set.exists()
    assert [row.type for row in pm.milestone_set.all()] == ["detected"]


def test_the_zone_is_asked_where_the_report_names_none(cast, sign_in):
    text = "# Queue full 2024-05-06\n## Timeline\n- 10:03 Alert\n"
    accepted(sign_in(cast.author), {"text": text}, zone="Europe/Berlin")
    entry = Postmortem.objects.get().timelineentry_set.get()
    assert (f"{entry.at:%H:%M}", entry.zone) == ("08:03", "Europe/Berlin")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"e11-when": "teatime"}, "is not understood as a time"),
        ({"e11-text": " "}, "This field is required"),
        ({"a37-owner": "Nobody Known"}, "Nobody here is called so"),
        ({"title": ""}, "This field is required"),
        ({"zone": "Mars/Olympus"}, "is not a time zone"),
    ],
)
def test_what_cannot_be_is_said_and_the_rest_is_kept(cast, sign_in, changes, said):
    answer = accepted(sign_in(cast.author), {"text": REPORT}, **{"e13-text": "Kept words", **changes})
    html = unescape(answer.content.decode())
    assert answer.status_code == 422 and said in html and "Kept words" in html
    assert not Postmortem.objects.exists()


def test_an_unchecked_part_may_be_wrong(cast, sign_in):
    accepted(sign_in(cast.author), {"text": REPORT}, **{"e11-keep": None, "e11-when": "teatime"})
    assert Postmortem.objects.get().timelineentry_set.count() == 2


def test_the_same_report_again_leads_to_the_draft_that_there_is(cast, sign_in):
    client = sign_in(cast.author)
    first, again = accepted(client, {"text": REPORT}), accepted(client, {"text": REPORT})
    assert first.headers["Location"] == again.headers["Location"] and Postmortem.objects.count() == 1
    accepted(sign_in(cast.teammate), {"text": REPORT})
    assert Postmortem.objects.count() == 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Paste a report or choose a file"),
        ({"text": "   "}, "Paste a report or choose a file"),
        ({"file": SimpleUploadedFile("a.md", b"\x00\x01")}, "It is not a text file"),
        ({"file": SimpleUploadedFile("a.md", b"\xff\xfea\x00")}, "UTF-16"),
        ({"file": SimpleUploadedFile("a.md", b"x" * 400_001)}, "at most 400 kB"),
        ({"text": "---\na: [\n---\nx"}, "not valid YAML"),
    ],
)
def test_bad_input_is_named_and_nothing_is_written(cast, sign_in, given, said):
    answer = sign_in(cast.author).post(PAGE, given)
    assert answer.status_code == 422 and said in unescape(answer.content.decode())
    assert not Postmortem.objects.exists()


def test_markup_of_a_report_is_shown_and_never_runs(cast, sign_in):
    text = "# <script>x</script>\n## Timeline\n- 2024-05-06 10:03 </textarea><script>alert(1)</script>\n"
    assert b"<script>alert" not in sign_in(cast.author).post(PAGE, {"text": text}).content


def test_a_long_report_stays_below_the_limit_of_fields(cast, sign_in):
    rows = "".join(f"- {n // 60 % 24:02}:{n % 60:02} row {n}\n" for n in range(400))
    items = "".join(f"- action {n}\n" for n in range(150))
    text = f"# Long 2024-05-06\n## Timeline (UTC)\n{rows}\n## Action items\n{items}"
    accepted(sign_in(cast.author), {"text": text})
    pm = Postmortem.objects.get()
    assert pm.timelineentry_set.count() == 400 and pm.countermeasure_set.count() == 150
