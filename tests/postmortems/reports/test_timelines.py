"""The forms in which teams write their timelines, one small report each; all of them made up here."""

import pytest

from postmortems.importing.reports.recognize import recognize


def rows(text, name="report.md"):
    """[(line, at, until)] of a report."""
    return [(row["line"], row["at"], row["until"]) for row in recognize(text, name).as_json()["timeline"]]


def times(text, name="report.md"):
    return [at for _, at, _ in rows(text, name)]


def test_a_table_with_date_and_time_in_one_cell():
    text = "# Outage\n\n## Timeline\n\nAll times in CET.\n\n| Time | Event |\n| :-- | -- |\n"
    text += "| 2024-02-03 11:21 | Pods crash |\n"
    assert rows(text) == [(9, "2024-02-03T11:21:00+01:00", None)]


def test_a_table_over_several_columns_whose_header_has_the_zone():
    text = "# Outage 2024\n## Timeline\n| Day | Date (2024) | Time (UTC) | Event |\n|-|-|-|-|\n"
    text += "| Fri | Jan 26 | 02:34 | One |\n"
    text += "| Thur | Feb 1 | 19:12 | Two |\n"
    found = rows(text, "2024-01-26-card.md")
    assert found == [(5, "2024-01-26T02:34:00+00:00", None), (6, "2024-02-01T19:12:00+00:00", None)]


def test_a_table_without_outer_pipes():
    text = "# Incident timeline of 18 March 2024\n## Timeline\nDate | Time | State\n"
    text += "---- | ---- | ----\nMarch 18 | 16:00 | Began\n"
    assert times(text) == ["2024-03-18T16:00:00"]


def test_slips_of_the_hand_in_a_table():
    text = "## Timeline\n| Time | Event |\n|--|--|\n| 2020-03-01 10:00 | a |\n| 20202-03-01 11:00 | b |\n| | c |\n"
    text += "| 2020-03-02 HH:mm | d |\n| 2020-03-?? ??:?? | e |\n"
    found = recognize(text, "report.md")
    told = [(row.line, row.moment.at_iso, row.moment.precision) for row in found.rows]
    assert told == [
        (4, "2020-03-01T10:00:00", "minute"),
        (5, "2020-03-01T11:00:00", "minute"),
        (6, None, "unknown"),
        (7, "2020-03-02T00:00:00", "day"),
    ]
    assert [row["line"] for row in found.as_json()["timeline"]] == [4, 5, 7]


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("- **16:58 UTC** - Writes fail", "2024-05-06T16:58:00+00:00"),
        ("- 04:49 PM UTC Branch renamed", "2024-05-06T16:49:00+00:00"),
        ("* 2024-05-07 - 17:53 UTC: Key expires", "2024-05-07T17:53:00+00:00"),
        ("- 2024-05-07 15.26 Compared sizes", "2024-05-07T15:26:00"),
        ("- 2:54 PM PST: [fix][1] merged", "2024-05-06T14:54:00-08:00"),
        ("- May 7th **12:43** Alert", "2024-05-07T12:43:00"),
        ("- [08:47] Deploy begins", "2024-05-06T08:47:00"),
        ("- `07:35` Deploy begins", "2024-05-06T07:35:00"),
        ("05/06/2024 - 15:38 CST - Permission given", "2024-05-06T15:38:00-06:00"),
        ("05-07-2024 11:00 pm - Cost grows", "2024-05-07T23:00:00"),
        ("11.13 Somebody calls", "2024-05-06T11:13:00"),
        ("2024-05-06T08:58:01Z Disk full", "2024-05-06T08:58:01+00:00"),
        ("1. **Monday, 6 May 2024**: Report received", "2024-05-06T00:00:00"),
        ("- 14:03 CEST, 7 May 2024: Rolled back", "2024-05-07T14:03:00+02:00"),
        ("– 10:10 A dash of the other kind", "2024-05-06T10:10:00"),
    ],
)
def test_a_line_that_begins_with_a_time(line, at):
    assert times(f"# Outage of 2024-05-06\n\n## Timeline\n\n{line}\n") == [at]


