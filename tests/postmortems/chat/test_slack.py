"""Slack's export: people, channels, threads, edits, files, its markup, and what is broken in it."""

import io
import json
import zipfile

import pytest

from postmortems.importing.chat.bundle import open_bundle, open_file
from postmortems.importing.chat.reading import read
from postmortems.importing.chat.slack_markup import to_markdown
from tests.postmortems.importing import needs_shared_data

USERS = [
    {"id": "U1", "name": "ada", "profile": {"real_name": "Ada Author", "display_name": "ada",
     "email": "ada@example.org"}},
    {"id": "U2", "name": "bob", "real_name": "Bob Builder", "profile": {}},
]  # fmt: skip
CHANNELS = [{"id": "C1", "name": "ops", "members": ["U1"]}]


def export(*messages, users=USERS, day="2026-03-02", channel="ops", **files):
    """The bytes of a zip archive with these messages in one day's file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("channels.json", json.dumps(CHANNELS))
        archive.writestr("users.json", json.dumps(users))
        archive.writestr(f"{channel}/{day}.json", json.dumps(list(messages)))
        for name, text in files.items():
            archive.writestr(name.replace("__", "/"), text)
    return out.getvalue()


def reading(*messages, link_base="", **options):
    return read(open_file(io.BytesIO(export(*messages, **options)), "export.zip"), link_base=link_base)


def said(text="hello", ts="1772460180.000100", **rest):
    return {"type": "message", "user": "U1", "text": text, "ts": ts, **rest}


def test_who_said_what_where_and_when():
    (message,) = reading(said("checkout is *down*, <@U2> see <#C1|ops>")).messages
    assert message.as_json() == {
        "key": "slack:C1:1772460180.000100", "at": "2026-03-02T14:03:00.000100+00:00", "precision": "second",
        "typed": "1772460180.000100", "author": "Ada Author", "author_key": "U1", "channel": "ops", "thread": None,
        "kind": "message", "text": "checkout is **down**, @Bob Builder see #ops", "link": None, "edited": False,
        "files": [], "file": "ops/2026-03-02.json", "line": 1,
    }  # fmt: skip
    assert message.email == "ada@example.org"


def test_threads_point_to_the_message_that_began_them_wherever_it_stands():
    root = said("root", "1772460180.000100", thread_ts="1772460180.000100")
    reply = said("reply", "1772460240.000200", thread_ts="1772460180.000100", subtype="thread_broadcast")
    first, second = reading(reply, root).messages
    assert (first.text, second.text) == ("root", "reply")
    assert second.thread == first.key == first.thread
    assert second.is_reply and not first.is_reply


def test_edits_and_deletions_are_told():
    changed = {"type": "message", "subtype": "message_changed", "ts": "1772460300.0", "message": said("second words")}
    deleted = {"type": "message", "subtype": "message_deleted", "ts": "1772460301.0", "deleted_ts": "1772460190.000100"}
    gone = said("", "1772460190.000100")
    first, second = reading(said("first words"), gone, changed, deleted).messages
    assert (first.text, first.edited) == ("second words", True)
    assert second.text == "(deleted)"
    assert reading(said("now", edited={"user": "U1", "ts": "1"})).messages[0].edited


def test_programs_joins_topics_and_files_are_told_apart():
    bot = said("", bot_id="B1", subtype="bot_message", username="PagerDuty", attachments=[
        {"title": "Triggered #12", "title_link": "https://pd.example/12", "text": "5xx above 2 %",
         "fields": [{"title": "Service", "value": "checkout"}]},
    ])  # fmt: skip
    del bot["user"]
    join = said("<@U1> has joined the channel", "1772460181.0", subtype="channel_join")
    topic = said("set the topic", "1772460182.0", subtype="channel_topic")
    shot = said("", "1772460183.0", files=[{"id": "F1", "name": "graph.png", "permalink": "https://x.slack.com/F1"}])
    bot, join, topic, shot = reading(bot, join, topic, shot).messages
    assert (bot.author, bot.kind) == ("PagerDuty", "bot")
    assert bot.text == "[Triggered #12](<https://pd.example/12>)\n5xx above 2 %\nService: checkout"
    assert (join.kind, topic.kind, shot.kind) == ("join", "topic", "message")
    assert shot.files == [("graph.png", "https://x.slack.com/F1")]
    assert shot.markdown() == "[graph.png](<https://x.slack.com/F1>)"


def test_previews_of_links_are_not_part_of_the_message_and_layouts_are():
    preview = said("see <https://a.b>", attachments=[{"from_url": "https://a.b", "text": "a preview"}])
    layout = said("", "1772460181.0", blocks=[{"type": "rich_text", "elements": [
        {"type": "rich_text_section", "elements": [{"type": "text", "text": "hello "},
                                                   {"type": "user", "user_id": "U2"}]},
    ]}])  # fmt: skip
    assert [m.text for m in reading(preview, layout).messages] == ["see https://a.b", "hello @Bob Builder"]


def test_people_who_are_missing_keep_their_profile_or_their_id():
    known = said(user="U9", user_profile={"real_name": "Guest Gill"})
    unknown = said("hi <@U8>", "1772460181.0", user="U8")
    first, second = reading(known, unknown).messages
    assert (first.author, second.author, second.text) == ("Guest Gill", "U8", "hi @U8")


def test_without_its_lists_an_export_still_reads():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("deep/er/warroom/2026-03-02.json", json.dumps([said()]))
    (message,) = read(open_file(io.BytesIO(out.getvalue()), "x.zip")).messages
    assert (message.channel, message.author) == ("warroom", "U1")


def test_what_is_broken_is_named_and_the_rest_goes_on():
    messages = [said(), "no object", {"text": "no time"}, said("x", "soon"), said("last", "1772460185.0")]
    found = reading(*messages, **{"ops__2026-03-03.json": "{broken", "ops__2026-03-04.json": '{"a": 1}'})
    assert [m.text for m in found.messages] == ["hello", "last"]
    told = [str(fault) for fault in found.faults]
    assert [line.split(": ")[0] for line in told] == [
        "ops/2026-03-02.json:2", "ops/2026-03-02.json:3", "ops/2026-03-02.json:4", "ops/2026-03-03.json",
        "ops/2026-03-04.json:1",
    ]  # fmt: skip


def test_a_file_that_ends_too_early_gives_what_came_before():
    whole = json.dumps([said(f"n {n}", f"17724601{n:02}.0") for n in range(20)], indent=1)
    cut = whole[: whole.index('"n 12"')]
    found = reading(**{"ops__2026-03-03.json": cut})
    assert [m.text for m in found.messages] == [f"n {n}" for n in range(12)]
    assert "2026-03-03.json:13: It is not JSON" in str(found.faults[0])


def test_a_list_that_only_lacks_its_end_is_told_too():
    cut = json.dumps([said(f"n {n}", f"17724601{n:02}.0") for n in range(5)])[:-1]
    found = reading(**{"ops__2026-03-03.json": cut})
    assert len(found.messages) == 5
    assert "2026-03-03.json: It is not JSON" in str(found.faults[0])


def test_a_file_that_is_broken_everywhere_is_given_up_soon():
    found = reading(said(), **{"ops__2026-03-03.json": '[{"a": 1},\n' + "{\n" * 300_000})
    assert len(found.messages) == 1
    assert len(found.faults) < 110
    assert any(str(fault).endswith("Too much of it is broken; the rest was not read.") for fault in found.faults)


def test_nesting_without_end_is_a_fault_and_no_crash():
    found = reading(said(), **{"ops__2026-03-03.json": "[" * 200_000, "ops__2026-03-04.json": '[{"a":' * 100_000})
    assert len(found.messages) == 1
    assert len(found.faults) >= 2


def test_links_lead_back_where_the_workspace_is_known():
    reply = said("reply", "1772460240.000200", thread_ts="1772460180.000100")
    root, reply = reading(said(thread_ts="1772460180.000100"), reply, link_base="https://acme.slack.com/").messages
    assert root.link == "https://acme.slack.com/archives/C1/p1772460180000100"
    assert reply.link == "https://acme.slack.com/archives/C1/p1772460240000200?thread_ts=1772460180.000100&cid=C1"


@pytest.mark.parametrize(
    ("slack", "markdown"),
    [
        ("*bold* _italic_ ~gone~", "**bold** *italic* ~~gone~~"),
        ("5 * 3 * 2, snake_case_name, a~b~c", "5 * 3 * 2, snake_case_name, a~b~c"),
        ("`*code* &lt;b&gt;` and *x*", "`*code* <b>` and **x**"),
        ("```*a*\n<https://a.b>```", "\n```\n*a*\nhttps://a.b\n```\n"),
        ("<https://a.b|words> <https://a.b/c_d_e>", "[words](<https://a.b>) https://a.b/c_d_e"),
        ("<http://a.b|a.b> <mailto:x@y.z|x@y.z>", "http://a.b mailto:x@y.z"),
        ("<!here> <!subteam^S1|@ops> &amp; 1 &lt; 2", "@here @ops & 1 < 2"),
        ("<!date^1392734382^{date}|18 Feb>", "18 Feb"),
        ("&gt; quoted", "> quoted"),
    ],
)
def test_slacks_markup_becomes_markdown(slack, markdown):
    assert to_markdown(slack, str, str) == markdown


@needs_shared_data
def test_the_real_pairs_of_markup_and_markdown_agree(shared_data):
    pairs = json.loads((shared_data / "D-chat/slack-zulip/slack_message_conversion.json").read_text())["regular_tests"]
    other = [pair["name"] for pair in pairs if to_markdown(pair["input"], str, str) != pair["conversion_output"]]
    assert other == ["slack_link_with_pipe"]  # where we keep the words as a link that opens


@needs_shared_data
@pytest.mark.parametrize(("folder", "count", "replies"), [("slack-zulip-export", 52, 2), ("slack-slackdump", 16, 4)])
def test_real_exports_are_read_whole(shared_data, folder, count, replies):
    found = read(open_bundle(shared_data / "D-chat" / folder))
    assert (found.format, len(found.messages), found.faults) == ("slack", count, [])
    assert sum(m.is_reply for m in found.messages) == replies
    keys = {m.key for m in found.messages}
    assert all(m.author and (not m.thread or m.thread in keys) for m in found.messages)
