"""Putting back: a removed row returns under its uid, number and links; a part or everything becomes as it was."""

import datetime

import pytest
from django.db import IntegrityError

from postmortems.models import (
    PART_MODELS,
    Change,
    Conflict,
    ContributingFactor,
    Countermeasure,
    Learning,
    Milestone,
    NotPossible,
    Participant,
    Tag,
    TimelineEntry,
)
from tests.postmortems.builders import draft, published
from tests.postmortems.full import full_draft

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2026, 3, 2, 10, tzinfo=datetime.UTC)


def test_a_removed_row_of_every_kind_comes_back_as_it_was(cast):
    postmortem = full_draft(cast.author)
    Participant.add(postmortem, cast.author, name="the DBA")
    for model in PART_MODELS.values():
        for row in model.objects.filter(postmortem=postmortem):
            was = (row.as_data(), row.as_kept(), row.anchor)
            row.remove(cast.author, row.version).undo(cast.author)
            again = model.objects.get(uid=row.uid)
            assert (again.as_data(), again.anchor) == (was[0], was[2])
            assert again.version == row.version + 1, "an old form of it must not be taken for a new one"
            kept = again.as_kept()
            assert kept["links"] == was[1]["links"] and kept["hidden"].keys() == was[1]["hidden"].keys()
            assert all(
                kept["hidden"][k] == v for k, v in was[1]["hidden"].items() if k not in ("version", "updated_at")
            )


def test_numbers_are_neither_lost_nor_given_away(cast):
    postmortem = draft(cast.author)
    learning = Learning.add(postmortem, cast.author, claim="Caps need alarms", tags=[Tag.objects.named("Limits")])
    removal = learning.remove(cast.author, 1)
    other = Learning.add(postmortem, cast.author, claim="Another")
    removal.undo(cast.author)
    again = Learning.objects.get(uid=learning.uid)
    assert again.reference == learning.reference != other.reference and again.claim_html == "Caps need alarms"
    assert [tag.name for tag in again.tags.all()] == ["Limits"]


def test_what_pointed_at_a_removed_row_points_at_it_again(cast):
    postmortem = draft(cast.author)
    factor = ContributingFactor.add(postmortem, cast.author, statement="A hidden limit")
    measure = Countermeasure.add(postmortem, cast.author, statement="Alert at 80 %", factors=[factor])
    who = Participant.add(postmortem, cast.author, name="the DBA")
    entry = TimelineEntry.add(postmortem, cast.author, text="Pool full", participant=who, at=NOW)
    mark = Milestone.add(postmortem, cast.author, type="detected", at=NOW, entry=entry)
    removals = [row.remove(cast.author, 1) for row in (factor, who)]
    entry.refresh_from_db()
    removals.append(entry.remove(cast.author, entry.version))
    assert not measure.factors.exists()
    for removal in reversed(removals):
        removal.undo(cast.author)
    mark.refresh_from_db()
    assert [row.uid for row in measure.factors.all()] == [factor.uid]
    assert mark.entry.uid == entry.uid and mark.entry.participant.uid == who.uid


def test_what_points_elsewhere_by_now_is_left_alone(cast):
    postmortem = draft(cast.author)
    who, other = (Participant.add(postmortem, cast.author, name=name) for name in ("the DBA", "the commander"))
    entry = TimelineEntry.add(postmortem, cast.author, text="Pool full", participant=who)
    removal = who.remove(cast.author, 1)
    entry.change(cast.author, 1, participant=other)
    removal.undo(cast.author)
    entry.refresh_from_db()
    assert entry.participant == other


def test_a_state_that_moved_on_is_kept_through_removal(cast):
    measure = Countermeasure.add(draft(cast.author), cast.author, statement="Alert at 80 %")
    measure.accept(cast.author).complete(cast.author)
    measure.remove(cast.author, measure.version).undo(cast.author)
    again = Countermeasure.objects.get(uid=measure.uid)
    assert again.status == "done" and again.done_at == measure.done_at


def test_what_has_no_room_any_more_says_so_and_changes_nothing(cast):
    postmortem = draft(cast.author)
    mark = Milestone.add(postmortem, cast.author, type="started", at=NOW)
    removal = mark.remove(cast.author, 1)
    Milestone.add(postmortem, cast.author, type="started", at=NOW)
    with pytest.raises(IntegrityError):
        removal.undo(cast.author)
    removal = Learning.add(postmortem, cast.author, claim="Here").remove(cast.author, 1)
    removal.undo(cast.author)
    with pytest.raises(NotPossible):
        removal.undo(cast.author)
    assert Milestone.objects.count() == 1


