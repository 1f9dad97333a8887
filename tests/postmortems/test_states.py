"""The state machine: who may move it where, what the gate asks for, and what each move leaves behind."""

import pytest
from django.core.exceptions import PermissionDenied

from kb.events.models import Delivery, Event
from postmortems.models import Change, Learning, NotPossible, Postmortem, Review, Snapshot
from tests.postmortems.builders import ANSWERS, draft, in_review, published, with_learning

pytestmark = pytest.mark.django_db


def test_a_draft_starts_with_its_owner_his_team_and_the_sections_of_its_depth(cast):
    pm = draft(cast.author)
    assert (pm.reference, pm.status, pm.owner) == ("PM-1", "draft", cast.author)
    assert list(pm.teams.all()) == [cast.payments]
    assert [s.kind for s in pm.section_set.all()] == ["summary", "impact", "detection", "narrative", "resolution"]


def test_numbers_are_never_used_twice(cast):
    first = draft(cast.author)
    first.delete()
    assert draft(cast.author).number == first.number + 1


def test_the_whole_way_to_publication_leaves_events_snapshots_and_todos(cast):
    pm = published(cast.author, cast.stranger)
    pm.refresh_from_db()
    assert pm.status == "published" and pm.visible_since == pm.published_at is not None
    kinds = set(Event.objects.values_list("kind", flat=True))
    assert {"postmortem.started", "postmortem.submit_for_review", "postmortem.reviewed", "postmortem.publish"} <= kinds
    assert list(Snapshot.objects.values_list("reason", flat=True)) == ["submitted", "published"]
    assert Snapshot.objects.last().data["learning"][0]["claim"].startswith("A retry")
    assert Delivery.objects.get(consumer="index").subject == f"postmortem:{pm.uid}"


def test_publication_waits_for_a_learning_and_for_an_approval(cast):
    pm = draft(cast.author)
    pm.submit_for_review(cast.author, [cast.stranger])
    with pytest.raises(NotPossible, match="at least one learning.*Ask for a review"):
        pm.publish(cast.author)
    with_learning(pm)
    with pytest.raises(NotPossible, match="Ask for a review"):
        pm.publish(cast.author)
    Review.answer(pm, cast.stranger, outcome="approved", answers=ANSWERS)
    assert pm.publish(cast.author).status == "published"


def test_nothing_new_because_is_an_answer_too(cast):
    pm = draft(cast.author, depth="note")
    pm.change_details(cast.author, pm.details_version, nothing_new_because="The same as PM-1.")
    assert pm.publish(cast.author).status == "published"


def test_a_note_needs_no_review_but_everything_else_is_submitted_first(cast):
    assert with_learning(draft(cast.author, depth="note")).publish(cast.author).status == "published"
    with pytest.raises(NotPossible, match="Submit it for review first"):
        with_learning(draft(cast.author)).publish(cast.author)


def test_an_approval_by_somebody_who_took_part_does_not_open_the_gate(cast):
    pm = with_learning(draft(cast.author, authors=[cast.teammate]))
    pm.submit_for_review(cast.author, [cast.teammate])
    Review.answer(pm, cast.teammate, outcome="approved", answers=ANSWERS)
    with pytest.raises(NotPossible, match="did not take part"):
        pm.publish(cast.author)


def test_an_approval_needs_every_question_answered(cast):
    pm = in_review(cast.author, cast.stranger)
    with pytest.raises(NotPossible, match="Who else should know"):
        Review.answer(pm, cast.stranger, outcome="approved", answers={**ANSWERS, "who_else": " "})


def test_asking_for_changes_sends_it_back_to_the_desk(cast):
    pm = in_review(cast.author, cast.stranger)
    Review.answer(pm, cast.stranger, outcome="changes_asked", answers={}, comment="How was it noticed?")
    pm.refresh_from_db()
    assert pm.status == "draft"


