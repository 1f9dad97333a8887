"""`import_postmortems PATH… --dry-run --json --parts`."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.postmortems.importing import SHARED, needs_shared_data, write

REPORT = "---\ntitle: Queue\n---\n# Queue\n\n## Timeline (UTC)\n- 2024-05-06 10:00 Full\n\n"
REPORT += "## Action items\n- [x] @ann to drain it\n"


def run(*paths, **options):
    out = StringIO()
    call_command("import_postmortems", *map(str, paths), dry_run=True, parts=True, stdout=out, **options)
    return out.getvalue()


def test_one_object_per_file_without_the_database(tmp_path):
    path = write(tmp_path, text=REPORT)
    (told,) = map(json.loads, run(path, json=True).splitlines())
    assert told == {
        "path": str(path),
        "timeline": [
            {"line": 7, "at": "2024-05-06T10:00:00+00:00", "until": None, "precision": "minute", "text": "Full"}
        ],
        "action_items": [
            {"line": 10, "text": "@ann to drain it", "owner": "ann", "due": None, "done": True, "ticket": None}
        ],
        "sections": [
            {"line": 6, "heading": "Timeline (UTC)", "kind": "timeline"},
            {"line": 9, "heading": "Action items", "kind": "action_items"},
        ],
        "milestones": [],
    }


def test_a_broken_file_is_said_and_the_rest_goes_on(tmp_path):
    write(tmp_path, "a.md", b"\xff\xfe\x00")
    write(tmp_path, "b.md", REPORT)
    broken, whole, missing = map(json.loads, run(tmp_path, tmp_path / "none.md", json=True).splitlines())
    assert broken["reason"] and broken["timeline"] == []
    assert len(whole["timeline"]) == 1 and "reason" not in whole
    assert missing["reason"] == "There is no such file or folder."


def test_for_people_it_prints_a_line_per_part(tmp_path):
    said = run(write(tmp_path, text=REPORT))
    assert "7  event      2024-05-06T10:00:00+00:00  Full" in said
    assert "10  action     @ann to drain it  (ann, done)" in said


def test_it_only_shows(tmp_path):
    with pytest.raises(CommandError, match="add --dry-run"):
        call_command("import_postmortems", str(write(tmp_path)), parts=True)


@needs_shared_data
def test_templates_have_no_events_items_or_milestones():
    files = [path for path in sorted((SHARED / "C-templates").iterdir()) if path.suffix != ".tsv"]
    for told in map(json.loads, run(*files, json=True).splitlines()):
        assert not told["timeline"] and not told["action_items"] and not told["milestones"], told["path"]


@needs_shared_data
def test_prose_of_others_is_not_torn_into_events():
    """The collected reports are prose; only one of them lists its events with dates."""
    told = [json.loads(line) for line in run(SHARED / "A-icco", json=True).splitlines()]
    assert len(told) == 169 and sum(bool(one["timeline"]) for one in told) <= 3