def test_a_heading_for_each_event():
    text = "# Diff\n## Timeline\nAll times in PST.\n\n### 2024-03-26 10:34\n\nBegan.\n\n"
    text += "### 10:55\n\nEnded.\n\n```\n12:00 no event\n```\n"
    assert rows(text) == [(5, "2024-03-26T10:34:00-08:00", None), (9, "2024-03-26T10:55:00-08:00", None)]


def test_headings_on_the_level_of_the_timeline_itself():
    text = "# x 2024-02-25\n## Timeline\n### 12:28p\nMail sent.\n### 12:43 - 12:49\nCall.\n"
    text += "## 13:20\nImported.\n## Conclusion\nx\n"
    assert rows(text) == [
        (3, "2024-02-25T12:28:00", None),
        (5, "2024-02-25T12:43:00", "2024-02-25T12:49:00"),
        (7, "2024-02-25T13:20:00", None),
    ]


def test_spans_and_about():
    text = "# x\n## Timeline (UTC)\n### 2024-04-18 ~13:30-13:45\nZero.\n"
    text += "### 22:04-23:00 UTC: Split\n- 22:05: First reports\n"
    found = recognize(text, "x.md")
    assert [(r.moment.at_iso, r.moment.until_iso, r.moment.approximate) for r in found.rows] == [
        ("2024-04-18T13:30:00+00:00", "2024-04-18T13:45:00+00:00", True),
        ("2024-04-18T22:04:00+00:00", "2024-04-18T23:00:00+00:00", False),
        ("2024-04-18T22:05:00+00:00", None, False),
    ]


def test_the_zone_of_a_heading_and_the_day_of_the_title():
    text = "# Report August 12 2024 - hub outage\n## Timeline (times in BST)\n### 5:02 PM\nDeclared.\n"
    assert times(text) == ["2024-08-12T17:02:00+01:00"]


def test_the_day_of_a_sentence_and_days_above_groups():
    text = "# x\n## Timeline\nUnless otherwise noted all events happened on 2024-10-21, and all times are in\nUTC.\n\n"
    text += "- **2024-10-20 00:55: builds fail**\n- **01:38: alert**\n"
    assert times(text) == ["2024-10-20T00:55:00+00:00", "2024-10-20T01:38:00+00:00"]
    grouped = (
        "# x\n## Timeline\n### 2024-10-21\n- 10:00 a\n\n_10/22/2024_\n\n9:41 AM: b\n\n-10/23/2024_\n\n9:42 AM: c\n"
    )
    assert times(grouped) == ["2024-10-21T10:00:00", "2024-10-22T09:41:00", "2024-10-23T09:42:00"]


def test_the_day_of_the_file_name_and_of_the_front_matter():
    text = "## Timeline\n- 11:02 Mail received\n"
    assert times(text, "2024-04-24-fileserver.md") == ["2024-04-24T11:02:00"]
    assert times(text, "20240424-fileserver.md") == ["2024-04-24T11:02:00"]
    front = f"---\ntitle: Outage\ndate: 2024-04-24\n---\n{text}"
    assert rows(front) == [(6, "2024-04-24T11:02:00", None)]


def test_midnight_passes_without_a_new_date():
    text = "# x 2024-02-01\n## Timeline\n- 22:10 a\n- 23:55 b\n- 00:10 c\n- 14:49 d\n- 14:43 noted late\n"
    assert times(text)[2:] == ["2024-02-02T00:10:00", "2024-02-02T14:49:00", "2024-02-02T14:43:00"]


def test_the_order_of_day_and_month():
    assert times("## Timeline\n- 25/12/2023 10:00 a\n- 03/01/2024 10:00 b\n")[1] == "2024-01-03T10:00:00"
    assert times("## Timeline\n- 12/25/2023 10:00 a\n- 01/03/2024 10:00 b\n")[1] == "2024-01-03T10:00:00"


def test_a_year_that_is_not_written_is_that_of_the_incident():
    text = "# x\n**Date:** December 30, 2023 - January 2, 2024\n## Timeline\n| Time (UTC) | Event |\n|-|-|\n"
    text += "| Dec 30, 10:18 AM | a |\n| Jan 2, 5:33 PM | b |\n"
    assert times(text) == ["2023-12-30T10:18:00+00:00", "2024-01-02T17:33:00+00:00"]


