"""From chat, in the browser without a script: give, choose, say who is who, take over, take back."""

import datetime
import io
import zipfile

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from kb.accounts.models import User
from postmortems.importing.chat import Message
from postmortems.importing.chat.entries import take_over
from postmortems.models import Change, ChatImport, ChatUpload, Milestone, Participant, TimelineEntry
from postmortems.tasks import purge_chats
from tests.postmortems.builders import draft
from tests.postmortems.chat.test_slack import export, said

pytestmark = pytest.mark.django_db
CHAT = (
    "[23:58] <ada> checkout is down for customers\n[23:59] <pagerbot> FIRING: checkout 5xx\n"
    "[00:01] <bob> let's roll back\n[00:05] <ada> all green again\n[00:06] <eve> *thanks* everybody\n"
)


@pytest.fixture
def desk(cast):
    return draft(cast.author, zone="Europe/Berlin")


@pytest.fixture
def client(cast, sign_in):
    return sign_in(cast.author)


def address(desk, *parts):
    return f"{desk.get_absolute_url()}edit/chat/{''.join(f'{part}/' for part in parts)}"


def give(client, desk, **fields):
    """Paste CHAT (or give what `fields` say); the upload and the address of its preview."""
    response = client.post(address(desk), {"text": CHAT, "day": "2026-03-01", "zone": "Europe/Berlin", **fields})
    assert response.status_code == 302, response.content.decode()
    return ChatUpload.objects.first(), response.url


def pick(client, url, *places, go="take_over", **fields):
    shown = ",".join(map(str, range(5)))
    return client.post(url, {"places": shown, "pick": places, "go": go, **fields})


def accept(client, desk, upload, **fields):
    """Post the last page with its own fields as they stand, but for `fields`."""
    page = client.get(address(desk, upload.uid, "take-over"))
    values = {}
    for form in page.context["forms"]:
        for field in form:
            values[field.html_name] = field.field.prepare_value(field.value()) or ""
    return client.post(address(desk, upload.uid, "take-over"), values | fields)


def test_a_pasted_chat_becomes_entries_with_source_kind_and_people(cast, client, desk):
    User.objects.create_user("bobby", "bob@example.org", name="Bob Builder", also_known_as="bob, bobo")
    upload, url = give(client, desk)
    page = client.get(url).content.decode()
    assert "checkout is down for customers" in page and "Sunday 1 March 2026" in page and "a decision" in page
    assert pick(client, url, 0, 2, 3).url == address(desk, upload.uid, "take-over")
    response = accept(client, desk, upload, **{"kind-0": "detection"})
    desk_page = client.get(response.url).content.decode()
    assert "3 entries came from the chat." in desk_page and address(desk, "undo") in desk_page
    entries = list(TimelineEntry.objects.filter(postmortem=desk))
    assert [(e.local_text, e.kind, str(e.participant), e.source) for e in entries] == [
        ("2026-03-01 23:58 CET", "detection", "ada", "chat"),
        ("2026-03-02 00:01 CET", "decision", "Bob Builder", "chat"),
        ("2026-03-02 00:05 CET", "recovery", "ada", "chat"),
    ]
    assert all(e.source_key.startswith("irc:") and e.text_html for e in entries)
    assert Participant.objects.filter(postmortem=desk).count() == 2
    assert entries[1].participant.user.username == "bobby"


def test_the_whole_batch_is_one_version_and_stands_in_the_history(cast, client, desk):
    upload, url = give(client, desk)
    before = desk.version
    pick(client, url, 0, 3)
    accept(client, desk, upload)
    desk.refresh_from_db()
    assert desk.version == before + 1
    added = Change.objects.filter(postmortem=desk, version=desk.version, action="add")
    assert sorted(added.values_list("part_kind", flat=True)) == ["entry", "entry", "participant"]


