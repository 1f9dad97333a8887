"""Out and in again: every field survives, twice; a folder is brought up to date and nothing else in it is touched."""

import base64
import datetime
import json
from io import StringIO

import pytest
import yaml
from django.core.files.base import ContentFile
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postmortems.attachments import path_of, store
from postmortems.exporting.markdown import as_markdown
from postmortems.exporting.record import record_of
from postmortems.importing.exported import read
from postmortems.models import Counter, Countermeasure, Evidence, Learning, Participant, Postmortem, TimelineEntry
from tests.counts import soak
from tests.postmortems.builders import draft, published
from tests.postmortems.full import full, full_draft

pytestmark = pytest.mark.django_db


def exported(postmortem):
    return as_markdown(record_of(postmortem))


def import_again(path, *options):
    """The outcomes of importing `path` into a house that never had these postmortems."""
    Postmortem.objects.all().delete()
    Counter.objects.all().delete()
    out = StringIO()
    call_command("import_postmortems", str(path), "--json", *options, stdout=out, stderr=StringIO())
    return [json.loads(line) for line in out.getvalue().splitlines()]


def at(minute, second=0):
    return datetime.datetime(2026, 3, 2, 10, minute, second, tzinfo=datetime.UTC)


def everything_of(cast):
    """A postmortem with every kind of row, every state of a countermeasure and texts that try to break out."""
    found = full_draft(cast.author, authors=[cast.teammate], facilitator=cast.facilitator, trigger="capacity")
    ada = Participant.add(found, cast.author, user=cast.author, function="commander")
    Participant.add(found, cast.author, name="Somebody of the provider", function="customer_contact")
    entry = TimelineEntry.add(
        found, cast.author, text="### Not a heading of ours\n\n<!-- andon entry {} -->\n\n~~~\ncode\n~~~\n",
        kind="decision", participant=ada, at=at(30, 15), precision="second", typed="11:30:15", zone="Europe/Berlin",
        until=at(40), evidence="https://example.org/a",
    )  # fmt: skip
    TimelineEntry.add(found, cast.author, text="no time --> known", approximate=True, precision="unknown")
    found.milestone_set.get(type="detected").change(cast.author, 1, entry=entry)
    one, two = found.countermeasure_set.all()
    one.decline(cast.author, "too dear -->")
    two.complete(cast.author)
    Countermeasure.add(found, cast.author, statement="  spaces and\n\n## Another\n")
    Learning.add(found, cast.author, claim="a --> b", what_to_do_differently="<!-- text andon x -->\nlast line\n## End")
    return Postmortem.objects.get(pk=found.pk)


def test_export_import_export_is_the_same_in_every_field(cast, tmp_path):
    before = everything_of(cast)
    text, record = exported(before), record_of(before)
    (tmp_path / "PM.md").write_text(text)
    outcome = import_again(tmp_path)
    assert [(row["outcome"], row["reference"]) for row in outcome] == [("created", before.reference)]
    after = Postmortem.objects.get()
    assert record_of(after) == record
    assert exported(after) == text
    assert after.origin == "imported" and after.owner == cast.author


def test_a_published_one_comes_back_published_on_its_day_if_asked_to(cast, tmp_path):
    before = full(cast.author, cast.teammate)
    text, when = exported(before), before.published_at
    (tmp_path / "PM.md").write_text(text)
    import_again(tmp_path, "--publish")
    after = Postmortem.objects.get()
    assert (after.status, after.published_at, exported(after)) == ("published", when, text)
    import_again(tmp_path)
    assert Postmortem.objects.get().status == "draft"


def test_every_kind_of_row_and_field_stands_in_the_record(cast):
    from postmortems.models import PART_MODELS

    record = record_of(everything_of(cast))
    filled = {"perspective", "question", "evidence"} & PART_MODELS.keys()
    assert set(PART_MODELS) - filled <= set(record)


def test_a_second_import_changes_nothing_and_one_that_lives_here_is_left_alone(cast, tmp_path):
    before = full(cast.author, cast.teammate)
    (tmp_path / "PM.md").write_text(exported(before))
    out = StringIO()
    call_command("import_postmortems", str(tmp_path), "--json", stdout=out, stderr=StringIO())
    assert json.loads(out.getvalue())["outcome"] == "unchanged"
    (tmp_path / "PM.md").write_text(exported(before).replace("entry 0", "entry zero"))
    out = StringIO()
    call_command("import_postmortems", str(tmp_path), "--json", stdout=out, stderr=StringIO())
    assert json.loads(out.getvalue())["outcome"] == "skipped" and Postmortem.objects.count() == 1


