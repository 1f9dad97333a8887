"""What is recognized comes in as rows, once, and can be renewed as long as nobody edited it here."""

import pytest

from kb.accounts.models import User
from postmortems.models import Postmortem
from tests.postmortems.importing import import_, write

pytestmark = pytest.mark.django_db
REPORT = """# Queue full on 2024-05-06

## Summary

The queue filled.

## Timeline (all times PST)

All times approximate.

- ~10:03 **Detection:** Alert on the queue
- 10:05-10:20 Drained by hand
- 10:30 Incident resolved

## Contributing factors

- No limit on the queue

## What went well

- The alert came at once

## Where we got lucky

- It was night

## Impact

- 78% of mails were late
- Nobody complained

## Action items

### Process

- [x] @ann to add a limit by 2024-06-01 ([issue](https://git.example/o/r/issues/7))
- Write a runbook (owner: Zoe)
"""


def imported():
    return Postmortem.objects.get()


def test_rows_of_every_kind_with_time_owner_state_and_ticket(tmp_path):
    ann = User.objects.create(username="ann", name="Ann Lee", role="member")
    import_(write(tmp_path, text=REPORT))
    pm = imported()
    first, second, third = pm.timelineentry_set.order_by("position")
    assert (first.local_text, first.text, first.kind) == (
        "about 2024-05-06 10:03 UTC-08:00", "**Detection:** Alert on the queue", "detection")  # fmt: skip
    assert first.typed == "~10:03" and first.is_key_moment and f"{second.until:%H:%M}" == "18:20"
    marks = {row.type: row for row in pm.milestone_set.all()}
    assert set(marks) == {"detected", "resolved"} and marks["resolved"].entry == third
    done, open_ = pm.countermeasure_set.order_by("number")
    assert (done.owner, done.status, f"{done.due_on}", done.ticket) == (
        ann, "done", "2024-06-01", "https://git.example/o/r/issues/7")  # fmt: skip
    assert (open_.owner, open_.status) == (None, "proposed")
    assert open_.statement == "**Process**: Write a runbook (owner: Zoe)"
    assert [row.statement for row in pm.contributingfactor_set.all()] == ["No limit on the queue"]
    assert {(row.kind, row.text) for row in pm.observation_set.all()} == {
        ("went_well", "The alert came at once"), ("lucky", "It was night")}  # fmt: skip
    (figure,) = pm.impactmeasure_set.all()
    assert (figure.amount, figure.metric, figure.quality) == ("78 %", "of mails were late", "measured")


def test_what_is_no_row_stays_in_the_text(tmp_path):
    import_(write(tmp_path, text=REPORT))
    texts = {row.kind: row.text for row in imported().section_set.all()}
    assert texts == {
        "summary": "The queue filled.",
        "narrative": "## Timeline (all times PST)\n\nAll times approximate.",
        "impact": "- 78% of mails were late\n- Nobody complained",
    }


def test_a_row_whose_words_are_not_all_kept_stays_in_the_text_too(tmp_path):
    text = "# x 2024-05-06\n## Timeline\n- 10:03 a\n- 10:04\n- 10:05 b\n"
    import_(write(tmp_path, text=text))
    assert [row.text for row in imported().timelineentry_set.all()] == ["a", "b"]
    assert "- 10:04" in imported().section_set.get().text


def test_importing_again_changes_nothing(tmp_path):
    path = write(tmp_path, text=REPORT)
    import_(path)
    uids = set(imported().timelineentry_set.values_list("uid", flat=True))
    assert import_(path)[0]["outcome"] == "unchanged"
    assert set(imported().timelineentry_set.values_list("uid", flat=True)) == uids


def test_a_changed_file_renews_the_rows_and_leaves_alone_what_is_the_same(tmp_path):
    import_(write(tmp_path, text=REPORT))
    before = {row.text: row.uid for row in imported().timelineentry_set.all()}
    numbers = {row.statement: row.number for row in imported().countermeasure_set.all()}
    changed = REPORT.replace("- 10:30 Incident resolved", "- 10:31 Incident resolved").replace("Write a", "Test a")
    assert import_(write(tmp_path, text=changed))[0]["outcome"] == "updated"
    rows = {row.text: row for row in imported().timelineentry_set.all()}
    assert len(rows) == 3 and rows["Drained by hand"].uid == before["Drained by hand"]
    assert f"{rows['Incident resolved'].at:%H:%M}" == "18:31"
    assert imported().milestone_set.get(type="resolved").entry == rows["Incident resolved"]
    kept = [row for row in imported().countermeasure_set.all() if row.statement in numbers]
    assert len(kept) == 1 and kept[0].number == numbers[kept[0].statement]


def test_an_edited_one_is_left_alone(tmp_path):
    import_(write(tmp_path, text=REPORT))
    pm = imported()
    pm.countermeasure_set.first().change(pm.owner, 1, statement="Mine")
    assert import_(write(tmp_path, text=REPORT + "\nMore.\n"))[0]["outcome"] == "skipped"
