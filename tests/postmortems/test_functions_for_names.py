"""Functions instead of names: found in every text, replaced everywhere, and taken back without losing an edit."""

import pytest
from django.core.exceptions import PermissionDenied

from kb.events.drain import drain
from postmortems.exporting.record import record_of
from postmortems.functions import Replacer, numbered, person
from postmortems.models import Comment, FunctionsForNames, NotPossible, Observation, Participant, Postmortem, Review
from postmortems.models.naming import plan_of
from search.lookup import search_for
from tests.postmortems.builders import ANSWERS, published
from tests.postmortems.full import full_draft

ADA = person("1", "the incident commander", "Ada Lovelace", "ada", "countess")
BOB = person("2", "responder 1", "Bob May", "bob")


@pytest.mark.parametrize("text, expected", [
    ("Ada rolled back.", "The incident commander rolled back."),
    ("Then Ada Lovelace and Bob looked.", "Then the incident commander and responder 1 looked."),
    ("It was Ada's idea; Bob’s too.", "It was the incident commander’s idea; responder 1’s too."),
    ("ask @ada or COUNTESS", "ask the incident commander or the incident commander"),
    ("`ssh bob@db1`", "`ssh responder 1@db1`"), ("- Bob: ok", "- Responder 1: ok"),
    ("done. Bob left", "done. Responder 1 left"),
    ("It may help in May.", "It may help in responder 1."), ("Adaptive bobbins, Canada", "Adaptive bobbins, Canada"),
    ("Lovelace signed", "The incident commander signed"), ("", ""),
])  # fmt: skip
def test_names_are_found_as_people_write_them(text, expected):
    assert Replacer([ADA, BOB])(text)[0] == expected


def test_several_of_one_function_are_told_apart():
    assert numbered(["responder", "scribe", "responder"]) == ["responder 1", "the scribe", "responder 2"]


def test_nobody_to_replace_replaces_nothing():
    assert Replacer([])("Ada") == ("Ada", 0)


@pytest.fixture
def paper(cast):
    """Published; Ada Author commanded, Tom Teammate responded, and texts of every kind name them."""
    found = full_draft(cast.author, title="Ada stopped the deploy")
    Participant.add(found, cast.author, user=cast.author, function="commander")
    Participant.add(found, cast.author, user=cast.teammate, function="scribe")
    Participant.add(found, cast.author, name="Zoe Quill", function="customer_contact")
    section = found.section_set.get(kind="narrative")
    section.change(cast.author, section.version, text="Tom saw it; Zoe Quill called. Tom's guess was right.")
    Observation.add(found, cast.author, kind="went_well", text="@teammate was quick", no_countermeasure_because="Tom!")
    Comment.say(found, cast.facilitator, "As Ada said")
    return published_one(found, cast)


def published_one(found, cast):
    found.submit_for_review(cast.author, [cast.stranger])
    Review.answer(found, cast.stranger, outcome="approved", answers=ANSWERS)
    return found.publish(cast.author)


def apply(paper, by):
    return FunctionsForNames.apply(paper, by, {one.key for one in plan_of(paper)})


WORDS = ("Tom", "Zoe", "Quill", "@teammate", "Ada stopped", "As Ada")


def what_readers_get(paper, reader, client):
    """Everything about it that a reader can fetch, as one text."""
    drain("index")
    pages = ["", "history/", "comments/", "debrief/agenda/"]
    texts = [client.get(f"/postmortems/{paper.reference}/{page}").content.decode() for page in pages]
    texts += [client.get(f"/postmortems/{paper.reference}.{kind}").content.decode() for kind in ("md", "json")]
    texts += [client.get(f"/api/v1/postmortems/{paper.reference}/").content.decode()]
    texts += [client.get("/search/", {"q": "quick guess stopped"}).content.decode()]
    return "\n".join(texts)