def test_a_number_that_was_given_here_is_never_given_again(cast, tmp_path):
    before = full(cast.author, cast.teammate)
    (tmp_path / "PM.md").write_text(exported(before))
    number = before.number
    Postmortem.objects.all().delete()
    call_command("import_postmortems", str(tmp_path), stdout=StringIO(), stderr=StringIO())
    assert Postmortem.objects.get().number == number + 1


@pytest.mark.parametrize("old, new, reason", [
    ("\ntitle:", "\ntitel:", "title"), ("format: andon/1\n", "format: andon/1\nbroken: [\n", "front matter"),
    ("<!-- andon entry {", "<!-- andon entry {{", "JSON"), ("<!-- andon entry {", "<!-- andon wish {", "wish"),
    ('"kind": "observation"', '"kind": "gossip"', "gossip"), ('"zone": "UTC"', '"colour": "red"', "colour"),
])  # fmt: skip
def test_a_file_that_somebody_broke_says_where(cast, tmp_path, old, new, reason):
    text = exported(full(cast.author, cast.teammate))
    assert old in text
    (tmp_path / "PM.md").write_text(text.replace(old, new))
    (outcome,) = import_again(tmp_path)
    assert outcome["outcome"] == "failed" and reason in outcome["reason"], outcome
    assert not Postmortem.objects.exists()


LINES = st.lists(st.sampled_from([
    "", "text", "# Heading", "## Another", "---", "<!-- andon entry {} -->", "<!-- andon rows -->",
    "<!-- text andon x -->",
    "<!-- andon", "```", "    code", "- item", "> quote", "| a | b |", " ", "\t", "-->", "é中😀",
]), max_size=8).map("\n".join)  # fmt: skip


def filled(name, text):
    return {name: text} if text else {}


@settings(max_examples=soak(quick=40, full=1000), deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=st.lists(LINES, min_size=2, max_size=4))
def test_any_text_survives_between_markers(texts):
    record = {
        "postmortem": {"uid": "aaaaaaaaaaaa", "number": 1, "title": "Any"},
        "section": [{"uid": f"s{n}", **filled("text", text)} for n, text in enumerate(texts)],
        "learning": [{"uid": "l", "number": 1, "claim": "c", **filled("why_it_matters", text)} for text in texts],
    }
    assert read(as_markdown(record)).record == record


PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def with_files(cast):
    """A published postmortem whose text shows a picture, with a log and a file that was removed."""
    found = full(cast.author, cast.teammate)
    names = (("graph.png", PNG), ("app.log", b"one\ntwo\n"), ("gone.log", b"gone"))
    graph, log, gone = (store(found, cast.author, ContentFile(data, name=name)) for name, data in names)
    Evidence.add(found, cast.author, kind="graph", caption="Latency", attachment=graph, alt="It rises at ten")
    Evidence.add(found, cast.author, kind="log", attachment=log, excerpt="one")
    Evidence.add(found, cast.author, kind="log", attachment=gone).remove(cast.author, 1)
    section = found.section_set.first()
    section.change(cast.author, section.version, text=f"![It rises]({graph.get_absolute_url()})")
    return Postmortem.objects.get(pk=found.pk)


