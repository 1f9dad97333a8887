"""Rows of every kind: added, changed, moved and removed, with htmx and without; versions checked, nothing lost."""

import datetime
import re

import pytest

from postmortems.models import (
    PART_MODELS,
    Change,
    ContributingFactor,
    Countermeasure,
    ImpactMeasure,
    Learning,
    Milestone,
    Observation,
    Participant,
    Section,
    TimelineEntry,
)
from tests.postmortems.builders import draft

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}

# kind → (the least that a person types for it, the field that shows it, a changed value)
LEAST = {
    "section": ({"kind": "background", "text": "before"}, "text", "after"),
    "participant": ({"name": "before", "function": "responder"}, "name", "after"),
    "milestone": ({"type": "started", "note": "before", "zone": "UTC"}, "note", "after"),
    "impact": ({"metric": "before", "affected": "users", "quality": "estimated"}, "metric", "after"),
    "entry": ({"text": "before", "kind": "action", "zone": "UTC", "source": "typed"}, "text", "after"),
    "perspective": ({"text": "before"}, "text", "after"),
    "question": ({"text": "before", "status": "open"}, "text", "after"),
    "factor": ({"statement": "before", "role": "enabled"}, "statement", "after"),
    "observation": ({"text": "before", "kind": "went_well"}, "text", "after"),
    "learning": ({"claim": "before"}, "claim", "after"),
    "countermeasure": (
        {"statement": "before", "kind": "prevent", "strength": "stronger", "priority": "normal"}, "statement", "after",
    ),
    "evidence": ({"kind": "log", "excerpt": "line", "caption": "before", "zone": "UTC"}, "caption", "after"),
}  # fmt: skip


def desk(postmortem, kind, uid=""):
    return f"/postmortems/{postmortem.reference}/edit/{kind}/" + (f"{uid}/" if uid else "add/")


def entry(postmortem, text, when="2026-03-01T13:00:00+00:00"):
    return TimelineEntry.add(postmortem, postmortem.owner, text=text, at=datetime.datetime.fromisoformat(when))


def test_every_kind_of_part_has_its_least_form_here():
    assert set(LEAST) == set(PART_MODELS)


@pytest.mark.parametrize("kind", LEAST)
def test_a_part_is_added_changed_and_removed_without_a_script(cast, sign_in, kind):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    typed, field, changed = LEAST[kind]
    assert "<form" in client.get(desk(postmortem, kind)).content.decode()
    answer = client.post(desk(postmortem, kind), typed)
    part = PART_MODELS[kind].objects.filter(postmortem=postmortem).latest("pk")
    assert answer.url == f"/postmortems/{postmortem.reference}/edit/#{part.anchor}" and getattr(part, field) == "before"
    page = client.get(desk(postmortem, kind, part.uid)).content.decode()
    assert "before" in page and f'name="version" value="{part.version}"' in page
    answer = client.post(desk(postmortem, kind, part.uid), typed | {field: changed, "version": part.version})
    assert answer.status_code == 302, answer.content.decode()
    part.refresh_from_db()
    assert getattr(part, field) == "after" and part.version == 2
    remove = desk(postmortem, kind, part.uid) + "remove/"
    assert "after" in client.get(remove).content.decode()
    assert client.post(remove, {"version": 2}).status_code == 302
    assert not PART_MODELS[kind].objects.filter(pk=part.pk).exists()
    assert Change.objects.last().before[field] == "after"


@pytest.mark.parametrize("kind", LEAST)
def test_a_part_is_swapped_in_place_with_htmx(cast, sign_in, kind):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    typed, field, changed = LEAST[kind]
    assert "<html" not in client.get(desk(postmortem, kind), headers=HTMX).content.decode()
    answer = client.post(desk(postmortem, kind), typed, headers=HTMX)
    part = PART_MODELS[kind].objects.filter(postmortem=postmortem).latest("pk")
    assert answer.status_code == 200 and part.anchor in answer.content.decode() and answer.headers["HX-Retarget"]
    form = client.get(desk(postmortem, kind, part.uid), headers=HTMX).content.decode()
    assert f'id="{part.anchor}"' in form and "<html" not in form
    answer = client.post(desk(postmortem, kind, part.uid), typed | {field: changed, "version": 1}, headers=HTMX)
    assert answer.status_code == 200 and "after" in answer.content.decode()
    assert answer.headers["X-Saved-Version"] and f'id="{part.anchor}"' in answer.content.decode()
    shown = client.get(desk(postmortem, kind, part.uid) + "show/", headers=HTMX).content.decode()
    assert "after" in shown and "data-save" not in shown


