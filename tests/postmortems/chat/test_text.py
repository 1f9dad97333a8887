"""Chat as the clipboard gives it, recognized as messages."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postmortems.importing.chat import recognize

DAY = datetime.date(2026, 3, 2)
SHAPES = {
    "one line, in brackets": (
        "[14:03] ada: checkout is down\n[14:04] bob: looking\nat the logs\n[14:06] ada: it: the lock\n"
    ),
    "one line, nothing around the time": (
        "14:03 ada: checkout is down\n14:04 bob: looking\nat the logs\n14:06 ada: it: the lock\n"
    ),
    "nicks": ("14:03 <ada> checkout is down\n14:04 <@bob> looking\nat the logs\n14:06 <ada> it: the lock\n"),
    "name before the time": (
        "ada [2:03 PM]\ncheckout is down\nbob [2:04 PM]\nlooking\nat the logs\n\nada [2:06 PM]\nit: the lock\n"
    ),
    "Slack": (
        "ada\n"
        "  2:03 PM\n"
        "checkout is down\n"
        "bob:house_with_garden:\n"
        "  2:04 PM\n"
        "looking\n"
        "at the logs\n"
        ":eyes:\n"
        "1\n"
        "2 replies\n"
        "ada\n"
        "  2:06 PM\n"
        "it: the lock\n"
    ),
    "Slack, a line": (
        "ada  2:03 PM\ncheckout is down\n\nbob  2:04 PM\nlooking\nat the logs\nNew\nada  2:06 PM\nit: the lock\n"
    ),
    "Mattermost": ("ada\n2:03 PM\ncheckout is down\nbob\n2:04 PM\nlooking\nat the logs\nada\n2:06 PM\nit: the lock\n"),
    "Teams": (
        "[2:03 PM] ada\ncheckout is down\n\n[2:04 PM] bob\nlooking\nat the logs\n\n[2:06 PM] ada\nit: the lock\n"
    ),
    "Discord": (
        "ada — Today at 2:03 PM\n"
        "checkout is down\n"
        "bob — Today at 2:04 PM\n"
        "looking\n"
        "at the logs\n"
        "ada — Today at 2:06 PM\n"
        "it: the lock\n"
    ),
    "Discord, dates": (
        "ada — 03/02/2026 2:03 PM\n"
        "checkout is down\n"
        "bob — 03/02/2026 2:04 PM\n"
        "looking\n"
        "at the logs\n"
        "ada — 03/02/2026 2:06 PM\n"
        "it: the lock\n"
    ),
    "Telegram": (
        "ada, [02.03.2026 14:03]\n"
        "checkout is down\n"
        "\n"
        "bob, [02.03.2026 14:04]\n"
        "looking\n"
        "at the logs\n"
        "\n"
        "ada, [02.03.2026 14:06]\n"
        "it: the lock\n"
    ),
    "WhatsApp": (
        "[02/03/2026, 14:03:00] ada: checkout is down\n"
        "[02/03/2026, 14:04:00] bob: looking\n"
        "at the logs\n"
        "[02/03/2026, 14:06:00] ada: it: the lock\n"
    ),
    "Zoom": (
        "14:03:00 From ada to Everyone:\n\tcheckout is down\n14:04:00 From bob to Everyone:\n\tlooking\n\tat the logs\n"
        "14:06:00 From ada to Everyone:\n\tit: the lock\n"
    ),
    "a date in every line": (
        "2026-03-02 14:03 ada: checkout is down\n"
        "2026-03-02 14:04 bob: looking\n"
        "at the logs\n"
        "2026-03-02 14:06 ada: it: the lock\n"
    ),
    "month and day": (
        "ada, Mar 2, 2:03 PM\n"
        "checkout is down\n"
        "bob, Mar 2, 2:04 PM\n"
        "looking\n"
        "at the logs\n"
        "ada, Mar 2, 2:06 PM\n"
        "it: the lock\n"
    ),
    "a day above": (
        "--- Monday, March 2nd ---\n"
        "ada [14:03]\n"
        "checkout is down\n"
        "bob [14:04]\n"
        "looking\n"
        "at the logs\n"
        "ada [14:06]\n"
        "it: the lock\n"
    ),
}


def told(messages):
    return [(f"{m.at:%Y-%m-%d %H:%M}", m.author, m.text) for m in messages]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_the_clipboard_gives_the_same_messages(shape):
    assert told(recognize(SHAPES[shape], day=DAY)) == [
        ("2026-03-02 14:03", "ada", "checkout is down"),
        ("2026-03-02 14:04", "bob", "looking\nat the logs"),
        ("2026-03-02 14:06", "ada", "it: the lock"),
    ]


def test_a_time_alone_goes_on_with_the_same_person():
    text = "bob\n  2:02 PM\nhm\nada\n  2:05 PM\nwait\n2:06\nit: the lock"
    assert told(recognize(text, day=DAY))[-1] == ("2026-03-02 14:06", "ada", "it: the lock")
    noon = recognize("Ada\n  11:59 AM\none\n12:01\ntwo\n12:02\nthree\nBob\n  1:00 PM\nfour", day=DAY)
    assert [f"{m.at:%H:%M}" for m in noon] == ["11:59", "12:01", "12:02", "13:00"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Only a text.\nWith two lines.",
        "14:03 deploy started\n14:05 errors rise\n14:10 rollback",
        "14:03 Deploy: started\n14:05 Rollback: done\n14:10 Status: green",
        "At 14:03 something happened: bad.\nThen at 14:05 it went on: worse.",
        "- **16:58 UTC** - alert\n- **17:02 UTC** - acknowledged\n",
        "2026-03-02 14:03:22,123 ERROR payments: exhausted\n2026-03-02 14:03:23,123 ERROR payments: again",
        "| 14:03 | Checkout: down |\n| 14:05 | Checkout: up |",
    ],
)
def test_what_is_no_chat_is_not_taken_for_one(text):
    assert recognize(text, day=DAY) == []


def test_after_midnight_the_next_day_begins():
    messages = recognize("[23:59] ada: one\n[00:01] bob: two\n[00:00] ada: late\n[22:00] bob: three", day=DAY)
    assert [m.at.isoformat(" ", "minutes") for m in messages] == [
        "2026-03-02 23:59", "2026-03-03 00:01", "2026-03-03 00:00", "2026-03-03 22:00",
    ]  # fmt: skip


def test_without_a_day_the_time_stays_as_it_was_typed():
    first, _ = recognize("[14:03] ada: one\n[14:04] bob: two")
    assert (first.at, first.typed) == (None, "14:03")
    assert first.as_json()["precision"] == "unknown"


def test_a_zone_is_read_from_the_text_or_given():
    utc, _ = recognize("2026-03-02T14:03:05Z ada: one\n2026-03-02T14:04:00Z bob: two")
    assert utc.as_json()["at"] == "2026-03-02T14:03:05+00:00"
    pacific, _ = recognize("[14:03 PST] ada: one\n[14:04] bob: two", day=DAY)
    assert pacific.as_json()["at"] == "2026-03-02T14:03:00-08:00"
    berlin, _ = recognize("[14:03] ada: one\n[14:04] bob: two", day=DAY, zone="Europe/Berlin")
    assert berlin.as_json()["at"] == "2026-03-02T14:03:00+01:00"


def test_an_hour_that_clocks_show_twice_goes_on_in_order():
    text = "[02:10] ada: one\n[02:50] bob: two\n[02:20] ada: three"
    messages = recognize(text, day=datetime.date(2026, 10, 25), zone="Europe/Berlin")
    assert [f"{m.at:%H:%M%z}" for m in messages] == ["02:10+0200", "02:50+0200", "02:20+0100"]


@pytest.mark.parametrize(("written", "day"), [("13/3/2026", 13), ("3/13/2026", 13), ("03.04.2026", 3)])
def test_the_whole_text_tells_which_number_is_the_month(written, day):
    messages = recognize(f"[{written} 14:03] ada: one\n[{written} 14:04] bob: two")
    assert messages[0].at.day == day


def test_programs_edits_and_programs_marks_are_seen():
    text = "Ada\n  2:03 PM\nfixed (edited)\nPagerDuty\nAPP\n  2:04 PM\nResolved: #12\nBuild BotAPP  2:05 PM\ngreen"
    ada, pager, build = recognize(text, day=DAY)
    assert (ada.text, ada.edited, ada.kind) == ("fixed", True, "message")
    assert [(m.author, m.kind) for m in (pager, build)] == [("PagerDuty", "bot"), ("Build Bot", "bot")]


def test_the_same_words_again_have_a_key_of_their_own_and_keep_it():
    text = "[14:03] ada: one\n[14:03] ada: one\n[14:04] bob: two"
    keys = [m.key for m in recognize(text, day=DAY)]
    assert len(set(keys)) == 3
    assert [m.key for m in recognize(f"{text}\n[14:05] ada: more", day=DAY)][:3] == keys


def test_plain_text_shows_as_it_was_when_it_becomes_markdown():
    from kb.lib.markdown import render_many

    text = "[14:03] ada: # not *bold* <b> __init__ see https://example.org/a_b_c\n1. one\n[14:04] bob: - no list"
    first, second = recognize(text, day=DAY)
    html, other = render_many([(first.markdown(), False), (second.markdown(), False)])
    assert "<h1" not in html and "<em>" not in html and "<strong>" not in html and "<ol" not in html
    assert 'href="https://example.org/a_b_c"' in html
    assert "<li" not in other


@given(st.text(alphabet=st.sampled_from("0123456789:[]()<> \n\tapmAPM—-/.,Zada*=#|"), max_size=400))
def test_no_text_breaks_it(text):
    assert isinstance(recognize(text, day=DAY), list)
