"""An organization's existing postmortems come in: once, whole, and never announced."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from kb.accounts.models import User
from kb.events.models import Delivery
from postmortems.models import Change, ImportSource, Postmortem, Service, Snapshot, Tag
from tests.postmortems.importing import DOCUMENT, import_, write

pytestmark = pytest.mark.django_db


def only():
    return Postmortem.objects.get()


def test_what_the_front_matter_says_becomes_fields(tmp_path):
    line = import_(write(tmp_path), publish=True)[0]
    pm = only()
    assert line["outcome"] == "created" and line["reference"] == pm.reference and line["source"] == "queue.md"
    assert (pm.title, pm.source_url, pm.origin, pm.status) == (
        "Queue full", "https://example.org/queue", "imported", "published",
    )  # fmt: skip
    assert {tag.name for tag in pm.tags.all()} == {"queues", "back pressure"}
    assert {service.name for service in pm.services.all()} == {"Acme", "Mailer"}
    assert pm.severity.slug == "sev2" and pm.zone == "+01:00"
    assert [(m.type, m.at, m.zone, m.precision) for m in pm.milestone_set.all()] == [
        ("started", datetime(2026, 2, 1, 9, tzinfo=UTC), "+01:00", "minute"),
        ("recovered", datetime(2026, 2, 1, 10, 30, tzinfo=UTC), "+01:00", "minute"),
    ]
    summary, narrative, source = pm.section_set.all()
    assert (summary.kind, summary.text_html) == ("summary", "<p>The queue <strong>filled</strong>.</p>")
    assert (narrative.kind, narrative.text) == ("narrative", "It was full.")
    assert source.text == "~~~yaml\ncolour: blue\n~~~"


def test_it_is_published_at_its_own_date_or_a_draft(tmp_path):
    write(tmp_path, "a.md", DOCUMENT.replace("colour:", "source_published_at: 2026-02-03T08:00:00Z\ncolour:"))
    write(tmp_path, "b.md", "---\nstart_time: 2026-02-01T10:00Z\n---\nText")
    write(tmp_path, "2026-01-05-c.md", "# C\n\nText")
    import_(tmp_path, publish=True)
    by_key = {source.key: source.postmortem for source in ImportSource.objects.all()}
    assert by_key["a.md"].published_at == datetime(2026, 2, 3, 8, tzinfo=UTC)
    assert by_key["b.md"].published_at == by_key["b.md"].visible_since == datetime(2026, 2, 1, 10, tzinfo=UTC)
    assert by_key["2026-01-05-c.md"].published_at.date().isoformat() == "2026-01-05"
    import_(write(tmp_path, "d.md", "# D"))
    draft = Postmortem.objects.get(title="D")
    assert (draft.status, draft.published_at, draft.visible_since) == ("draft", None, None)


def test_imports_are_indexed_but_never_announced(tmp_path):
    import_(write(tmp_path), publish=True)
    pm = only()
    assert Delivery.objects.filter(consumer="index", subject=f"postmortem:{pm.uid}").exists()
    long_ago, later = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    assert not Postmortem.objects.became_visible(long_ago, later).exists()
    assert pm.is_open


def test_importing_again_changes_nothing(tmp_path):
    write(tmp_path)
    first, second = import_(tmp_path), import_(tmp_path)
    assert second[0]["outcome"] == "unchanged" and second[0]["reference"] == first[0]["reference"]
    assert only().version == 1 and Snapshot.objects.count() == 1


def test_a_changed_file_updates_what_nobody_edited(tmp_path):
    write(tmp_path)
    import_(tmp_path, publish=True)
    before = only()
    anchor = before.section_set.get(kind="narrative").uid
    write(tmp_path, text=DOCUMENT.replace("It was full.", "It was *half* full.").replace("colour: blue\n", ""))
    assert import_(tmp_path, publish=True)[0]["outcome"] == "updated"
    pm = only()
    narrative = pm.section_set.get(kind="narrative")
    assert (narrative.text_html, narrative.uid) == ("<p>It was <em>half</em> full.</p>", anchor)
    assert pm.section_set.count() == 2 and pm.milestone_set.count() == 2
    assert (pm.number, pm.published_at, pm.version) == (before.number, before.published_at, 2)
    assert Snapshot.objects.latest("pk").data["section"][1]["text"] == "It was *half* full."
    assert Change.objects.latest("pk").action == "import"
    assert import_(tmp_path)[0]["outcome"] == "unchanged"


def test_a_changed_file_leaves_alone_what_somebody_edited(tmp_path, cast):
    write(tmp_path)
    import_(tmp_path, user="author")
    section = only().section_set.get(kind="narrative")
    section.change(cast.author, section.version, text="Better words.")
    write(tmp_path, text=DOCUMENT.replace("It was full.", "Other words."))
    line = import_(tmp_path)[0]
    assert line["outcome"] == "skipped" and "was edited here since its import" in line["reason"]
    assert only().section_set.get(kind="narrative").text == "Better words."


def test_what_lies_in_the_trash_stays_there(tmp_path, cast):
    write(tmp_path)
    import_(tmp_path, user="author")
    only().delete_to_trash(cast.author)
    write(tmp_path, text=DOCUMENT + "\nMore")
    line = import_(tmp_path)[0]
    assert line["outcome"] == "skipped" and "lies in the trash" in line["reason"]


def test_a_draft_of_an_import_can_be_published_by_importing_again(tmp_path):
    write(tmp_path)
    import_(tmp_path)
    assert import_(tmp_path, publish=True)[0]["outcome"] == "updated"
    assert only().status == "published" and only().published_at == datetime(2026, 2, 1, 10, 30, tzinfo=UTC)
    assert import_(tmp_path, publish=True)[0]["outcome"] == "unchanged"


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path):
    write(tmp_path)
    line = import_(tmp_path, dry_run=True)[0]
    assert (line["outcome"], line["reference"]) == ("created", None)
    assert not Postmortem.objects.exists() and not User.objects.exists()
    assert not Service.objects.exists() and not Tag.objects.exists()


def test_without_a_name_it_belongs_to_somebody_who_cannot_sign_in(tmp_path, client):
    import_(write(tmp_path))
    owner = only().owner
    assert owner.is_system and not owner.has_usable_password() and not client.login(username="imports", password="")
    import_(write(tmp_path, "two.md", "# Two"))
    assert User.objects.get() == owner


def test_with_a_name_it_is_theirs(tmp_path, cast):
    import_(write(tmp_path), user="author")
    assert only().owner == cast.author
    for name, said in (("nobody", "nobody with the username"), ("reader", "only reads")):
        with pytest.raises(CommandError, match=said):
            import_(tmp_path, user=name)


def test_people_get_lines_they_can_read(tmp_path, capsys):
    write(tmp_path)
    write(tmp_path, "empty.md", "")
    call_command("import_postmortems", str(tmp_path))
    out, err = capsys.readouterr()
    assert out.splitlines()[0].startswith("failed") and "(It is empty.)" in out
    assert out.splitlines()[1].startswith("created    PM-1")
    assert "2 files in" in err and "1 created, 1 failed" in err


def test_two_files_of_one_name_in_one_run_are_told_apart(tmp_path):
    write(tmp_path, "a/x.md", "# A")
    write(tmp_path, "b/x.md", "# B")
    assert [line["outcome"] for line in import_(tmp_path / "a", tmp_path / "b")] == ["created", "failed"]
    assert only().title == "A"


def test_many_files_keep_their_order(tmp_path):
    for number in range(45):
        write(tmp_path, f"{number:02}.md", f"# Number {number}\n\n{'x' * 300}")
    lines = import_(tmp_path)
    assert [line["source"] for line in lines] == [f"{number:02}.md" for number in range(45)]
    assert [line["reference"] for line in lines] == [f"PM-{number}" for number in range(1, 46)]


def test_one_that_cannot_be_stored_hurts_no_other(tmp_path, monkeypatch):
    def refuse(self):
        if self.postmortem.title == "Bad":
            raise ValidationError({"title": "is not good enough"})

    monkeypatch.setattr("postmortems.importing.build._Making.check", refuse)
    for name in ("a", "bad", "c"):
        write(tmp_path, f"{name}.md", f"# {name.title()}")
    lines = import_(tmp_path)
    assert [line["outcome"] for line in lines] == ["created", "failed", "created"]
    assert lines[1]["reason"] == "title: is not good enough"
    assert list(Postmortem.objects.order_by("number").values_list("title", flat=True)) == ["A", "C"]


def test_names_that_differ_in_a_sign_stay_apart(tmp_path):
    write(tmp_path, text="---\ntags: [C, C++, C#, '#ops', ++]\nservices: [Google, Google+]\n---\nText")
    import_(tmp_path)
    assert {tag.slug for tag in only().tags.all()} == {"c", "c-plus-plus", "c-sharp", "ops", "plus-plus"}
    assert {service.slug for service in only().services.all()} == {"google", "google-plus"}