@pytest.mark.parametrize("kind", LEAST)
@pytest.mark.parametrize("htmx", [{}, HTMX])
def test_a_conflict_shows_both_versions_and_the_second_save_wins_knowingly(cast, sign_in, kind, htmx):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    typed, field, _ = LEAST[kind]
    client.post(desk(postmortem, kind), typed)
    part = PART_MODELS[kind].objects.filter(postmortem=postmortem).latest("pk")
    PART_MODELS[kind].objects.select_related("postmortem").get(pk=part.pk).change(cast.teammate, 1, **{field: "theirs"})
    answer = client.post(desk(postmortem, kind, part.uid), typed | {field: "mine", "version": 1}, headers=htmx)
    page = answer.content.decode()
    assert answer.status_code == 409 and "theirs" in page and "mine" in page and ("<html" in page) == (not htmx)
    part.refresh_from_db()
    assert getattr(part, field) == "theirs"
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    client.post(desk(postmortem, kind, part.uid), typed | {field: "mine", "version": version}, headers=htmx)
    part.refresh_from_db()
    assert getattr(part, field) == "mine" and part.version == 3


@pytest.mark.parametrize("kind", LEAST)
def test_a_part_removed_meanwhile_says_so_and_offers_the_text_as_a_new_one(cast, sign_in, kind):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    typed, field, _ = LEAST[kind]
    client.post(desk(postmortem, kind), typed)
    part = PART_MODELS[kind].objects.filter(postmortem=postmortem).latest("pk")
    part.remove(cast.teammate, 1)
    answer = client.post(desk(postmortem, kind, part.uid), typed | {field: "mine", "version": 1})
    page = answer.content.decode()
    assert answer.status_code == 409 and "mine" in page and "Somebody removed this" in page
    assert f'action="{desk(postmortem, kind)}"' in page


@pytest.mark.parametrize("version, status", [("", 428), ("99", 400), ("x", 400), ("-1", 400), ("9" * 30, 400)])
def test_a_version_that_cannot_be_is_refused_and_the_text_kept(cast, sign_in, version, status):
    postmortem = draft(cast.author)
    section = postmortem.section_set.first()
    answer = sign_in(cast.author).post(
        desk(postmortem, "section", section.uid), {"text": "typed words", "version": version}
    )
    assert answer.status_code == status and "typed words" in answer.content.decode()
    section.refresh_from_db()
    assert section.text == ""


def test_a_row_changed_meanwhile_is_not_removed(cast, sign_in):
    postmortem = draft(cast.author)
    factor = ContributingFactor.add(postmortem, cast.author, statement="first")
    factor.change(cast.teammate, 1, statement="second")
    answer = sign_in(cast.author).post(desk(postmortem, "factor", factor.uid) + "remove/", {"version": 1})
    assert answer.status_code == 409 and "second" in answer.content.decode()
    assert ContributingFactor.objects.filter(pk=factor.pk).exists()


@pytest.mark.parametrize("kind", LEAST)
def test_undo_brings_a_removed_row_back(cast, sign_in, kind):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    typed, field, _ = LEAST[kind]
    client.post(desk(postmortem, kind), typed)
    part = PART_MODELS[kind].objects.filter(postmortem=postmortem).latest("pk")
    page = client.post(desk(postmortem, kind, part.uid) + "remove/", {"version": 1}, headers=HTMX).content.decode()
    address = re.search(r'action="(/postmortems/[^"]+/restore/)"', page)[1]
    answer = client.post(address, {"to": "before", "back": "desk"}, headers=HTMX)
    assert answer.status_code == 200 and f'id="{part.anchor}"' in answer.content.decode()
    again = PART_MODELS[kind].objects.get(uid=part.uid)
    assert getattr(again, field) == "before" and again.position == part.position
    assert again.as_data() == part.as_data()


