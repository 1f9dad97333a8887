"""Perspectives stand side by side; questions are open, answered or parked, at an entry or at the whole."""

import re

import pytest
from django.core.exceptions import ValidationError

from postmortems.documents import documents_of
from postmortems.models import Participant, Perspective, Question, Snapshot, TimelineEntry
from tests.api.building import Api, problem
from tests.postmortems.builders import draft
from tests.postmortems.full import full

pytestmark = pytest.mark.django_db


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


@pytest.fixture
def debrief(cast):
    """A draft with a view by name, one by function, one of nobody, and questions of every state."""
    found = draft(cast.author)
    niamh = Participant.add(found, cast.author, name="Niamh Castellane", function="commander")
    entry = TimelineEntry.add(found, cast.author, text="The pool was full")
    Perspective.add(found, cast.author, participant=niamh, text="It looked like **the network**.")
    Perspective.add(found, cast.author, participant=niamh, by_function=True, text="I waited.")
    Perspective.add(found, cast.author, text="From outside nothing could be seen.")
    Question.add(found, cast.author, text="Who was told?", entry=entry)
    Question.add(found, cast.author, text="What filled it?", status="answered", answer="Retries.")
    Question.add(found, cast.author, text="Does it happen elsewhere?", status="parked", answer="Next quarter.")
    return found


def test_views_are_read_side_by_side_by_name_or_by_function(cast, sign_in, debrief):
    said = text_of(sign_in(cast.author).get(debrief.get_absolute_url()))
    assert "Niamh Castellane, incident commander It looked like the network ." in said
    assert "Incident commander I waited." in said
    assert "Somebody who was there From outside nothing" in said


def test_questions_are_read_with_their_state_and_at_their_entry(cast, sign_in, debrief):
    page = sign_in(cast.author).get(debrief.get_absolute_url())
    said, entry = text_of(page), TimelineEntry.objects.get()
    assert "Open question : Who was told?" in said, "it stands at its entry"
    assert f'<a href="#{entry.anchor}">about an entry of the timeline</a>' in page.content.decode()
    assert "What filled it? Retries. Answered" in said and "Next quarter. Parked" in said


def test_both_stand_on_the_desk_and_lead_to_the_entry(cast, sign_in, debrief):
    page = sign_in(cast.author).get(f"{debrief.get_absolute_url()}edit/").content.decode()
    assert 'id="perspectives"' in page and 'id="questions"' in page
    assert f'<a href="#{TimelineEntry.objects.get().anchor}">about ' in page


def test_a_note_is_not_asked_for_them_but_shows_what_it_has(cast, sign_in):
    note = draft(cast.author, depth="note")
    desk = f"{note.get_absolute_url()}edit/"
    offered = {kind: f'<div id="{kind}">' for kind in ("perspectives", "questions")}  # under “Also possible”
    page = sign_in(cast.author).get(desk).content.decode()
    assert "Also possible" in page and all(div in page for div in offered.values())
    Perspective.add(note, cast.author, text="From here")
    page = sign_in(cast.author).get(desk).content.decode()
    assert 'id="perspectives"' in page and offered["perspectives"] not in page and offered["questions"] in page


def test_an_answer_makes_a_question_answered_and_an_answered_one_has_an_answer(cast, sign_in, debrief):
    question, client = Question.objects.get(text="Who was told?"), sign_in(cast.author)
    address = f"{debrief.get_absolute_url()}edit/question/{question.uid}/"
    sent = {"text": question.text, "status": "open", "answer": "The shop.", "version": 1}
    assert client.post(address, sent).status_code == 302
    question.refresh_from_db()
    assert (question.status, question.answer_html.strip()) == ("answered", "<p>The shop.</p>")
    answer = client.post(address, {**sent, "status": "answered", "answer": "", "version": 2})
    assert answer.status_code == 422 and "Write the answer" in answer.content.decode()
    with pytest.raises(ValidationError, match="Write the answer"):
        Question.add(debrief, cast.author, text="And?", status="answered")


def test_the_form_offers_the_entries_with_their_times(cast, sign_in, debrief):
    page = sign_in(cast.author).get(f"{debrief.get_absolute_url()}edit/question/add/").content.decode()
    assert f'<option value="{TimelineEntry.objects.get().uid}">time unknown · The pool was full</option>' in page


def test_a_question_outlives_its_entry(cast, debrief):
    TimelineEntry.objects.get().remove(cast.author, 1)
    assert Question.objects.get(text="Who was told?").entry is None


def test_open_questions_are_counted_before_publication_and_block_nothing(cast, debrief):
    Question.add(debrief, cast.author, text="And who else?")
    asked = [check for check in debrief.publication_checks() if check.key == "asked"]
    assert asked[0].todo.startswith("2 questions are still open.") and not asked[0].blocks
    assert asked[0].anchor == "questions"
    Question.objects.update(status="parked")
    assert not [check for check in debrief.publication_checks() if check.key == "asked"]


def test_both_are_found_by_search_and_kept_in_snapshots(cast):
    published = full(cast.author, cast.facilitator)
    parts = {section.part: section.text for section in next(documents_of(published)).sections}
    assert parts["perspectives"] == "perspective 1" and parts["questions"] == "question 1\nanswer 1"
    data = Snapshot.objects.filter(postmortem=published).last().data
    assert [row["text"] for row in data["perspective"]] == ["perspective 0", "perspective 1"]
    assert data["question"][0]["answer"] == "answer 0" and data["question"][0]["entry"] == data["entry"][0]["uid"]


def test_the_api_reads_and_writes_them(cast, debrief):
    api, path = Api(cast.author), f"postmortems/{debrief.reference}/"
    body = api.get(path).json()
    assert [view["by_function"] for view in body["perspectives"]] == [False, True, False]
    assert [question["status"] for question in body["questions"]] == ["open", "answered", "parked"]
    assert body["questions"][0]["entry"] == body["timeline"][0]["uid"]
    refused = api.post(path + "questions/", {"text": "Why now?", "status": "answered"})
    assert "says its answer" in str(problem(refused, 400))