def test_functions_instead_of_names_leave_no_name(cast, client, desk):
    upload, url = give(client, desk)
    pick(client, url, 0, 1, 2)
    forms = client.get(address(desk, upload.uid, "take-over")).context["forms"]
    names = {form.author.name: form.prefix for form in forms}
    assert forms[[form.author.name for form in forms].index("pagerbot")].initial["shown"] == "nobody"
    fields = {f"{names['ada']}-shown": "function", f"{names['ada']}-function": "commander",
              f"{names['bob']}-shown": "nobody"}  # fmt: skip
    accept(client, desk, upload, **fields)
    first, alert, second = TimelineEntry.objects.filter(postmortem=desk)
    assert str(first.participant) == "Incident commander"
    assert (alert.participant, second.participant) == (None, None)
    assert alert.text.startswith("pagerbot: FIRING")
    assert not Participant.objects.filter(name__icontains="ada").exists()


def test_a_second_import_shows_what_is_there_and_adds_nothing_twice(cast, client, desk):
    upload, url = give(client, desk)
    pick(client, url, 0, 2)
    accept(client, desk, upload)
    again, url = give(client, desk)
    assert client.get(url).content.decode().count("in the timeline already") == 2
    pick(client, url, 0, 2, 3)
    accept(client, desk, again)
    assert TimelineEntry.objects.filter(postmortem=desk).count() == 3
    messages = again.messages()
    assert take_over(desk, cast.author, [(messages[0], "action")], {}, zone="UTC") is None


def test_what_came_from_chat_is_not_pasted_into_the_timeline_again(client, desk):
    upload, url = give(client, desk)
    pick(client, url, 0, 2)
    accept(client, desk, upload)
    quick = reverse("quick_entry", args=[desk.reference])
    fields = {"line": CHAT, "day": "2026-03-01", "kind": "observation", "accept": "1", "pick": ["0", "2", "3"]}
    assert client.post(quick, fields).status_code == 302
    assert TimelineEntry.objects.filter(postmortem=desk).count() == 3
    assert "in the timeline already" in client.post(quick, fields).content.decode()


def test_undo_takes_back_what_nobody_changed_or_used(cast, client, desk):
    upload, url = give(client, desk)
    pick(client, url, 0, 2, 3, 4)
    accept(client, desk, upload)
    edited, _, used, _ = TimelineEntry.objects.filter(postmortem=desk)
    edited.change(cast.author, edited.version, text="checkout was down")
    Milestone.add(desk, cast.author, type="recovered", at=used.at, entry=used)
    made = ChatImport.objects.get()
    response = client.post(address(desk, "undo", made.uid), follow=True)
    assert (
        "2 entries were taken back. 2 stay, because somebody changed or used them since." in response.content.decode()
    )
    assert set(TimelineEntry.objects.filter(postmortem=desk)) == {edited, used}
    assert {p.name for p in Participant.objects.filter(postmortem=desk)} == {"ada"}
    assert "taken back before" in client.post(address(desk, "undo", made.uid), follow=True).content.decode()


def test_what_was_taken_back_can_be_taken_over_again(cast, client, desk):
    upload, url = give(client, desk)
    pick(client, url, 0)
    accept(client, desk, upload)
    ChatImport.objects.get().undo(cast.author)
    assert not TimelineEntry.objects.exists() and not Participant.objects.exists()
    pick(client, url, 0)
    accept(client, desk, upload)
    assert TimelineEntry.objects.count() == 1


def test_picks_stay_while_one_looks_at_other_messages(client, desk):
    upload, url = give(client, desk)
    assert pick(client, url, 0, 3, go="show", words="roll").url == f"{url}?words=roll"
    page = client.get(f"{url}?words=roll").content.decode()
    assert "let&#x27;s roll back" in page and "checkout is down" not in page and "2 picked" in page
    client.post(url, {"places": "2", "pick": "2", "go": "show", "only": "picked"})
    upload.refresh_from_db()
    assert upload.picked == [0, 2, 3]
    client.post(url, {"places": "0,2,3", "pick": "3", "go": "show"})
    upload.refresh_from_db()
    assert upload.picked == [3]