def test_rows_move_up_and_down(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    rows = [Learning.add(postmortem, cast.author, claim=word) for word in ("one", "two", "three")]

    def order():
        return list(Learning.objects.filter(postmortem=postmortem).values_list("claim", flat=True))

    def move(row, direction, **options):
        return client.post(desk(postmortem, "learning", row.uid) + "move/", {"direction": direction}, **options)

    assert move(rows[2], "up").status_code == 302 and order() == ["one", "three", "two"]
    assert move(rows[0], "down", headers=HTMX).status_code == 200 and order() == ["three", "one", "two"]
    move(rows[2], "up")
    assert order() == ["three", "one", "two"], "the first stays the first"
    move(rows[1], "down")
    assert order() == ["three", "one", "two"], "the last stays the last"


def test_a_claim_has_three_hundred_characters_at_most(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    answer = client.post(desk(postmortem, "learning"), {"claim": "x" * 301})
    assert answer.status_code == 422 and "301" in answer.content.decode() and "x" * 301 in answer.content.decode()
    assert client.post(desk(postmortem, "learning"), {"claim": "x" * 300}).status_code == 302


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb"])
def test_control_characters_are_refused_with_their_place(cast, sign_in, text):
    postmortem = draft(cast.author)
    section = postmortem.section_set.first()
    answer = sign_in(cast.author).post(desk(postmortem, "section", section.uid), {"text": text, "version": 1})
    assert answer.status_code == 422 and "at character 2" in answer.content.decode()


def test_text_is_stored_as_typed_but_for_its_line_ends(cast, sign_in):
    postmortem = draft(cast.author)
    section = postmortem.section_set.first()
    text = "    code first\r\n\r\n\u202eturned\u202c  \r\n<script>alert(1)</script>"
    sign_in(cast.author).post(desk(postmortem, "section", section.uid), {"text": text, "version": 1})
    section.refresh_from_db()
    assert section.text == text.replace("\r\n", "\n")
    assert "<script" not in section.text_html


def test_a_section_is_skipped_with_a_reason(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    section = postmortem.section_set.get(kind="detection")
    client.post(
        desk(postmortem, "section", section.uid), {"text": "", "skipped_because": "a customer called", "version": 1}
    )
    page = client.get(f"/postmortems/{postmortem.reference}/edit/").content.decode()
    assert "Skipped, because a customer called" in page
    assert f"section-{section.uid}" not in {check.key for check in postmortem.publication_checks()}


def test_a_section_kind_stands_once_but_others_as_often_as_wanted(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    assert client.post(desk(postmortem, "section"), {"kind": "summary", "text": "x"}).status_code == 422
    for _ in range(2):
        assert (
            client.post(desk(postmortem, "section"), {"kind": "other", "title": "Notes", "text": "x"}).status_code
            == 302
        )
    assert Section.objects.filter(postmortem=postmortem, title="Notes").count() == 2


def test_rows_of_another_postmortem_cannot_be_named(cast, sign_in):
    own, other = draft(cast.author), draft(cast.stranger, "Elsewhere")
    factor = ContributingFactor.add(other, cast.stranger, statement="theirs")
    person = Participant.add(other, cast.stranger, name="their responder")
    client = sign_in(cast.author)
    answer = client.post(desk(own, "entry"), LEAST["entry"][0] | {"participant": person.uid})
    assert answer.status_code == 422 and not TimelineEntry.objects.exists()
    client.post(desk(own, "countermeasure"), LEAST["countermeasure"][0] | {"factors": [factor.uid]})
    assert not Countermeasure.objects.filter(factors=factor).exists()
    assert client.get(desk(own, "factor", factor.uid)).status_code == 404


def test_a_countermeasure_answers_factors_and_observations(cast, sign_in):
    postmortem = draft(cast.author)
    factor = ContributingFactor.add(postmortem, cast.author, statement="no limit")
    seen = Observation.add(postmortem, cast.author, kind="lucky", text="it was Sunday")
    sent = LEAST["countermeasure"][0] | {
        "factors": [factor.uid], "observations": [seen.uid], "owner": "Tom Teammate", "team": "Payments",
        "due_on": "2026-04-01", "ticket": "https://tickets.example.org/1", "expected_outcome": "no storms",
    }  # fmt: skip
    assert sign_in(cast.author).post(desk(postmortem, "countermeasure"), sent).status_code == 302
    row = Countermeasure.objects.get()
    assert list(row.factors.all()) == [factor] and list(row.observations.all()) == [seen]
    assert row.owner == cast.teammate and row.team == cast.payments and row.reference == "CM-1"


def test_a_ticket_is_a_web_address(cast, sign_in):
    sent = LEAST["countermeasure"][0] | {"ticket": "javascript:alert(1)"}
    answer = sign_in(cast.author).post(desk(draft(cast.author), "countermeasure"), sent)
    assert answer.status_code == 422 and not Countermeasure.objects.exists()


def test_a_person_stands_once_on_the_list(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    sent = {"user": "author", "function": "commander"}
    assert client.post(desk(postmortem, "participant"), sent).status_code == 302
    answer = client.post(desk(postmortem, "participant"), sent)
    assert answer.status_code == 422 and "already on the list" in answer.content.decode()
    assert client.post(desk(postmortem, "participant"), {"function": "other"}).status_code == 422


def test_a_value_is_shown_without_the_zeros_of_its_column(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    row = ImpactMeasure.add(postmortem, cast.author, metric="requests", value="1240", unit="requests")
    assert 'value="1240"' in client.get(desk(postmortem, "impact", row.uid)).content.decode()
    assert "1,240 requests" in client.get(f"/postmortems/{postmortem.reference}/edit/").content.decode()


def test_a_theme_is_made_when_it_is_first_named(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    for _ in range(2):
        client.post(desk(postmortem, "factor"), LEAST["factor"][0] | {"theme_name": "Retry storms"})
    themes = {factor.theme.name for factor in ContributingFactor.objects.select_related("theme")}
    assert themes == {"Retry storms"}


def test_suggestions_hold_no_word_that_the_writer_may_not_know(cast, sign_in):
    from postmortems.models import Tag

    secret = draft(cast.stranger, "Secret", visibility="restricted")
    secret.tags.add(Tag.objects.named("projectzebra"))
    own = draft(cast.author)
    own.tags.add(Tag.objects.named("retries"))
    page = sign_in(cast.author).get(f"/postmortems/{own.reference}/edit/details/").content.decode()
    assert "retries" in page and "projectzebra" not in page


def test_no_primary_key_stands_in_a_form(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    person = Participant.add(postmortem, cast.author, user=cast.author)
    row = entry(postmortem, "seen")
    row.change(cast.author, 1, participant=person)
    page = client.get(desk(postmortem, "entry", row.uid)).content.decode()
    assert f'<option value="{person.uid}" selected>' in page
    assert not re.search(rf'<option value="{person.pk}"', page)


def test_saving_a_section_costs_few_queries(cast, sign_in, django_assert_max_num_queries):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    section = postmortem.section_set.first()
    with django_assert_max_num_queries(24):
        answer = client.post(desk(postmortem, "section", section.uid), {"text": "words", "version": 1}, headers=HTMX)
    assert answer.status_code == 200


def test_the_row_under_the_timeline_keeps_a_day_that_can_be_seen(cast, sign_in, clock):
    clock.at("2026-03-02T23:30:00+00:00")
    postmortem, client = draft(cast.author, zone="Europe/Berlin"), sign_in(cast.author)
    address = f"/postmortems/{postmortem.reference}/edit/"
    assert 'name="day" value="2026-03-03"' in client.get(address).content.decode()  # today, where it happened
    Milestone.add(postmortem, cast.author, type="started", at=datetime.datetime.fromisoformat("2026-03-01T13:00Z"))
    assert 'name="day" value="2026-03-01"' in client.get(address).content.decode()
    entry(postmortem, "An hour before", "2026-02-28T12:00:00+00:00")
    assert 'name="day" value="2026-02-28"' in client.get(address).content.decode()