@pytest.mark.parametrize("who", ["reader", "stranger", "security", "admin", "teammate"])
def test_only_owner_and_facilitator_publish(cast, who):
    pm = in_review(cast.author, cast.stranger)
    Review.answer(pm, cast.stranger, outcome="approved", answers=ANSWERS)
    with pytest.raises(PermissionDenied):
        pm.publish(getattr(cast, who))
    assert pm.publish(cast.facilitator).status == "published"


def test_withdrawing_keeps_the_reason_and_takes_it_from_readers(cast):
    pm = published(cast.author, cast.stranger)
    with pytest.raises(NotPossible, match="Say why"):
        pm.withdraw(cast.author, "  ")
    pm.withdraw(cast.author, "the numbers were wrong")
    assert not Postmortem.objects.visible_to(cast.reader).exists()
    pm.refresh_from_db()
    assert (pm.status, pm.withdrawn_because, pm.visible_since) == ("withdrawn", "the numbers were wrong", None)
    assert pm.reinstate(cast.author).status == "draft"


def test_archiving_and_back(cast):
    pm = published(cast.author, cast.stranger)
    assert pm.archive(cast.author).status == "archived"
    assert Postmortem.objects.visible_to(cast.reader).filter(pk=pm.pk).exists()
    assert pm.unarchive(cast.facilitator).status == "published"


def test_a_verb_that_does_not_fit_the_state_changes_nothing(cast):
    pm = draft(cast.author)
    with pytest.raises(NotPossible, match="PM-1 is draft; nothing was changed"):
        pm.archive(cast.author)


def test_restricting_and_opening_up_are_told_with_their_reason(cast):
    pm = published(cast.author, cast.stranger)
    pm.restrict(cast.author, "a customer's name")
    assert not Postmortem.objects.visible_to(cast.reader).exists() and pm.visible_since is None
    with pytest.raises(NotPossible, match="Say why"):
        pm.open_up(cast.author, "")
    pm.open_up(cast.author, "the name is gone")
    assert pm.visible_since is not None
    assert [e.data["to"] for e in Event.objects.filter(kind="postmortem.visibility").order_by("pk")] == [
        "restricted",
        "organization",
    ]


def test_a_verb_holds_for_the_state_that_was_looked_at(cast):
    seen = in_review(cast.author, cast.stranger)
    Review.answer(seen, cast.stranger, outcome="approved", answers=ANSWERS)
    Postmortem.objects.get(pk=seen.pk).take_back(cast.teammate)
    with pytest.raises(NotPossible, match="is draft; nothing was changed"):
        seen.publish(cast.author)
    assert Postmortem.objects.get(pk=seen.pk).status == "draft"


def test_the_trash_takes_it_from_everybody_and_gives_it_back(cast):
    pm = published(cast.author, cast.stranger)
    pm.delete_to_trash(cast.author)
    assert not Postmortem.objects.visible_to(cast.author).exists()
    assert Postmortem.objects.in_trash_of(cast.author).get() == pm
    assert not Postmortem.objects.in_trash_of(cast.teammate).exists()
    pm.restore(cast.author)
    assert Postmortem.objects.visible_to(cast.reader).get() == pm


def test_purging_leaves_one_audit_line_and_no_content(cast):
    pm = published(cast.author, cast.stranger, title="Token hunter2 in the log")
    pm.delete_to_trash(cast.author)
    pm.purge(cast.author)
    assert not Postmortem.objects.exists() and not Change.objects.exists() and not Learning.objects.exists()
    assert "hunter2" not in str(list(Event.objects.values_list("data", flat=True)))
    assert Event.objects.get(kind="postmortem.purged").data["reference"] == "PM-1"
    assert Delivery.objects.filter(subject=f"postmortem:{pm.uid}").exists()


def test_purging_needs_the_trash_first(cast):
    with pytest.raises(PermissionDenied):
        published(cast.author, cast.stranger).purge(cast.author)
