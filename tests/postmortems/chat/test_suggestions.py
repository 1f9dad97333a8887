"""What is suggested from a chat, and what is not."""

import dataclasses
from collections import Counter

import pytest

from postmortems.importing.chat import Message, suggestions
from postmortems.importing.chat.bundle import open_bundle
from postmortems.importing.chat.reading import read
from postmortems.importing.chat.suggestions import RULES, suggest
from postmortems.models import TimelineEntry
from tests.postmortems.importing import needs_shared_data

# Written for this test: an incident as people tell it in chat, and which rule each line should meet.
CHAT = [
    ("pagerbot", "bot", "[FIRING] checkout 5xx burn rate above 14.4", "first alert"),
    ("pagerbot", "bot", "[FIRING] payments latency above threshold", ""),
    ("ada", "message", "anyone else seeing errors on checkout?", "first report"),
    ("bob", "message", "yes, lots of 503s here", ""),
    ("ada", "message", "ok, declaring an incident, sev2", "declared"),
    ("ada", "message", "I'll be incident commander", "declared"),
    ("bob", "message", "is it the deploy?", ""),
    ("eve", "message", "what did we deploy today", ""),
    ("eve", "message", "morning all, coffee anyone", ""),
    ("bob", "message", "`kubectl rollout history deploy/checkout`", "command"),
    ("bob", "message", "$ psql -c 'select * from pg_locks'", "command"),
    ("eve", "message", "!rollback checkout 1.42", "command"),
    ("bob", "message", "turns out a migration holds a lock on orders", "found"),
    ("ada", "message", "let's kill the migration and roll back", "decision"),
    ("ada", "message", "let's see", ""),
    ("bob", "message", "killed the migration", "change"),
    ("bob", "message", "rolling back now", "change"),
    ("eve", "message", "should we restart the workers too?", ""),
    ("eve", "message", "I haven't restarted anything", ""),
    ("deploybot", "bot", "checkout 1.41 deployed to production by bob", "deploy"),
    ("eve", "message", "not fixed yet, errors still high", ""),
    ("eve", "message", "is it back up?", ""),
    ("bob", "message", "errors are dropping", "recovery"),
    ("pagerbot", "bot", "[RESOLVED] checkout 5xx burn rate", "recovery"),
    ("ada", "message", "all green again", "recovery"),
    ("ada", "message", "posted an update on the status page", "told others"),
    ("eve", "message", "thanks everyone, great work", ""),
    ("eve", "join", "eve has left: all green", ""),
]


def test_an_incident_gives_what_its_timeline_is_made_of():
    messages = [Message(text=t, author=a, kind=k, key=str(n)) for n, (a, k, t, _) in enumerate(CHAT)]
    found = suggest(messages)
    got = {text: found[str(n)].rule if str(n) in found else "" for n, (_, _, text, _) in enumerate(CHAT)}
    assert got == {text: rule for _, _, text, rule in CHAT}


def test_every_rule_makes_an_entry_and_says_why():
    assert {rule.kind for rule in RULES} <= set(TimelineEntry.Kind.values)
    assert all(rule.reason for rule in RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)


@needs_shared_data
@pytest.mark.parametrize(
    ("path", "most"),
    [("irc-ubuntu", 0.02), ("irc-mediawiki", 0.02), ("irc-stripe", 0.03), ("irc-ubuntu-meeting", 0.04)],
)
def test_ordinary_talk_is_hardly_ever_suggested(shared_data, path, most):
    with open_bundle(shared_data / "D-chat" / path) as bundle:
        messages = read(bundle).messages
    found = suggest(messages)
    assert 0 < len(found) <= most * len(messages)
    firsts = Counter(item.rule for item in found.values())
    assert all(firsts[rule.name] <= 1 for rule in RULES if rule.first)


@needs_shared_data
def test_a_real_meeting_gives_its_decisions_and_its_actions(shared_data):
    with open_bundle(shared_data / "D-chat/irc-ubuntu-meeting") as bundle:
        messages = read(bundle).messages
    found = suggest(messages)
    actions = [m for m in messages if m.kind == "message" and m.text.lower().startswith("[action]")]
    assert len(actions) >= 8
    assert all(found[m.key].rule == "decision" for m in actions)


@needs_shared_data
def test_the_quick_look_for_stems_changes_nothing(shared_data, monkeypatch):
    messages = [Message(text=text, author=author, kind=kind, key=text) for author, kind, text, _ in CHAT]
    for folder in ("irc-ubuntu", "irc-mediawiki", "irc-stripe", "irc-ubuntu-meeting", "irc-duraspace"):
        with open_bundle(shared_data / "D-chat" / folder) as bundle:
            messages += read(bundle).messages
    quick = [suggestions.fitting(message) for message in messages]
    slow = tuple(dataclasses.replace(rule, stems=("",)) for rule in RULES)
    monkeypatch.setattr(suggestions, "RULES", slow)
    assert quick == [suggestions.fitting(message) for message in messages]
