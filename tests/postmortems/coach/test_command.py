"""`manage.py coach`: every finding of a file, a line each."""

import json

import pytest
from django.core.management import CommandError, call_command

TEXT = "The engineer failed to check the backup.\n\nThe root cause was a missing index.\n"


def run(capsys, *args):
    call_command("coach", *args)
    return capsys.readouterr().out


def test_it_prints_one_object_per_finding(tmp_path, capsys):
    path = tmp_path / "text.md"
    path.write_text(TEXT, encoding="utf-8")
    found = [json.loads(line) for line in run(capsys, "--field", "factors", "--json", str(path)).splitlines()]
    assert [each["rule"] for each in found] == ["C4", "M2"]
    assert all(set(each) == {"rule", "family", "weight", "start", "end", "text", "question"} for each in found)
    assert [TEXT[each["start"] : each["end"]] for each in found] == [each["text"] for each in found]
    assert [each["weight"] for each in found] == ["coach", "asks"]


def test_it_names_the_place_for_people(tmp_path, capsys):
    path = tmp_path / "text.md"
    path.write_text(TEXT, encoding="utf-8")
    assert f"{path}:1:14  C4 coach  “failed to check”" in run(capsys, str(path))


def test_a_clean_file_prints_nothing(tmp_path, capsys):
    path = tmp_path / "text.md"
    path.write_text("The health check failed to detect the hung process.", encoding="utf-8")
    assert run(capsys, "--field", "narrative", "--json", str(path)) == ""


def test_what_cannot_be_read_is_named(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("coach", str(tmp_path / "missing.md"))
    (tmp_path / "latin.md").write_bytes("Gr\xfc\xdfe".encode("latin-1"))
    with pytest.raises(CommandError, match="not UTF-8: byte 3"):
        call_command("coach", str(tmp_path / "latin.md"))