def test_a_text_becomes_what_any_change_left_and_the_history_only_grows(cast, clock):
    section = draft(cast.author).section_set.first()
    for text in ("one", "two", "three"):
        section.change(cast.author, section.version, text=text)
        clock.on(minutes=11)
    first = Change.objects.filter(part_uid=section.uid).first()
    before = Change.objects.count()
    made = first.restore(cast.teammate, version=section.version)
    section.refresh_from_db()
    assert section.text == "one" and section.text_html == "<p>one</p>" and Change.objects.count() == before + 1
    assert (made.action, made.before, made.after) == ("restore", {"text": "three"}, {"text": "one"})
    made.undo(cast.author)
    section.refresh_from_db()
    assert section.text == "three"
    section.change(cast.author, section.version, text="typed on")
    assert Change.objects.last().action == "change", "typing on does not hide in what was restored"


def test_putting_back_asks_for_the_version_that_was_read(cast):
    section = draft(cast.author).section_set.first()
    section.change(cast.author, 1, text="one")
    change = Change.objects.last()
    section.change(cast.teammate, 2, text="two")
    with pytest.raises(Conflict):
        change.restore(cast.author, version=2)
    with pytest.raises(NotPossible):
        Change.objects.last().restore(cast.author, version=3)


def test_who_owns_and_writes_is_not_put_back(cast):
    postmortem = draft(cast.author, title="First title")
    postmortem.change_details(cast.author, 1, title="Second title", authors=[cast.stranger])
    change = Change.objects.last()
    postmortem.change_details(cast.author, 2, authors=[])
    change.undo(cast.author)
    postmortem.refresh_from_db()
    assert postmortem.title == "First title" and not postmortem.authors.exists()


def test_a_whole_version_comes_back_and_can_be_taken_back(cast):
    postmortem = full_draft(cast.author)
    then = postmortem.take_snapshot(cast.author, "submitted")
    texts = postmortem.as_aggregate()
    factor = postmortem.contributingfactor_set.first()
    factor.remove(cast.author, 1)
    section = postmortem.section_set.first()
    section.change(cast.author, section.version, text="Something else *entirely*")
    Learning.add(postmortem, cast.author, claim="Later")
    postmortem.refresh_from_db()
    postmortem.change_details(cast.author, postmortem.details_version, title="Another title", owner=cast.teammate)
    later = postmortem.as_aggregate()
    then.postmortem = postmortem
    then.restore(cast.author, postmortem.version)
    postmortem.refresh_from_db()
    assert postmortem.owner == cast.teammate
    assert _of(postmortem.as_aggregate()) == _of(texts)
    section.refresh_from_db()
    assert "<em>" in section.text_html and "entirely" not in section.text_html
    assert list(postmortem.snapshots.values_list("reason", flat=True)) == ["submitted", "before_restore", "restored"]
    before = postmortem.snapshots.get(reason="before_restore")
    before.postmortem = postmortem
    before.restore(cast.author, postmortem.version)
    postmortem.refresh_from_db()
    assert _of(postmortem.as_aggregate()) == _of(later)


def _of(aggregate):
    """An aggregate without the order of rows and without what is not put back."""
    head = {k: v for k, v in aggregate["postmortem"].items() if k != "owner"}
    rows = {kind: {row["uid"]: row for row in rows} for kind, rows in aggregate.items() if kind != "postmortem"}
    return head, rows


def test_a_whole_version_is_not_put_over_what_came_meanwhile(cast):
    postmortem = published(cast.author, cast.stranger)
    then = postmortem.snapshots.get(reason="published")
    section = postmortem.section_set.first()
    section.change(cast.author, section.version, text="new")
    with pytest.raises(Conflict):
        then.restore(cast.author, postmortem.version)
    section.refresh_from_db()
    assert section.text == "new" and not postmortem.snapshots.filter(reason="before_restore").exists()


def test_what_was_removed_together_comes_back_together_or_not_at_all(cast):
    from postmortems.models.restoring import put_back

    postmortem = draft(cast.author)
    entries = [TimelineEntry.add(postmortem, cast.author, text=f"entry {n}", at=NOW) for n in range(3)]
    removals = [entry.remove(cast.author, 1) for entry in entries]
    put_back(removals, cast.author, "before")
    assert TimelineEntry.objects.count() == 3
    removals = [entry.remove(cast.author, 2) for entry in TimelineEntry.objects.all()]
    removals[0].undo(cast.author)
    with pytest.raises(NotPossible):
        put_back(list(reversed(removals)), cast.author, "before")
    assert TimelineEntry.objects.count() == 1