def test_a_bold_label_instead_of_a_heading():
    text = "---\ntitle: Incident on 2024-07-21\n---\n# Incident on 2024-07-21\n\n"
    text += "- **Key events**\n  - First detected 2024-07-21 08:15\n"
    text += "  - Resolved 2024-07-21 12.42\n\n- **Impact**: Some\n\n- **Context**:\n  - 2024-07-21 08:15 - Reported\n"
    text += "  - 2024-07-21 09:00: Listed\n  - 2024-07-21 09:31 Declared\n"
    found = recognize(text, "2024-07-21.md").as_json()
    assert [row["line"] for row in found["timeline"]] == [13, 14, 15]
    assert [(m["line"], m["type"], m["at"]) for m in found["milestones"]] == [
        (7, "detected", "2024-07-21T08:15:00"),
        (8, "resolved", "2024-07-21T12:42:00"),
    ]
    assert [(s["line"], s["kind"]) for s in found["sections"]] == [(6, "timeline"), (10, "impact"), (12, "timeline")]


def test_a_pasted_log_and_a_pasted_chat():
    log = "# x\n## Timeline\n```\n2024-07-01 10:00:01 up\n2024-07-01 10:00:09 down\nsecond line\n```\n"
    assert rows(log) == [(4, "2024-07-01T10:00:01", None), (5, "2024-07-01T10:00:09", None)]
    chat = "# x 2024-07-01\n## Timeline\n\n11.13 AB: something is off\nCD: looking\n11.15 CD: it is DNS\n"
    assert rows(chat) == [(4, "2024-07-01T11:13:00", None), (6, "2024-07-01T11:15:00", None)]
    assert "CD: looking" in recognize(chat, "x.md").rows[0].text
    slack = "# x 2024-07-01\n## Timeline\n\nAnn [8:27 AM]\nit is down\n\nBob  [8:33 AM]\nlooking\n"
    assert rows(slack) == [(4, "2024-07-01T08:27:00", None), (7, "2024-07-01T08:33:00", None)]


def test_what_stands_between_the_events_belongs_to_the_one_before():
    text = "# x 2024-07-01\n## Timeline\n- 10:00 a\n\n```\n10:01 log\n```\n\n![graph](g.png)\n\n"
    text += "- 10:05 b\n\nThat was all.\n"
    first, second = recognize(text, "x.md").rows
    assert "10:01 log" in first.text and "g.png" in first.text
    assert second.text == "b"


def test_times_elsewhere_are_no_events():
    text = "# x 2024-07-01\n## Impact\n- 10:00 => 11:00 UTC (one hour)\n- 12:00 => 12:30 UTC\n- 13:00 => 14:00 UTC\n"
    text += "## What happened\nAt 10:00 it broke.\n\nOn 1 July 2024 it was mended.\n"
    text += "## Action items\n- 2024-08-01 Buy a disk\n"
    assert rows(text) == []


def test_events_under_a_heading_that_does_not_say_so():
    text = "# x 2024-07-01\n## What happened\n- 10:00 a\n- 10:05 b\n- 10:07 c\n"
    assert len(rows(text)) == 3


def test_what_a_template_left_is_no_event():
    text = (
        "# ISSUE NAME\n## Timeline (all times PST) DATE RANGE\n12:45 PM DATE: Thing 1 happened\n\n### {{ hh:mm }}\nx\n"
    )
    text += "### 1900-01-01\n14:44 - something happened\n| Time | Event |\n|-|-|\n"
    text += "| 20xx-MM-DD HH:mm | Short event description |\n"
    assert rows(text) == []


def test_letters_that_name_an_offset_mean_it_in_summer_too():
    assert times("# x\n## Timeline (PST)\n- 2024-07-05 12:11 a\n") == ["2024-07-05T12:11:00-08:00"]
    assert times("# x\n## Timeline\nAll times in US/Pacific\n\n- 2024-07-05 12:11 a\n") == ["2024-07-05T12:11:00-07:00"]