def test_a_suggestion_is_picked_with_one_button(client, desk):
    upload, url = give(client, desk)
    client.post(url, {"places": "0,1,2,3,4", "go": "suggested"})
    upload.refresh_from_db()
    assert upload.picked == [0, 1, 2, 3]
    assert "Pick the" not in client.get(url).content.decode()


def test_a_span_and_a_channel_narrow_what_is_shown(client, desk):
    _, url = give(client, desk)
    page = client.get(f"{url}?since=2026-03-02T00:00&until=2026-03-02T00:05").content.decode()
    assert "roll back" in page and "all green" not in page and "checkout is down" not in page
    assert client.get(f"{url}?since=soon").status_code == 422
    data = SimpleUploadedFile("export.zip", export(said(), said("other", "1772460181.0")), "application/zip")
    _, url = give(client, desk, text="", file=data, links="https://acme.slack.com")
    assert "ops (2)" in client.get(url).content.decode()
    assert "No message fits" in client.get(f"{url}?channel=ops&words=nothing").content.decode()


def test_an_uploaded_export_keeps_links_files_and_threads(cast, client, desk):
    shot = said("look", thread_ts="1772460100.0", files=[{"name": "graph.png", "permalink": "https://x.slack.com/F1"}])
    data = SimpleUploadedFile("export.zip", export(shot), "application/zip")
    upload, url = give(client, desk, text="", file=data, links="https://acme.slack.com")
    assert "in a thread" in client.get(url).content.decode()
    pick(client, url, 0)
    accept(client, desk, upload)
    entry = TimelineEntry.objects.get()
    assert entry.evidence.startswith("https://acme.slack.com/archives/C1/p1772460180000100")
    assert "[graph.png](<https://x.slack.com/F1>)" in entry.text
    assert entry.local_text == "2026-03-02 15:03:00 CET"
    assert entry.participant.user == cast.author  # whose full name it is


def test_rows_go_between_those_that_are_there(cast, client, desk):
    for minute, text in ((-8, "before"), (8, "after")):
        at = datetime.datetime(2026, 3, 1, 23, 8 + minute, tzinfo=datetime.UTC)
        TimelineEntry.add(desk, cast.author, text=text, at=at)
    TimelineEntry.add(desk, cast.author, text="no time")
    upload, url = give(client, desk)
    pick(client, url, 2, 3)
    accept(client, desk, upload)
    assert [e.text for e in TimelineEntry.objects.filter(postmortem=desk)] == [
        "before", "let's roll back", "all green again", "after", "no time",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"text": ""}, "Paste some chat or choose a file."),
        ({"text": "only a text, no chat"}, "holds no messages that Andon can read"),
        ({"zone": "Mars/Olympus"}, "is not a time zone"),
        ({"day": "soon"}, "Enter a valid date"),
        ({"text": "x" * 800_001}, "more than 800,000 characters; save it as a file"),
    ],
)
def test_what_cannot_be_read_is_said_and_what_was_typed_stays(client, desk, fields, reason):
    response = client.post(address(desk), {"text": CHAT, "zone": "UTC", **fields})
    assert response.status_code == 422
    page = response.content.decode()
    assert reason in page
    assert fields.get("text", "checkout is down")[:100] in page
    assert not ChatUpload.objects.exists()


def test_a_hostile_archive_is_refused_with_its_entry(client, desk):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../evil.json", "[]")
    data = SimpleUploadedFile("export\u202e.zip", out.getvalue(), "application/zip")
    response = client.post(address(desk), {"text": "", "file": data})
    assert response.status_code == 422
    assert "climbs out of the archive" in response.content.decode()


