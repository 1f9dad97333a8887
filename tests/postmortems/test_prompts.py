"""Depth: which parts each asks for, and with which question, is data; growing and shrinking lose no word."""

import re

import pytest

from postmortems.desk import GROUPS, desk_of
from postmortems.gate import checks_of
from postmortems.models import PART_MODELS, Learning, Postmortem, Prompt, Section, Severity
from postmortems.models.prompts import QUESTIONS, Guide, defaults
from tests.postmortems.builders import draft

pytestmark = pytest.mark.django_db


def kinds(postmortem):
    return [section.kind for group, rows in desk_of(postmortem) if group.kind == "section" for section in rows]


def to_depth(postmortem, depth):
    postmortem.change_details(postmortem.owner, postmortem.details_version, depth=depth)
    return postmortem


def test_a_new_installation_has_a_question_for_every_part_at_every_depth():
    assert {(row.depth, row.part, row.section) for row in Prompt.objects.all()} == {
        (row["depth"], row["part"], row["section"]) for row in defaults()
    }
    assert {part for part, _ in QUESTIONS} == set(PART_MODELS) == set(GROUPS)
    assert {section for part, section in QUESTIONS if part == "section"} == set(Section.Kind.values)


def test_questions_ask_how_and_what_and_never_why():
    for question in Prompt.objects.values_list("question", flat=True):
        assert question.count("?") == 1 and question.endswith("?")
        assert not re.search(r"\bwhy\b|\bfail|\bwho caused\b|\bshould have\b", question, re.IGNORECASE), question


def test_a_depth_begins_with_what_the_table_says_in_its_order(cast):
    Prompt.objects.filter(depth="note", part="section", section="impact").update(shown=True, place=1)
    Prompt.objects.filter(depth="note", part="section", section="narrative").update(place=2)
    assert kinds(draft(cast.author, depth="note")) == ["impact", "narrative"]


def test_a_question_that_an_administrator_wrote_stands_where_one_writes(cast, sign_in):
    standard = Prompt.objects.filter(depth="standard")
    standard.filter(part="section", section="impact").update(question="Whose morning was longer?")
    standard.filter(part="factor").update(question="What else had to be true?")
    client, postmortem = sign_in(cast.author), draft(cast.author)
    page = client.get(f"/postmortems/{postmortem.reference}/edit/").content.decode()
    assert "Whose morning was longer?" in page and "What else had to be true?" in page
    section = postmortem.section_set.get(kind="impact")
    form = client.get(f"/postmortems/{postmortem.reference}/edit/section/{section.uid}/").content.decode()
    assert "Whose morning was longer?" in form
    assert (
        "Whose morning"
        not in client.get(f"/postmortems/{draft(cast.author, depth='deep').reference}/edit/").content.decode()
    )


def test_a_note_grows_and_shrinks_without_losing_a_word(cast):
    postmortem = draft(cast.author, depth="note")
    assert kinds(postmortem) == ["narrative"]
    narrative = postmortem.section_set.get()
    narrative.change(cast.author, 1, text="All that we knew")
    to_depth(postmortem, "deep")
    assert kinds(postmortem) == ["summary", "background", "impact", "detection", "narrative", "resolution"]
    background = postmortem.section_set.get(kind="background")
    background.change(cast.author, 1, text="How the pool works")
    skipped = postmortem.section_set.get(kind="detection")
    skipped.change(cast.author, 1, skipped_because="nobody noticed")
    to_depth(postmortem, "note")
    assert set(kinds(postmortem)) == {"background", "detection", "narrative"}, "only what is empty is out of sight"
    assert Section.objects.filter(postmortem=postmortem).count() == 6
    to_depth(postmortem, "standard")
    assert set(kinds(postmortem)) == {"summary", "background", "impact", "detection", "narrative", "resolution"}
    assert {s.text for s in postmortem.section_set.all()} >= {"All that we knew", "How the pool works"}


def test_what_is_out_of_sight_is_not_asked_for_at_the_gate(cast):
    postmortem = to_depth(draft(cast.author, depth="deep"), "note")
    asked = [check.todo for check in checks_of(postmortem) if check.key.startswith("section-")]
    assert len(asked) == 1 and "What happened" in asked[0]


def test_a_part_that_a_note_does_not_ask_for_can_be_added_and_then_stays(cast, sign_in):
    postmortem, client = draft(cast.author, depth="note"), sign_in(cast.author)
    page = client.get(f"/postmortems/{postmortem.reference}/edit/").content.decode()
    assert "Also possible" in page and f"/postmortems/{postmortem.reference}/edit/countermeasure/add/" in page
    client.post(
        f"/postmortems/{postmortem.reference}/edit/observation/add/", {"text": "We were lucky", "kind": "lucky"}
    )
    assert "observation" in [group.kind for group, _ in desk_of(postmortem)]
    Learning.add(postmortem, cast.author, claim="Even a note teaches")
    assert "Also possible" not in client.get(f"/postmortems/{draft(cast.author).reference}/edit/").content.decode()


def test_severity_suggests_the_depth_and_the_writer_decides(cast, sign_in):
    client = sign_in(cast.author)
    assert dict(Severity.objects.values_list("slug", "depth")) == {
        "sev1": "deep", "sev2": "standard", "sev3": "standard", "sev4": "note",
    }  # fmt: skip
    for sent, depth in (
        ({"severity": "sev4"}, "note"),
        ({"severity": "sev4", "depth": "deep"}, "deep"),
        ({}, "standard"),
    ):
        client.post("/postmortems/new/", {"title": "T", "kind": "incident", **sent})
        assert Postmortem.objects.order_by("-pk").first().depth == depth
    postmortem = draft(cast.author, severity=Severity.objects.get(slug="sev1"))
    assert "SEV 1 suggests deep." in client.get(f"/postmortems/{postmortem.reference}/edit/details/").content.decode()


def test_without_rows_the_defaults_ask(cast):
    Prompt.objects.all().delete()
    postmortem = draft(cast.author, depth="note")
    assert kinds(postmortem) == ["narrative"] and Guide.of(postmortem).question("factor") == QUESTIONS["factor", ""]


def test_administrators_edit_questions_and_cannot_lose_one(cast, sign_in):
    client, row = sign_in(cast.admin), Prompt.objects.first()
    assert client.get("/admin/postmortems/prompt/").status_code == 200
    fields = {"question": "How did it look?", "shown": "on", "place": "1"}
    assert client.post(f"/admin/postmortems/prompt/{row.pk}/change/", fields).status_code == 302
    row.refresh_from_db()
    assert row.question == "How did it look?"
    assert client.get("/admin/postmortems/prompt/add/").status_code == 403
    assert client.post(f"/admin/postmortems/prompt/{row.pk}/delete/").status_code == 403