@pytest.mark.django_db
def test_no_name_of_who_took_part_is_left_anywhere_for_a_reader(cast, sign_in, paper):
    client = sign_in(cast.reader)
    assert all(word in what_readers_get(paper, cast.reader, client) for word in ("Tom", "Zoe Quill", "Ada stopped"))
    apply(paper, cast.author)
    said = what_readers_get(paper, cast.reader, client)
    assert [word for word in WORDS if word in said] == []
    assert "The incident commander stopped the deploy" in said and "the scribe" in said.lower()
    assert search_for(cast.reader, "Quill").total == 0


@pytest.mark.django_db
def test_the_history_before_it_is_for_those_who_may_edit(cast, sign_in, paper):
    address = f"/postmortems/{paper.reference}/history/"
    section = paper.section_set.get(kind="narrative")
    section.change(cast.author, section.version, text=section.text + " Tom again.")
    assert "Tom again" in sign_in(cast.reader).get(address).content.decode()
    apply(paper, cast.author)
    assert "Tom" not in sign_in(cast.reader).get(address).content.decode()
    assert "Tom" in sign_in(cast.author).get(address).content.decode()
    section.refresh_from_db()
    section.change(cast.author, section.version, text=section.text + " Later words.")
    page = sign_in(cast.reader).get(address).content.decode()
    assert "Later words" in page and "Tom" not in page


@pytest.mark.django_db
def test_it_is_taken_back_completely(cast, paper):
    before = record_of(Postmortem.objects.get(pk=paper.pk))
    comment = paper.comments.get().text
    apply(paper, cast.author)
    assert record_of(Postmortem.objects.get(pk=paper.pk)) != before
    assert FunctionsForNames.objects.get().take_back(cast.author) == 0
    assert record_of(Postmortem.objects.get(pk=paper.pk)) == before and paper.comments.get().text == comment


@pytest.mark.django_db
def test_what_was_edited_since_keeps_its_edits(cast, paper):
    apply(paper, cast.author)
    section = paper.section_set.get(kind="narrative")
    section.change(cast.author, section.version, text=f"{section.text}\n\nA new last line.")
    row = paper.observation_set.get(text__contains="was quick")
    row.change(cast.author, row.version, text="All of it rewritten")
    left = FunctionsForNames.objects.get().take_back(cast.author)
    section.refresh_from_db(), row.refresh_from_db()
    assert section.text == "Tom saw it; Zoe Quill called. Tom's guess was right.\n\nA new last line."
    assert row.text == "All of it rewritten" and left == 1


@pytest.mark.django_db
def test_what_is_unticked_stays_and_its_lead_decides(cast, sign_in, paper):
    address = f"/postmortems/{paper.reference}/functions/"
    page = sign_in(cast.author).get(address).content.decode()
    plan = plan_of(paper)
    assert all(one.key in page for one in plan) and "Zoe Quill" in page and "the customer contact" in page
    kept = next(one for one in plan if one.field == "no_countermeasure_because")
    wanted = [one.key for one in plan if one.key != kept.key]
    assert sign_in(cast.author).post(address, {"replace": wanted}).status_code == 302
    assert paper.observation_set.get(no_countermeasure_because="Tom!").text == "The scribe was quick"
    assert "Show names again" in sign_in(cast.author).get(address).content.decode()
    with pytest.raises(NotPossible, match="already"):
        apply(paper, cast.author)
    with pytest.raises(PermissionDenied):
        FunctionsForNames.objects.get().take_back(cast.teammate)
    assert sign_in(cast.teammate).get(address).status_code == 403
    sign_in(cast.author).post(f"{address}take-back/")
    assert not FunctionsForNames.objects.exists()


@pytest.mark.django_db
def test_without_people_there_is_nothing_to_replace(cast, sign_in):
    found = published(cast.author, cast.teammate)
    page = sign_in(cast.author).get(f"/postmortems/{found.reference}/functions/").content.decode()
    assert "Nobody is named as taking part" in page
