"""Mattermost: bulk export, channel export and posts of the API."""

import io
import json

from postmortems.importing.chat.bundle import open_file
from postmortems.importing.chat.reading import read

AT = 1772460180000  # 2026-03-02 14:03 UTC
BULK = [
    {"type": "version", "version": 1},
    {"type": "channel", "channel": {"team": "acme", "name": "ops", "display_name": "Operations"}},
    {"type": "user", "user": {"username": "ada", "first_name": "Ada", "last_name": "Author",
     "email": "ada@example.org"}},
    {"type": "post", "post": {"team": "acme", "channel": "ops", "user": "ada", "message": "checkout is **down**",
     "create_at": AT, "edit_at": AT + 5, "attachments": [{"path": "data/2026/graph.png"}], "replies": [
         {"user": "bob", "message": "looking", "create_at": AT + 60_000}]}},
    {"type": "post", "post": {"team": "acme", "channel": "ops", "user": "alertbot", "message": "",
     "create_at": AT + 1000, "props": {"from_webhook": "true", "override_username": "Alerts",
                                       "attachments": [{"title": "Firing", "text": "5xx"}]}}},
    {"type": "post", "post": {"team": "acme", "channel": "ops", "user": "bob", "message": "bob joined.",
     "type": "system_join_channel", "create_at": AT - 1000}},
    {"type": "direct_post", "direct_post": {"channel_members": ["ada", "bob"], "user": "bob", "message": "hi",
     "create_at": AT + 120_000}},
]  # fmt: skip


def of(text, name):
    return read(open_file(io.BytesIO(text.encode()), name))


def test_a_bulk_export_gives_posts_replies_programs_and_direct_messages():
    found = of("\n".join(map(json.dumps, BULK)), "import.jsonl")
    assert (found.format, found.faults) == ("mattermost", [])
    assert [(m.author, m.kind, m.text, m.channel) for m in found.messages] == [
        ("bob", "join", "bob joined.", "Operations"), ("Ada Author", "message", "checkout is **down**", "Operations"),
        ("Alerts", "bot", "Firing\n5xx", "Operations"), ("bob", "message", "looking", "Operations"),
        ("bob", "message", "hi", "ada, bob"),
    ]  # fmt: skip
    post, reply = found.messages[1], found.messages[3]
    assert (post.at.isoformat(), post.edited, post.files) == ("2026-03-02T14:03:00+00:00", True, [("graph.png", "")])
    assert (post.author_key, post.email) == ("ada", "ada@example.org")
    assert reply.thread == post.key == post.thread


def test_broken_lines_are_named_and_the_rest_goes_on():
    lines = [*map(json.dumps, BULK[:4]), "{broken", '{"type": "post", "post": {"message": "no time"}}', "[]"]
    found = of("\n".join(lines), "import.jsonl")
    assert len(found.messages) == 2
    assert [fault.number for fault in found.faults] == [5, 6, 7]


def test_a_channel_export_in_csv_keeps_ids_threads_and_lines():
    rows = [
        "Post Creation Time,User Id,User Email,User Type,User Name,Post Id,Parent Post Id,Post Message,Post Type",
        '2026-03-02 14:03:00.5 +0000 UTC,u1,ada@example.org,user,ada,p1,,"checkout, it is ""down""\nreally",message',
        "2026-03-02 14:04:00 +0000 UTC,u2,bob@example.org,bot,bob,p2,p1,looking,message",
        "soon,u2,bob@example.org,user,bob,p3,p1,looking,message",
    ]
    found = of("\n".join(rows), "ops.csv")
    first, second = found.messages
    assert (first.text, first.author, first.author_key) == ('checkout, it is "down"\nreally', "ada", "u1")
    assert first.channel == "ops"
    assert (second.kind, second.thread, second.line) == ("bot", first.key, 4)
    assert [fault.number for fault in found.faults] == [5]


def test_the_compliance_export_and_the_api_are_read_too():
    header = (
        "Post Creation Time,Channel Name,Channel Display Name,User Id,Username,Post Id,Replied to Post Id,Post Message"
    )
    (message,) = of(f"{header}\n1772460180000,ops,Operations,u1,ada,p1,,hello", "x.csv").messages
    assert (message.channel, message.author, message.text) == ("Operations", "ada", "hello")
    api = {"order": ["p1"], "posts": {"p1": {
        "id": "p1", "create_at": AT, "edit_at": 0, "user_id": "u1", "channel_id": "c1", "root_id": "",
        "message": "hello", "metadata": {"files": [{"name": "a.png"}]}}}}  # fmt: skip
    (message,) = read(
        open_file(io.BytesIO(json.dumps(api).encode()), "posts.json"), link_base="https://mm.org/acme"
    ).messages
    assert (message.key, message.author, message.link) == ("mattermost:p1", "u1", "https://mm.org/acme/pl/p1")
    assert message.files == [("a.png", "")]
