"""Rows and sections: each has its own version, each write is told, nothing is overwritten blindly."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from postmortems.models import (
    Change,
    Conflict,
    ContributingFactor,
    Countermeasure,
    Learning,
    NotPossible,
    Observation,
    Section,
    TimelineEntry,
)
from tests.postmortems.builders import draft

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_save_with_an_old_version_is_refused_and_shows_what_is_stored(cast):
    pm = draft(cast.author)
    section = pm.section_set.first()
    Section.objects.get(pk=section.pk).change(cast.teammate, 1, text="Checkout was slow.")
    with pytest.raises(Conflict) as conflict:
        section.change(cast.author, 1, text="Payments failed.")
    assert conflict.value.current.text == "Checkout was slow."
    assert Section.objects.get(pk=section.pk).text == "Checkout was slow."


def test_two_parts_saved_at_once_do_not_conflict(cast):
    pm = draft(cast.author)
    summary, impact = pm.section_set.all()[:2]
    summary.change(cast.author, 1, text="One")
    impact.change(cast.teammate, 1, text="Two")
    before = pm.version
    pm.refresh_from_db()
    assert pm.version == before + 2


def test_markdown_is_rendered_when_it_is_saved(cast):
    section = draft(cast.author).section_set.first()
    section.change(cast.author, 1, text="It was **slow**.")
    section.refresh_from_db()
    assert section.text_html.strip() == "<p>It was <strong>slow</strong>.</p>" and section.renderer


def test_typing_on_within_ten_minutes_is_one_change(cast):
    pm = draft(cast.author)
    section = pm.section_set.first()
    for version, text in enumerate(["S", "Sl", "Slow"], start=1):
        section.change(cast.author, version, text=text)
    section.change(cast.teammate, 4, text="Slow!")
    changes = Change.objects.filter(part_uid=section.uid)
    assert [(c.by, c.before["text"], c.after["text"]) for c in changes] == [
        (cast.author, "", "Slow"),
        (cast.teammate, "Slow", "Slow!"),
    ]


def test_removing_keeps_what_it_said_in_the_history(cast):
    pm = draft(cast.author)
    entry = TimelineEntry.add(pm, cast.author, text="The pager rang", at=NOON)
    entry.remove(cast.author, entry.version)
    change = Change.objects.get(action="remove")
    assert change.before["text"] == "The pager rang" and change.before["at"] == NOON.isoformat()


def test_rows_sort_themselves_by_time(cast):
    pm = draft(cast.author)
    for minutes, text in [(10, "third"), (0, "first"), (5, "second")]:
        TimelineEntry.add(pm, cast.author, text=text, at=NOON + timedelta(minutes=minutes))
    TimelineEntry.add(pm, cast.author, text="some time later")
    TimelineEntry.add(pm, cast.author, text="before all", at=NOON - timedelta(days=1))
    assert [e.text for e in pm.timelineentry_set.all()] == ["before all", "first", "second", "third", "some time later"]


def test_a_changed_time_moves_the_row(cast):
    pm = draft(cast.author)
    first = TimelineEntry.add(pm, cast.author, text="first", at=NOON)
    TimelineEntry.add(pm, cast.author, text="second", at=NOON + timedelta(minutes=5))
    first.change(cast.author, 1, at=NOON + timedelta(minutes=9))
    assert [e.text for e in pm.timelineentry_set.all()] == ["second", "first"]


def test_five_hundred_rows_squeezed_between_two_keep_their_order(cast):
    pm = draft(cast.author)
    for n in range(60):
        TimelineEntry.add(pm, cast.author, text=str(n), at=NOON - timedelta(seconds=n))
    assert [int(e.text) for e in pm.timelineentry_set.all()] == list(range(59, -1, -1))


def test_rows_without_time_move_by_hand(cast):
    pm = draft(cast.author)
    a, b, c = (Observation.add(pm, cast.author, text=t) for t in "abc")
    c.move(cast.author, after=a)
    assert [o.text for o in pm.observation_set.all()] == ["a", "c", "b"]
    b.move(cast.author, after=None)
    assert [o.text for o in pm.observation_set.all()] == ["b", "a", "c"]


@pytest.mark.parametrize("bad", ["a\x00b", "a\ud800b", "a\x1bb", "x" * 301, "   "])
def test_bad_text_is_refused_and_nothing_is_stored(cast, bad):
    pm = draft(cast.author)
    with pytest.raises(ValidationError):
        Learning.add(pm, cast.author, claim=bad)
    assert not pm.learning_set.exists()


def test_learnings_and_countermeasures_have_numbers_of_their_own(cast):
    pm = draft(cast.author)
    Learning.add(pm, cast.author, claim="One")
    assert Learning.add(pm, cast.author, claim="Two").reference == "L-2"
    assert Countermeasure.add(pm, cast.author, statement="Cap the retries").reference == "CM-1"


def test_a_countermeasure_answers_factors_and_observations(cast):
    from postmortems.gate import unanswered

    pm = draft(cast.author)
    factor = ContributingFactor.add(pm, cast.author, statement="Retries had no limit")
    poor = Observation.add(pm, cast.author, kind="went_poorly", text="Nobody was paged")
    Observation.add(pm, cast.author, kind="went_well", text="The rollback took a minute")
    assert {row.uid for row in unanswered(pm)} == {factor.uid, poor.uid}
    Countermeasure.add(pm, cast.author, statement="Cap the retries", factors=[factor])
    poor.change(cast.author, 1, no_countermeasure_because="The alert exists since.")
    assert unanswered(pm) == []


def test_the_life_of_a_countermeasure(cast):
    pm = draft(cast.author)
    cm = Countermeasure.add(pm, cast.author, statement="Cap the retries", owner=cast.stranger)
    with pytest.raises(NotPossible, match="not done yet"):
        cm.check_effect(cast.author, "did_not")
    cm.accept(cast.author).start(cast.author).complete(cast.author)
    assert cm.done_at
    with pytest.raises(NotPossible, match="Say when to look again"):
        cm.check_effect(cast.author, "cannot_tell")
    assert cm.check_effect(cast.author, "did_not").status == "done"
    assert cm.check_effect(cast.author, "partly").status == "verified"
    other = Countermeasure.add(pm, cast.author, statement="Wiki page")
    with pytest.raises(NotPossible, match="Say why"):
        other.decline(cast.author, "")
    assert other.decline(cast.author, "nobody reads it").declined_because == "nobody reads it"
