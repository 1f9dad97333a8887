"""Files: stored whole or not at all, handed out through the door alone, never run, swept and purged."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from kb.lib.file_kinds import Refused
from postmortems import attachments
from postmortems.models import Attachment, Evidence
from tests.lib.test_pictures import jpeg, png
from tests.postmortems.builders import draft, published

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "incoming"


def upload(name="app.log", data=b"14:03 ERROR pool exhausted"):
    return SimpleUploadedFile(name, data)


def kept(postmortem, name="app.log", data=b"14:03 ERROR pool exhausted", **fields):
    found = attachments.store(postmortem, postmortem.owner, upload(name, data))
    return found, Evidence.add(postmortem, postmortem.owner, attachment=found, **fields)


def files():
    return [path for path in attachments.folder().rglob("*") if path.is_file()]


def body(response):
    return b"".join(response.streaming_content)


def test_a_picture_is_seen_and_everything_else_is_saved(cast, sign_in):
    postmortem = published(cast.author, cast.stranger)
    picture, _ = kept(postmortem, "graph.html", png())
    log, _ = kept(postmortem, "app.log")
    reader = sign_in(cast.reader)
    answer = reader.get(picture.get_absolute_url(), headers={"Accept-Encoding": "gzip"})
    assert body(answer).startswith(b"\x89PNG") and answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"] == 'inline; filename="graph.png"' and answer["Content-Length"]
    answer = reader.get(log.get_absolute_url())
    assert answer["Content-Disposition"] == 'attachment; filename="app.log"'
    for header, value in (("X-Content-Type-Options", "nosniff"), ("Cache-Control", "private, no-store"),
                          ("Cross-Origin-Resource-Policy", "same-origin")):  # fmt: skip
        assert answer[header] == value
    assert "sandbox" in answer["Content-Security-Policy"] and "'self'" not in answer["Content-Security-Policy"]


def test_a_name_cannot_write_headers(cast, sign_in):
    found, _ = kept(draft(cast.author), 'a"\r\nSet-Cookie: x=1; ü.log')
    answer = sign_in(cast.author).get(found.get_absolute_url())
    assert "Set-Cookie" not in answer and "\r" not in answer["Content-Disposition"]


def test_a_file_follows_its_postmortem_through_every_state(cast, sign_in):
    postmortem = published(cast.author, cast.facilitator)
    found, row = kept(postmortem)
    address = found.get_absolute_url()

    def who():
        people = cast.everybody()
        return {name for name, person in people.items() if sign_in(person).get(address).status_code == 200}

    assert who() == set(cast.everybody())
    postmortem.restrict(cast.author)
    assert who() == {"author", "facilitator", "security"}, "the facilitator reviewed it"
    postmortem.open_up(cast.author, "no secret")
    row.remove(cast.author, row.version)
    assert who() == {"author", "teammate", "facilitator"}, "readers do not get what was taken away"
    postmortem.refresh_from_db()
    postmortem.withdraw(cast.author, "a token in it")
    assert who() == set()
    postmortem.changes.filter(action="remove").last().undo(cast.author)
    assert who() == {"author", "facilitator"}
    postmortem.refresh_from_db()
    postmortem.delete_to_trash(cast.author)
    assert who() == set()


def test_what_was_removed_comes_back_with_its_file(cast, sign_in):
    postmortem = published(cast.author, cast.stranger)
    found, row = kept(postmortem, caption="Pool at its limit")
    removal = row.remove(cast.author, 1)
    assert sign_in(cast.reader).get(found.get_absolute_url()).status_code == 404
    removal.undo(cast.author)
    assert sign_in(cast.reader).get(found.get_absolute_url()).status_code == 200


def test_a_purge_takes_the_files_along(cast, django_capture_on_commit_callbacks):
    postmortem = draft(cast.author)
    kept(postmortem)
    assert len(files()) == 1
    postmortem.delete_to_trash(cast.author)
    with django_capture_on_commit_callbacks(execute=True):
        postmortem.purge(cast.author)
    assert files() == [] and not Attachment.objects.exists()


def test_files_are_bounded_each_and_together(cast, settings):
    settings.ATTACHMENT_SIZE, settings.ATTACHMENTS_SIZE = 1, 2
    postmortem = draft(cast.author)
    with pytest.raises(Refused) as refusal:
        attachments.store(postmortem, cast.author, upload(data=b"x" * 1_000_001))
    assert refusal.value.status == 413
    for _ in range(2):
        attachments.store(postmortem, cast.author, upload(data=b"x" * 1_000_000))
    with pytest.raises(Refused) as refusal:
        attachments.store(postmortem, cast.author, upload(data=b"x"))
    assert refusal.value.status == 413 and len(files()) == 2


def test_nothing_half_written_stays_when_the_disk_is_full(cast, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("postmortems.attachments.os.fsync", full)
    with pytest.raises(Refused) as refusal:
        attachments.store(draft(cast.author), cast.author, upload())
    assert refusal.value.status == 507 and "disk is full" in str(refusal.value)
    assert files() == [] and not Attachment.objects.exists()


def test_a_folder_that_cannot_be_written_is_told_on_the_page_and_nothing_typed_is_lost(cast, sign_in, tmp_path):
    (tmp_path / "attachments").write_text("a file where the folder should be")
    postmortem = draft(cast.author)
    sent = {"kind": "log", "caption": "typed with care", "zone": "UTC", "file": upload()}
    answer = sign_in(cast.author).post(f"/postmortems/{postmortem.reference}/edit/evidence/add/", sent)
    page = answer.content.decode()
    assert answer.status_code == 507 and "typed with care" in page and "tell an administrator" in page
    assert not Evidence.objects.exists()


def test_a_full_disk_while_the_upload_comes_in_is_told_too(cast, sign_in, tmp_path):
    (tmp_path / "incoming").write_text("a file where the folder should be")
    path = f"/postmortems/{draft(cast.author).reference}/edit/evidence/add/"
    answer = sign_in(cast.author).post(
        path, {"file": upload(), "caption": "typed with care", "kind": "log", "zone": "UTC"}
    )
    assert answer.status_code == 507 and "typed with care" in answer.content.decode()


def test_a_file_too_large_is_read_past_and_the_rest_of_the_form_arrives(cast, sign_in, settings):
    settings.ATTACHMENT_SIZE = 1
    path = f"/postmortems/{draft(cast.author).reference}/edit/evidence/add/"
    sent = {"file": upload(data=b"x" * 3_000_000), "caption": "typed with care", "kind": "log", "zone": "UTC"}
    answer = sign_in(cast.author).post(path, sent)
    assert answer.status_code == 413 and "typed with care" in answer.content.decode()
    assert "larger than 1 MB" in answer.content.decode()
    assert list(settings.FILE_UPLOAD_TEMP_DIR.iterdir()) == [], "nothing of it stays on the disk"


def test_a_file_of_a_wrong_type_is_refused_at_its_field(cast, sign_in):
    path = f"/postmortems/{draft(cast.author).reference}/edit/evidence/add/"
    for name, data in (
        ("a.svg", b"<svg onload=alert(1)>"),
        ("a.txt", b"<!doctype html><script>"),
        ("a.zip", b"PK\3\4"),
    ):
        answer = sign_in(cast.author).post(
            path, {"file": upload(name, data), "kind": "log", "zone": "UTC"}, headers=HTMX
        )
        assert answer.status_code == 415 and "not taken" in answer.content.decode()
    assert files() == []


def test_a_pasted_picture_becomes_markdown_and_evidence(cast, sign_in):
    postmortem = draft(cast.author)
    section = postmortem.section_set.first()
    answer = sign_in(cast.author).post(
        reverse("add_attachment", args=[postmortem.reference]),
        {"file": upload("image.png", png()), "about": section.anchor},
    )
    told, row = answer.json(), Evidence.objects.get()
    assert (
        answer.status_code == 201
        and told["markdown"] == f"![Describe this picture](/attachments/{row.attachment.uid}/)"
    )
    assert row.about == section.anchor and row.kind == "graph"
    section.change(cast.author, section.version, text=told["markdown"])
    assert f'src="/attachments/{row.attachment.uid}/"' in section.text_html
    desk = sign_in(cast.author).get(f"/postmortems/{postmortem.reference}/edit/").content.decode()
    assert "no description" in desk


@pytest.mark.parametrize(
    ("sent", "status"),
    [({}, 400), ({"file": ("a.svg", b"<svg/>")}, 415), ({"file": ("a.png", b"\x89PNG\r\n\x1a\n")}, 400)],
)
def test_a_pasted_file_that_is_not_taken_says_why(cast, sign_in, sent, status):
    data = {name: upload(*file) for name, file in sent.items()}
    answer = sign_in(cast.author).post(reverse("add_attachment", args=[draft(cast.author).reference]), data)
    assert answer.status_code == status and answer.json()["detail"]
    assert not Evidence.objects.exists()


def test_a_photograph_is_stored_without_its_place(cast):
    found, _ = kept(draft(cast.author), "photo.jpg", jpeg())
    assert b"GPS" not in attachments.path_of(found.stored).read_bytes()


def test_files_without_a_row_are_swept_and_no_others(cast, tmp_path):
    found, _ = kept(draft(cast.author))
    orphan = attachments.path_of("ff" + "0" * 38)
    attachments.write(orphan, b"its row never came")
    part = attachments.path_of("fe" + "0" * 38).with_suffix(".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(b"half")
    incoming = tmp_path / "incoming" / "tmp.upload"
    incoming.parent.mkdir()
    incoming.write_bytes(b"cut short")
    assert attachments.sweep(time.time()) == 0, "a row may still be on its way"
    assert attachments.sweep(time.time() + 2 * attachments.KEPT_UNKNOWN) == 3
    assert files() == [attachments.path_of(found.stored)] and not incoming.exists()


def test_a_process_killed_between_file_and_row_leaves_only_a_file_that_is_swept(tmp_path):
    script = """
