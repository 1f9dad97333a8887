"""`manage.py import_chat`: one JSON object per message, a summary, faults, and bounds."""

import io
import json
import re
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.postmortems.importing import needs_shared_data

ROOT = Path(__file__).parents[3]
LOG = (
    "[23:58] <ada> checkout is down\n[23:59] <bob> let's roll back\n=== eve has joined #ops\n"
    "[00:10] <ada> all green again\n"
)
SHAPE = set("key at precision typed author author_key channel thread kind text link edited files file line".split())


def run(path, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command("import_chat", str(path), stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def messages(path, **options):
    return [json.loads(line) for line in run(path, json=True, **options)[0].splitlines()]


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "ops_2026-03-02.log"
    path.write_text(LOG)
    return path


def test_one_object_per_message_in_the_documented_shape(log):
    found = messages(log)
    assert [set(item) for item in found] == [SHAPE] * 4
    assert [item["at"] for item in found] == ["2026-03-02T23:58:00", "2026-03-02T23:59:00", None, "2026-03-03T00:10:00"]
    assert [(item["channel"], item["file"], item["line"]) for item in found][0] == ("ops", log.name, 1)
    assert messages(log, zone="Europe/Berlin")[0]["at"] == "2026-03-02T23:58:00+01:00"


def test_a_span_and_a_channel_are_chosen(log):
    assert len(messages(log, since="2026-03-02T23:59", until="2026-03-03")) == 2  # who joined stands between
    bare = log.with_name("bare.log")
    bare.write_text(LOG)
    assert messages(bare)[0]["at"] is None
    assert messages(bare, since="2026-03-02")[0]["at"] == "2026-03-02T23:58:00"
    assert len(messages(log, since="2026-03-02T22:59+00:00", zone="Europe/Berlin")) == 3
    assert messages(log, channel="#OPS") and not messages(log, channel="other")
    with pytest.raises(CommandError, match="--since soon is no time"):
        run(log, since="soon")
    with pytest.raises(CommandError, match="is not a time zone"):
        run(log, zone="Mars/Olympus")


def test_suggestions_come_with_their_reason(log):
    found = messages(log, suggest=True)
    assert [item["suggested"]["rule"] for item in found] == ["first report", "decision", "recovery"]
    assert set(found[0]) == SHAPE | {"suggested"}
    assert "(something recovered)" in run(log, suggest=True)[0]


def test_without_json_a_summary_is_printed(log):
    out, _ = run(log)
    assert "irc: 4 of 4 messages, 2026-03-02 23:58 to 2026-03-03 00:10" in out
    assert "channels: ops 4" in out


def test_faults_go_to_the_error_stream_and_what_is_no_chat_fails(tmp_path):
    path = tmp_path / "2026-03-02.log"
    path.write_text("[10:00] <ada> one\n%%%\n[10:01] <ada> two\n")
    out, err = run(path, json=True)
    assert len(out.splitlines()) == 2
    assert err.startswith("2026-03-02.log:2: ")
    path.write_text("only a text")
    with pytest.raises(CommandError, match="Nothing could be read"):
        run(path)
    with pytest.raises(CommandError, match="There is no such file"):
        run(tmp_path / "nothing")


def test_the_help_documents_the_shape():
    done = subprocess.run(
        [sys.executable, "manage.py", "import_chat", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert all(name in done.stdout for name in SHAPE)


def test_two_hundred_thousand_messages_are_refused_with_the_name_within_bounds(tmp_path):
    """The whole process, its start included: ≤ 10 s of processor and ≤ 600 MB."""
    words = "the checkout service answers slowly and the queue of payments grows " * 2
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for day in range(1, 3):
            items = [
                {
                    "type": "message",
                    "user": f"U{n % 40}",
                    "text": f"{n} {words}",
                    "ts": f"{1772323200 + day * 86400}.{n:06}",
                }
                for n in range(100_000)
            ]
            made.writestr(f"ops/2026-03-{day:02}.json", json.dumps(items))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    probe = (
        "import resource, sys; from django.core.management import execute_from_command_line as go\n"
        "try: go(sys.argv)\n"
        "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, 'MB', file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, "import_chat", str(path), "--json"], cwd=ROOT, capture_output=True, text=True,
        env={"DJANGO_SETTINGS_MODULE": "kb.settings", "DATA_DIR": str(tmp_path / "var"), "ENV_FILE": "/dev/null"},
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode != 0 and done.stdout == ""
    assert "ops/2026-03-02.json brings it to more than 100,000 messages" in done.stderr
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 10
    assert int(re.search(r"(\d+) MB", done.stderr)[1]) < 600
    assert sorted(p.name for p in tmp_path.iterdir()) == ["export.zip", "var"]


@needs_shared_data
@pytest.mark.parametrize(
    ("path", "format", "count"),
    [("slack-zulip-export", "slack", 52), ("slack-slackdump", "slack", 16), ("irc-duraspace", "irc", 510),
     ("irc-ubuntu", "irc", 5000), ("irc-mediawiki", "irc", 2400), ("irc-stripe", "irc", 1200),
     ("irc-ubuntu-meeting", "irc", 1200)],
)  # fmt: skip
def test_the_real_chats_are_recognized_and_read(shared_data, path, format, count):
    folder = shared_data / "D-chat" / path
    assert f"{format}: {count:,} of {count:,} messages" in run(folder)[0]
    assert messages(folder, format=format) == messages(folder)
