"""Many rows of a timeline at once: all or none, with one undo for the whole batch."""

import datetime

import pytest
from django.core.exceptions import ValidationError

from postmortems.models import Change, Milestone, NotPossible, Question, TimelineEntry, batches
from tests.postmortems.builders import draft

pytestmark = pytest.mark.django_db
MINUTES = {n: datetime.timedelta(minutes=n) for n in (5, 20, -20)}


def at(clock):
    return datetime.datetime.fromisoformat(f"2026-03-01T{clock}:00+00:00")


@pytest.fixture
def told(cast):
    """14:00 first, 14:10 second (with a milestone and a question), a row without a time, 14:20 third."""
    found = draft(cast.author)
    for clock, text in (("14:00", "first"), ("14:10", "second"), (None, "unknown"), ("14:20", "third")):
        row = TimelineEntry.add(found, cast.author, text=text, at=clock and at(clock))
        if text == "second":
            Milestone.add(found, cast.author, type="detected", entry=row)
            Question.add(found, cast.author, text="Who saw it?", entry=row)
    return found


def chosen(*texts):
    return {row.uid: row.version for row in TimelineEntry.objects.filter(text__in=texts)}


def clocks():
    return [(row.text, f"{row.at:%H:%M}" if row.at else None) for row in TimelineEntry.objects.all()]


def test_rows_are_shifted_with_their_milestones_and_find_their_new_places(cast, told):
    version = told.version
    TimelineEntry.objects.filter(text="first").update(until=at("14:05"))
    assert batches.shift(told, cast.author, chosen("first", "second", "unknown"), MINUTES[20]) == 2
    assert clocks() == [("unknown", None), ("third", "14:20"), ("first", "14:20"), ("second", "14:30")]
    assert f"{TimelineEntry.objects.get(text='first').until:%H:%M}" == "14:25"
    assert f"{Milestone.objects.get().at:%H:%M}" == "14:30", "it follows its entry"
    assert told.version == version + 1, "one write, whatever the number of rows"
    assert Change.objects.filter(version=told.version, action="shift").count() == 3


def test_one_undo_takes_the_whole_batch_back(cast, told):
    before = clocks()
    batches.shift(told, cast.author, chosen("first", "second", "third"), MINUTES[20])
    assert batches.undo(told, cast.author, told.version) == (3, [])
    assert sorted(clocks(), key=str) == sorted(before, key=str)
    assert [row for row, _ in clocks() if row != "unknown"] == ["first", "second", "third"]
    assert f"{Milestone.objects.get().at:%H:%M}" == "14:10"


def test_undo_leaves_what_was_changed_since_and_takes_back_nothing_else(cast, told):
    batches.shift(told, cast.author, chosen("first", "third"), MINUTES[5])
    version = told.version
    TimelineEntry.objects.get(text="first").change(cast.teammate, 2, at=at("13:00"))
    TimelineEntry.objects.get(text="third").change(cast.teammate, 2, text="third, told better")
    assert batches.undo(told, cast.author, version) == (1, ["first"])
    assert ("first", "13:00") in clocks() and ("third, told better", "14:20") in clocks()


def test_a_row_that_somebody_changed_stops_the_batch(cast, told):
    read = chosen("first", "second")
    TimelineEntry.objects.get(text="second").change(cast.teammate, 1, text="second, told better")
    for verb in (
        lambda: batches.shift(told, cast.author, read, MINUTES[5]),
        lambda: batches.remove(told, cast.author, read),
    ):
        with pytest.raises(NotPossible, match="one of these rows was changed"):
            verb()
    assert ("first", "14:00") in clocks() and len(clocks()) == 4


def test_a_zone_keeps_the_clock_or_the_moment(cast, told):
    batches.tell_in_zone(told, cast.author, chosen("first"), "Europe/Berlin", "moment")
    first = TimelineEntry.objects.get(text="first")
    assert (first.at, first.local_text) == (at("14:00"), "2026-03-01 15:00 CET")
    batches.tell_in_zone(told, cast.author, chosen("first", "third"), "America/New_York", "clock")
    assert TimelineEntry.objects.get(text="first").local_text == "2026-03-01 15:00 EST"
    assert TimelineEntry.objects.get(text="third").local_text == "2026-03-01 14:20 EST"
    batches.undo(told, cast.author, told.version)
    assert TimelineEntry.objects.get(text="third").local_text == "2026-03-01 14:20 UTC"


def test_a_clock_that_a_zone_never_showed_stops_the_batch(cast, told):
    row = TimelineEntry.add(
        told, cast.author, text="night", at=datetime.datetime(2026, 3, 29, 2, 30, tzinfo=datetime.UTC)
    )
    with pytest.raises(NotPossible, match="never came in Europe/Berlin"):
        batches.tell_in_zone(told, cast.author, {row.uid: 1} | chosen("first"), "Europe/Berlin", "clock")
    assert set(TimelineEntry.objects.values_list("zone", flat=True)) == {"UTC"}


def test_removed_rows_come_back_with_uid_place_and_links(cast, told):
    uids = list(TimelineEntry.objects.values_list("uid", flat=True))
    assert batches.remove(told, cast.author, chosen("first", "second", "unknown")) == 3
    assert clocks() == [("third", "14:20")] and Milestone.objects.get().entry is None
    assert batches.undo(told, cast.author, told.version) == (3, [])
    assert list(TimelineEntry.objects.values_list("uid", flat=True)) == uids
    second = TimelineEntry.objects.get(text="second")
    assert Milestone.objects.get().entry == second == Question.objects.get().entry


def test_many_rows_are_added_in_one_write_and_undone_but_for_those_worked_on(cast, told):
    version = told.version
    rows = [{"text": f"line **{n}**", "at": at(f"14:1{n}")} for n in range(3)]
    made = batches.add(told, cast.author, rows)
    assert [text for text, _ in clocks()] == [
        "first", "second", "unknown", "line **0**", "line **1**", "line **2**", "third",
    ]  # fmt: skip
    assert told.version == version + 1 and "<strong>0</strong>" in made[0].text_html
    made[1].change(cast.teammate, 1, text="worked on")
    assert batches.undo(told, cast.author, version + 1) == (2, ["worked on"])
    assert [text for text, _ in clocks()] == ["first", "second", "unknown", "worked on", "third"]


def test_what_cannot_be_added_adds_nothing(cast, told):
    with pytest.raises(ValidationError):
        batches.add(told, cast.author, [{"text": "fine"}, {"text": ""}])
    assert len(clocks()) == 4


@pytest.mark.parametrize("rows", [{}, {f"uid{n}": 1 for n in range(501)}])
def test_none_and_too_many_are_refused(cast, told, rows):
    with pytest.raises(NotPossible):
        batches.remove(told, cast.author, rows)


def test_the_number_of_queries_does_not_grow_with_the_rows(cast, told, django_assert_max_num_queries):
    batches.add(told, cast.author, [{"text": f"row {n}", "at": at("15:00") + n * MINUTES[5]} for n in range(100)])
    rows = {row.uid: row.version for row in TimelineEntry.objects.all()}
    with django_assert_max_num_queries(30):
        batches.shift(told, cast.author, rows, MINUTES[5])


def test_a_milestone_set_from_a_row_takes_its_time_and_follows_it(cast, told):
    row = TimelineEntry.objects.get(text="third")
    mark = Milestone.add(told, cast.author, type="recovered", entry=row)
    assert mark.at == row.at
    row.change(cast.author, 1, at=at("15:30"), approximate=True)
    mark.refresh_from_db()
    assert (mark.at, mark.approximate, mark.version) == (at("15:30"), True, 2)
