"""The coach beside the text: questions after a save, answers that last, and nothing about who."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kb.accounts.models import User
from postmortems.coaching import HANDFUL, Coach, by_family
from postmortems.models import (
    CoachAnswer,
    CoachException,
    ContributingFactor,
    Countermeasure,
    Observation,
    Participant,
    Section,
    TimelineEntry,
)
from tests.postmortems.builders import draft, in_review

pytestmark = pytest.mark.django_db
BLAME = "The engineer failed to check the backup."
WORDS = "failed to check"


@pytest.fixture
def postmortem(cast):
    return draft(cast.author)


@pytest.fixture
def told(postmortem, cast):
    """A section with one blameful sentence."""
    section = Section.objects.get(postmortem=postmortem, kind="narrative")
    return section.change(cast.author, section.version, text=BLAME)


def notes(postmortem, part):
    return [note.finding.rule.id for note in Coach(postmortem).margin(part).open]


def address(name, part, kind="section"):
    return reverse(name, args=[part.postmortem.reference, kind, part.uid])


def answer(client, part, answer, *, rule="C4", words=WORDS, htmx=False, **more):
    headers = {"HX-Request": "true"} if htmx else {}
    data = {"rule": rule, "words": words, "answer": answer, **more}
    return client.post(address("answer_coach", part), data, headers=headers)


def test_saving_a_part_asks_about_its_words(told, cast, sign_in):
    client = sign_in(cast.author)
    data = {"text": BLAME + " Late.", "version": told.version}
    saved = client.post(address("edit_part", told), data, headers={"HX-Request": "true"}).content.decode()
    assert f'hx-get="{address("coach_part", told)}" hx-trigger="load"' in saved, "the saved row asks for its margin"
    page = client.get(address("coach_part", told), headers={"HX-Request": "true"}).content.decode()
    assert "failed to check</q>" in page and "Dekker" not in page and "Bergström" in page


def test_a_clean_part_is_left_in_peace(postmortem, cast, sign_in):
    section = Section.objects.get(postmortem=postmortem, kind="narrative")
    data = {"text": "The health check failed to detect it.", "version": section.version}
    page = sign_in(cast.author).post(address("edit_part", section), data, headers={"HX-Request": "true"})
    assert "coach-note" not in page.content.decode()


def test_what_is_typed_is_read_and_not_written(told, cast, sign_in):
    client = sign_in(cast.author)
    typed = {"text": "It was human error.", "version": told.version}
    page = client.post(address("coach_part", told), typed, headers={"HX-Request": "true"}).content.decode()
    assert "human error</q>" in page and WORDS not in page
    told.refresh_from_db()
    assert told.text == BLAME


def test_a_row_that_is_being_added_is_read_as_what_it_will_be(postmortem, cast, sign_in):
    client = sign_in(cast.author)
    place = reverse("coach_part", args=[postmortem.reference, "observation", "new"])
    told = {"text": "We could have lost the whole queue.", "kind": "lucky"}
    assert "coach-note" not in client.post(place, told, headers={"HX-Request": "true"}).content.decode()
    told = {"text": "The team ignored the alert.", "kind": "went_poorly"}
    page = client.post(place, told, headers={"HX-Request": "true"}).content.decode()
    assert "ignored</q>" in page and "answer_coach" not in page and "<form" not in page


def test_without_a_script_there_is_a_page_per_part_and_one_for_all(told, cast, sign_in):
    client = sign_in(cast.author)
    for page in (
        client.get(address("coach_part", told)),
        client.get(reverse("coach", args=[told.postmortem.reference])),
    ):
        text = page.content.decode()
        assert page.status_code == 200 and WORDS in text and "Keep, because" in text and "Not a match" in text


def test_words_that_are_kept_with_a_reason_are_not_asked_about_again(told, cast, sign_in):
    client = sign_in(cast.author)
    assert answer(client, told, "kept", because="It is how the vendor put it").status_code == 302
    assert notes(told.postmortem, told) == []
    page = client.get(address("coach_part", told)).content.decode()
    assert "stays, because It is how the vendor put it" in page
    answer(client, told, "again")
    assert notes(told.postmortem, told) == ["C4"]


def test_keeping_wants_a_reason(told, cast, sign_in):
    page = answer(sign_in(cast.author), told, "kept", because="  ", htmx=True).content.decode()
    assert "Say in a few words" in page and notes(told.postmortem, told) == ["C4"]


def test_not_a_match_teaches_the_installation(told, cast, sign_in):
    client = sign_in(cast.author)
    answer(client, told, "no_match", words="what is not there", htmx=True)
    assert CoachException.known() == set()
    answer(client, told, "no_match", htmx=True)
    assert CoachException.known() == {("C4", "the engineer failed to check the backup")}
    other = draft(cast.stranger)
    section = Section.objects.get(postmortem=other, kind="narrative")
    section.change(cast.stranger, section.version, text=f"{BLAME}\n\nThe operator failed to check the valve.")
    assert [note.finding.start > len(BLAME) for note in Coach(other).margin(section).open] == [True]


def test_words_of_a_restricted_postmortem_stay_with_it(cast, sign_in):
    postmortem = draft(cast.author, visibility="restricted")
    section = Section.objects.get(postmortem=postmortem, kind="narrative")
    section.change(cast.author, section.version, text=BLAME)
    answer(sign_in(cast.author), section, "no_match")
    assert CoachException.known() == set() and notes(postmortem, section) == []


def test_administrators_edit_what_the_coach_leaves_alone(told, cast, sign_in):
    client = sign_in(cast.admin)
    page = client.post(reverse("admin:postmortems_coachexception_add"), {"rule": "C4", "words": "Failed  to CHECK"})
    assert page.status_code == 302 and CoachException.known() == {("C4", WORDS)}
    assert notes(told.postmortem, told) == []
    CoachException.objects.get().delete()
    assert notes(told.postmortem, told) == ["C4"]


def test_answers_do_not_say_whose_they_are():
    related = {field.related_model for model in (CoachAnswer, CoachException) for field in model._meta.fields}
    assert User not in related


def test_an_answer_to_a_made_up_rule_is_nothing(told, cast, sign_in):
    assert answer(sign_in(cast.author), told, "kept", rule="Z9", because="x").status_code == 404
    assert answer(sign_in(cast.author), told, "shrug").status_code == 302
    assert not CoachAnswer.objects.exists()


def test_each_part_is_read_as_what_it_is(postmortem, cast):
    lucky = Observation.add(postmortem, cast.author, kind="lucky", text="We could have lost the queue.")
    poor = Observation.add(postmortem, cast.author, kind="went_poorly", text="We could have called earlier.")
    entry = TimelineEntry.add(postmortem, cast.author, text="Restart, because the queue was full")
    chat = TimelineEntry.add(postmortem, cast.author, text="why didn't you restart it??", source="chat")
    measure = Countermeasure.add(postmortem, cast.author, statement="Be more careful with wildcards")
    factor = ContributingFactor.add(postmortem, cast.author, statement="Human error")
    found = [notes(postmortem, part) for part in (lucky, poor, entry, chat, measure, factor)]
    assert found == [[], ["C2"], ["T1"], [], ["P1"], ["M1"]]


def test_people_of_the_postmortem_are_known_by_name(postmortem, cast):
    section = Section.objects.get(postmortem=postmortem, kind="narrative")
    section.change(cast.author, section.version, text="Zyxwa failed to check the backup.")
    assert notes(postmortem, section) == []
    Participant.add(postmortem, cast.author, name="Zyxwa Vut")
    assert notes(postmortem, section) == ["C4"]


def test_a_handful_stands_in_the_margin_strongest_first(postmortem, cast):
    section = Section.objects.get(postmortem=postmortem, kind="narrative")
    text = "Obviously the disk was full.\n\n" + "\n\n".join(f"{BLAME[:-1]} {n}." for n in range(HANDFUL + 1))
    section.change(cast.author, section.version, text=text)
    margin = Coach(postmortem).margin(section)
    assert len(margin.handful) == HANDFUL and margin.more == 2
    assert [note.finding.weight for note in margin.open] == ["coach"] * (HANDFUL + 1) + ["asks"]


def test_a_countermeasure_is_asked_how_one_will_see_that_it_is_finished(postmortem, cast, sign_in):
    place = reverse("coach_part", args=[postmortem.reference, "countermeasure", "new"])
    client = sign_in(cast.author)
    page = client.post(place, {"statement": "Investigate the leak"}, headers={"HX-Request": "true"}).content.decode()
    assert "How will someone else see that it is finished?" in page
    bounded = "Add an alert that fires when the lag is over 30 seconds"
    page = client.post(place, {"statement": bounded}, headers={"HX-Request": "true"}).content.decode()
    assert "coach-note" not in page


def test_the_reviewer_sees_families_and_reasons_and_no_author(cast, sign_in):
    postmortem = in_review(cast.author, cast.stranger)
    section = Section.objects.get(postmortem=postmortem, kind="narrative")
    section.change(cast.author, section.version, text=f"{BLAME}\n\nIt was human error.")
    CoachAnswer.give(postmortem, section.uid, "M1", "human error", "kept", "quoted from the regulator")
    page = sign_in(cast.stranger).get(reverse("review", args=[postmortem.reference])).content.decode()
    words = page[page.index('id="words"') : page.index("<h2>Reviewers")]
    assert "what was not done (1)" in words and "kept, because quoted from the regulator" in words
    assert str(cast.author) not in words
    assert by_family(Coach(postmortem).margins()) == [("what was not done", 1)]


def test_who_asks_an_accusing_question_in_a_comment_is_told_once(postmortem, cast, sign_in):
    client = sign_in(cast.author)
    place = reverse("comments", args=[postmortem.reference])
    page = client.post(place, {"text": "Why didn't you call?"}, follow=True)
    assert "may sound like an accusation. What would you like to learn?" in page.content.decode()
    page = client.post(place, {"text": "How did the alert look?"}, follow=True)
    assert "accusation" not in page.content.decode()
    assert postmortem.comments.count() == 2


def test_reading_the_whole_costs_the_same_number_of_queries_for_any_size(cast):
    postmortem = draft(cast.author)
    counts = []
    for rows in (1, 20):
        for number in range(rows):
            TimelineEntry.add(postmortem, cast.author, text=f"{BLAME} {number}")
            Observation.add(postmortem, cast.author, text=f"{BLAME} {number}")
        with CaptureQueriesContext(connection) as queries:
            Coach(postmortem).margins()
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16