def test_bad_numbers_and_foreign_places_do_nothing(client, desk):
    upload, url = give(client, desk)
    client.post(url, {"places": "0,1,9999,-1,x,1e9,٣", "pick": ["1", "4", "9999", "x"], "go": "show"})
    upload.refresh_from_db()
    assert upload.picked == [1]
    assert client.post(url, {"go": "nonsense"}).status_code == 302
    assert client.get(f"{url}?page=99999999999&channel=none").status_code in (200, 422)


def test_too_many_at_once_are_refused_in_words_and_five_hundred_work(cast, client, desk):
    many = "".join(f"[{n // 60:02}:{n % 60:02}] <nick{n % 120}> message {n}\n" for n in range(700))
    upload, url = give(client, desk, text=many)
    upload.pick(range(501))
    assert "501 messages are picked; at most 500" in client.post(url, {"go": "take_over"}, follow=True).content.decode()
    assert client.get(address(desk, upload.uid, "take-over")).url.endswith(f"/{upload.uid}/")
    upload.pick(range(500))
    assert accept(client, desk, upload, **{f"kind-{n}": "action" for n in range(500)}).status_code == 302
    entries = TimelineEntry.objects.filter(postmortem=desk, kind="action")
    assert [entry.text for entry in entries] == [f"message {n}" for n in range(500)]
    assert Participant.objects.filter(postmortem=desk).count() == 120


def test_all_or_nothing(cast, desk):
    good, bad = Message(text="good", key="a", plain=True), Message(text="bad", key="b", link="x" * 3000, plain=True)
    with pytest.raises(ValidationError):
        take_over(desk, cast.author, [(good, "action"), (bad, "action")], {}, zone="UTC")
    assert not TimelineEntry.objects.exists() and not ChatImport.objects.exists()
    with pytest.raises(ValidationError, match="At most 500"):
        take_over(desk, cast.author, [(good, "action")] * 501, {}, zone="UTC")


def test_an_upload_is_its_givers_alone_and_goes_after_a_week(cast, client, desk, sign_in, clock):
    upload, url = give(client, desk)
    for person in (cast.teammate, cast.facilitator, cast.admin, cast.stranger):
        assert sign_in(person).get(url).status_code == 404
        assert sign_in(person).post(url.replace(upload.uid, f"{upload.uid}/discard")).status_code == 404
    assert upload.name not in sign_in(cast.teammate).get(address(desk)).content.decode()
    clock.on(days=6)
    purge_chats()
    assert client.get(url).status_code == 200
    clock.on(days=2)
    assert client.get(url).status_code == 404
    purge_chats()
    assert not ChatUpload.objects.exists()


def test_only_the_last_five_stay_and_one_can_be_removed_at_once(client, desk):
    kept = [give(client, desk)[0].uid for _ in range(6)]
    assert set(ChatUpload.objects.values_list("uid", flat=True)) == set(kept[1:])
    client.post(address(desk, kept[-1], "discard"))
    assert ChatUpload.objects.count() == 4


def test_control_characters_and_long_names_never_reach_the_database_or_break_it(cast, client, desk):
    users = [{"id": "U1", "name": "x", "real_name": "A\x00\x9f" + "d" * 500}]
    data = SimpleUploadedFile("e.zip", export(said("a\x00b\x85\x9fc\u202ed"), users=users), "application/zip")
    upload, url = give(client, desk, text="", file=data)
    assert client.get(url).status_code == 200
    pick(client, url, 0)
    assert accept(client, desk, upload).status_code == 302
    assert TimelineEntry.objects.get().text.startswith("ab")


def test_the_pages_ask_the_database_as_often_for_much_as_for_little(client, desk, django_assert_max_num_queries):
    _, little = give(client, desk)
    many = "".join(f"[{n // 60:02}:{n % 60:02}] <nick{n % 90}> message {n}\n" for n in range(1400))
    _, much = give(client, desk, text=many)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for url in (little, much):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