import django, os, signal, sys
django.setup()
from postmortems import attachments
attachments.write(attachments.path_of("ab" + "1" * 38), b"whole")
os.kill(os.getpid(), signal.SIGKILL)
"""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "kb.settings",
        "DATA_DIR": str(tmp_path),
        "ENV_FILE": os.devnull,
    }
    done = subprocess.run([sys.executable, "-c", script], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    assert [path.read_bytes() for path in files()] == [b"whole"]
    assert attachments.sweep(time.time() + 2 * attachments.KEPT_UNKNOWN) == 1 and files() == []


def test_a_file_that_is_missing_on_the_disk_is_missing_and_no_error(cast, sign_in):
    found, _ = kept(draft(cast.author))
    attachments.remove([found.stored])
    assert sign_in(cast.author).get(found.get_absolute_url()).status_code == 404


def test_the_article_shows_evidence_once_with_its_caption(cast, sign_in):
    postmortem = published(cast.author, cast.stranger)
    section = postmortem.section_set.first()
    picture, shown = kept(
        postmortem, "a.png", png(), caption="Latency rose at 14:03", alt="A line that jumps to 9 s", kind="graph"
    )
    pasted, _ = kept(postmortem, "b.png", png(), caption="In the text", about=section.anchor, kind="graph")
    Evidence.add(postmortem, cast.author, caption="The pool", excerpt="<b>ERROR</b>\nfull")
    section.change(cast.author, section.version, text=f"See ![a graph]({pasted.get_absolute_url()})")
    page = sign_in(cast.reader).get(f"/postmortems/{postmortem.reference}/").content.decode()
    assert page.count(f'src="{pasted.get_absolute_url()}"') == 1 and "shown in" in page
    assert 'alt="A line that jumps to 9 s"' in page and f'id="{shown.anchor}"' in page
    assert "&lt;b&gt;ERROR" in page and f'href="#{shown.anchor}"' not in page.split('id="evidence"')[0]


def test_evidence_wants_something_to_hold(cast, sign_in):
    path = f"/postmortems/{draft(cast.author).reference}/edit/evidence/add/"
    answer = sign_in(cast.author).post(path, {"kind": "log", "caption": "only words", "zone": "UTC"})
    assert answer.status_code == 422 and "Choose a file" in answer.content.decode()