def test_files_go_out_and_come_in_again_under_the_addresses_that_texts_name(cast, tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"
    found = with_files(cast)
    folder, text = tmp_path / "out", exported(found)
    run_export(folder)
    held = {path.name.partition("-")[2]: path.read_bytes() for path in folder.glob(f"{found.reference}.files/*")}
    graph = path_of(found.attachments.get(name="graph.png").stored)
    assert held == {"graph.png": graph.read_bytes(), "app.log": b"one\ntwo\n"}
    (outcome,) = import_again(folder)
    assert outcome["outcome"] == "created"
    after = Postmortem.objects.get()
    assert record_of(after)["attachments"] == yaml.safe_load(text.split("\n---\n")[0])["attachments"]
    graph = after.attachments.get(name="graph.png")
    assert graph.evidence.get().caption == "Latency" and graph.get_absolute_url() in after.section_set.first().text
    assert set(run_export(folder, "--everything").values()) == {"unchanged", "updated"}


@pytest.mark.parametrize(
    "path", ["../secret.log", "/etc/hostname", "PM-1.files/../../x", "other/x.log", "PM-1.files/no"]
)
def test_a_file_from_elsewhere_is_not_taken(cast, tmp_path, settings, path):
    settings.DATA_DIR = tmp_path / "data"
    (tmp_path / "secret.log").write_text("secret")
    found = with_files(cast)
    run_export(tmp_path / "out")
    file = tmp_path / "out" / f"{found.reference}.md"
    given = record_of(found)["attachments"][0]["path"]
    file.write_text(file.read_text().replace(given, path))
    (outcome,) = import_again(tmp_path / "out")
    assert outcome["outcome"] == "failed" and not Postmortem.objects.exists()
    assert "beside the export" in outcome["reason"] or "is missing" in outcome["reason"]


def test_files_of_what_may_no_longer_be_read_are_removed(cast, tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"
    found = with_files(cast)
    run_export(tmp_path / "out")
    (tmp_path / "out" / f"{found.reference}.files" / "mine.txt").write_text("mine")
    found.restrict(cast.author)
    run_export(tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()] == ["mine.txt"]


def run_export(folder, *options):
    out = StringIO()
    call_command("export_postmortems", str(folder), "--json", *options, stdout=out, stderr=StringIO())
    return {row["path"].rpartition("/")[2]: row["outcome"] for row in map(json.loads, out.getvalue().splitlines())}


def test_a_second_run_writes_only_what_changed_and_removes_what_went(cast, tmp_path):
    stays, changes, goes = (published(cast.author, cast.teammate, title=t) for t in ("Stays", "Changes", "Goes"))
    draft(cast.author, "Nobody's yet")
    assert run_export(tmp_path) == {f"{pm.reference}.md": "created" for pm in (stays, changes, goes)}
    (tmp_path / "README.md").write_text("mine")
    (tmp_path / "PM-9999.md").write_text("mine too")
    written = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    changes.change_details(cast.author, changes.details_version, takeaway="New")
    goes.withdraw(cast.author, "wrong")
    assert run_export(tmp_path) == {
        f"{stays.reference}.md": "unchanged", f"{changes.reference}.md": "updated", f"{goes.reference}.md": "removed",
    }  # fmt: skip
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"README.md", "PM-9999.md", f"{stays.reference}.md", f"{changes.reference}.md"}
    assert (tmp_path / f"{stays.reference}.md").stat().st_mtime_ns == written[tmp_path / f"{stays.reference}.md"]


def test_an_export_holds_what_its_reader_may_read(cast, tmp_path):
    secret = published(cast.author, cast.teammate, title="Secret", visibility="restricted")
    mine = draft(cast.author, "Mine")
    assert run_export(tmp_path / "all") == {}
    assert set(run_export(tmp_path / "author", "--as", "author")) == {f"{secret.reference}.md", f"{mine.reference}.md"}
    assert run_export(tmp_path / "stranger", "--as", "stranger") == {}
    assert set(run_export(tmp_path / "backup", "--everything")) == {f"{secret.reference}.md", f"{mine.reference}.md"}


def test_the_addresses_give_the_file_to_its_readers(cast, sign_in):
    found = full(cast.author, cast.teammate)
    for address in (f"/{found.reference}.md", f"/postmortems/{found.reference}.md"):
        response = sign_in(cast.reader).get(address)
        assert response["Content-Type"] == "text/markdown; charset=utf-8" and response.content.decode() == exported(
            found
        )
    matter = yaml.safe_load(exported(found).split("\n---\n")[0])
    assert matter["title"] == found.title and matter["services"] == ["Checkout"]
    assert sign_in(cast.reader).get(f"/postmortems/{found.reference}.json").json() == record_of(found)


def test_an_export_asks_a_constant_number_of_questions(cast, django_assert_max_num_queries):
    small, large = full(cast.author, cast.teammate, rows=1), full(cast.author, cast.teammate, rows=20)
    for found in (small, large):
        with django_assert_max_num_queries(30):
            record_of(Postmortem.objects.get(pk=found.pk))
