"""Review: peers are asked by name, answer seven questions, approve or ask for changes."""

import pytest

from postmortems.models import Participant, Review
from postmortems.models.reviews import QUESTIONS
from tests.postmortems.builders import ANSWERS, draft, in_review, published

pytestmark = pytest.mark.django_db


def page(postmortem, word):
    return f"/postmortems/{postmortem.reference}/{word}/"


def test_reviewers_are_asked_by_name_and_from_the_teams(cast, sign_in):
    postmortem = draft(cast.author)
    client = sign_in(cast.author)
    shown = client.get(page(postmortem, "submit")).content.decode()
    assert "Tom Teammate" in shown and f'value="{cast.author.uid}"' not in shown
    answer = client.post(page(postmortem, "submit"), {"names": "Sam Stranger", "colleagues": [cast.teammate.uid]})
    assert answer.url == page(postmortem, "review")
    postmortem.refresh_from_db()
    assert postmortem.status == "in_review"
    assert {review.reviewer for review in Review.objects.all()} == {cast.stranger, cast.teammate}


@pytest.mark.parametrize("names, word", [("Nobody", "Nobody here is called"), ("reader", "role reader")])
def test_whoever_cannot_review_is_named_and_nothing_is_submitted(cast, sign_in, names, word):
    postmortem = draft(cast.author)
    answer = sign_in(cast.author).post(page(postmortem, "submit"), {"names": names})
    assert answer.status_code == 422 and word in answer.content.decode() and names in answer.content.decode()
    postmortem.refresh_from_db()
    assert postmortem.status == "draft" and not Review.objects.exists()


def test_more_people_can_be_asked_while_it_is_in_review(cast, sign_in):
    postmortem = in_review(cast.author, cast.stranger)
    client = sign_in(cast.author)
    assert client.post(page(postmortem, "submit"), {"names": ""}).status_code == 422
    assert client.post(page(postmortem, "submit"), {"names": "security"}).status_code == 302
    assert Review.objects.count() == 2


def test_a_reviewer_sees_the_seven_questions_and_approves(cast, sign_in):
    postmortem = in_review(cast.author, cast.stranger)
    client = sign_in(cast.stranger)
    shown = client.get(page(postmortem, "review")).content.decode()
    for key in QUESTIONS:
        assert f'name="{key}"' in shown
    answer = client.post(page(postmortem, "review"), ANSWERS | {"outcome": "approved", "comment": "Clear."})
    assert answer.status_code == 302
    review = Review.objects.get()
    assert review.outcome == "approved" and review.is_complete and review.comment == "Clear."
    assert review.at_version == postmortem.version


def test_an_approval_without_an_answer_names_the_question_and_keeps_the_rest(cast, sign_in):
    postmortem = in_review(cast.author, cast.stranger)
    sent = ANSWERS | {"outcome": "approved", "comment": "typed words", "impact": ""}
    answer = sign_in(cast.stranger).post(page(postmortem, "review"), sent)
    shown = answer.content.decode()
    assert answer.status_code == 422 and "Answer this one" in shown and "typed words" in shown
    assert "the platform team" in shown
    assert Review.objects.get().outcome == ""


def test_changes_asked_need_no_full_answers_and_bring_it_back_to_draft(cast, sign_in):
    postmortem = in_review(cast.author, cast.stranger)
    sent = {"outcome": "changes_asked", "comment": "What did the alert say?", "impact": "no"}
    assert sign_in(cast.stranger).post(page(postmortem, "review"), sent).status_code == 302
    postmortem.refresh_from_db()
    assert postmortem.status == "draft"
    shown = sign_in(cast.author).get(page(postmortem, "review")).content.decode()
    assert "What did the alert say?" in shown and "changes asked" in shown


def test_the_owner_has_no_form_to_review_his_own(cast, sign_in):
    postmortem = in_review(cast.author, cast.stranger)
    client = sign_in(cast.author)
    assert 'name="outcome"' not in client.get(page(postmortem, "review")).content.decode()
    answer = client.post(page(postmortem, "review"), ANSWERS | {"outcome": "approved"})
    assert answer.status_code == 409 and Review.objects.get().outcome == ""


def test_a_review_by_somebody_who_took_part_says_that_it_does_not_open_the_gate(cast, sign_in):
    postmortem = in_review(cast.author, cast.teammate)
    Participant.add(postmortem, cast.author, user=cast.teammate)
    shown = sign_in(cast.teammate).get(page(postmortem, "review")).content.decode()
    assert "does not open the gate" in shown
    sign_in(cast.teammate).post(page(postmortem, "review"), ANSWERS | {"outcome": "approved"})
    assert not next(check for check in postmortem.publication_checks() if check.key == "review").ok


def test_a_review_sent_after_it_was_taken_back_is_shown_again(cast, sign_in):
    postmortem = in_review(cast.author, cast.stranger)
    assert sign_in(cast.author).post(page(postmortem, "take-back")).status_code == 302
    sent = ANSWERS | {"outcome": "approved", "comment": "typed words"}
    answer = sign_in(cast.stranger).post(page(postmortem, "review"), sent)
    assert answer.status_code == 409 and "typed words" in answer.content.decode()


def test_reviews_are_between_writers_and_reviewers(cast, sign_in):
    postmortem = published(cast.author, cast.stranger)
    assert sign_in(cast.reader).get(page(postmortem, "review")).status_code == 403
    assert sign_in(cast.stranger).get(page(postmortem, "review")).status_code == 200


def test_a_stale_approval_says_so(cast, sign_in):
    postmortem = in_review(cast.author, cast.stranger)
    Review.answer(postmortem, cast.stranger, outcome="approved", answers=ANSWERS)
    section = postmortem.section_set.first()
    section.change(cast.author, section.version, text="new words")
    assert "changed since" in sign_in(cast.author).get(page(postmortem, "review")).content.decode()
