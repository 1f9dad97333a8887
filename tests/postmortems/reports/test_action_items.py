"""Action items as teams write them, and milestones and sections; all of the reports are made up here."""

import time

import pytest

from postmortems.importing.reports.headings import kind_of
from postmortems.importing.reports.recognize import recognize


def items(text):
    return recognize(text, "2024-05-06-x.md").as_json()["action_items"]


def test_a_list_with_continued_lines_and_what_stands_below():
    found = items(
        "# x\n## Action items\n1. Write tests\n"
        "   that help. [Issue](https://git.example/o/r/issues/10)\n   - a detail\n2. More\n"
    )
    assert [(item["line"], item["ticket"]) for item in found] == [(3, "https://git.example/o/r/issues/10"), (6, None)]
    assert found[0]["text"].startswith("Write tests\nthat help.")


def test_checkboxes_tell_what_is_done():
    found = items(
        "# x\n## Follow-ups\n- [ ] Open one\n- [x] Done one\n- ✅ Done too\n- Mended (done)\n- Send mail (DONE)\n"
    )
    assert [item["done"] for item in found] == [False, True, True, True, True]


def test_a_table_with_owner_date_state_and_ticket():
    text = "# x\n## Corrective actions\n| Action | Owner | Due date | Status | Ticket |\n|-|-|-|-|-|\n"
    text += "| Bind it | @ann | 2024-07-21 | Complete | [OPS-12](https://jira.example/browse/OPS-12) |\n"
    text += "| Check it | Bob B. | | In progress | OPS-13 |\n| | | | | |\n"
    assert items(text) == [
        {"line": 5, "text": "Bind it", "owner": "ann", "due": "2024-07-21", "done": True,
         "ticket": "https://jira.example/browse/OPS-12"},
        {"line": 6, "text": "Check it", "owner": "Bob B.", "due": None, "done": False, "ticket": "OPS-13"},
    ]  # fmt: skip


def test_owner_date_and_ticket_in_the_words_of_an_item():
    text = "# x\n## Actions\n- @ann to add an alert by 2024-06-01 (#42)\n- Rotate keys (owner: Bob, due: June 3)\n"
    text += "- Ask for more @carl\n- As @dan mentioned, think of limits\n"
    text += "- See [guide](https://x.example/a.md) [#7]\n\n[#7]: https://g.example/pull/7\n"
    told = [(item["owner"], item["due"], item["ticket"]) for item in items(text)]
    assert told == [
        ("ann", "2024-06-01", "#42"),
        ("Bob", "2024-06-03", None),
        ("carl", None, None),
        (None, None, None),
        (None, None, "https://g.example/pull/7"),
    ]


def test_numbered_headings_are_items_with_prose_below():
    text = "# x\n# Resulting Action\n\n#### 1) Cron cleanup scheduled `@mal_j`\n\n"
    text += "It runs daily.\n\n#### 2) Alerts configured `@dma`\n\nAt 90 %.\n"
    assert [(i["line"], i["text"], i["owner"]) for i in items(text)] == [
        (4, "Cron cleanup scheduled", "mal_j"),
        (8, "Alerts configured", "dma"),
    ]


def test_sub_headings_group_items_and_may_say_that_they_are_done():
    text = "# x\n## Remediation\n### Immediate actions (completed)\n- Raised limits\n"
    text += "### Detection\n- Alert on errors\n### Process\nNone.\n"
    assert [(i["line"], i["done"]) for i in items(text)] == [(4, True), (6, False)]


@pytest.mark.parametrize(
    "line",
    ["- {{ summary }} [link to github issue]", "-", "- [ ] ", "- N/A", "- TODO", "- TBD", "- None.",
     "- [ ] Sections above are filled out", "* _List what to do._", "- {each item here should have an owner}"],
)  # fmt: skip
def test_what_a_template_left_is_no_item(line):
    assert items(f"# x\n## Action items\n{line}\n- A real one\n")[0]["text"] == "A real one"


def test_a_filled_placeholder_is_an_item():
    found = items("# x\n## Action items\n1. {{ Start writing reports }} [link to github issue]\n")
    assert [item["text"] for item in found] == ["Start writing reports"]


def test_prose_and_other_lists_are_no_items():
    assert (
        items("# x\n## Action items\nWe will do better.\n## Impact\n- 3 users\n## Questions for follow up\n- Which?\n")
        == []
    )


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("Issue Summary", "summary"), ("Timeline summary", "timeline"), ("Chronology", "timeline"),
        ("Summary of impact", "impact"), ("Contributing Factors", "contributing_factors"),
        ("Root Cause(s)", "root_cause"),
        ("What caused the incident?", "root_cause"), ("Resolution and recovery", "resolution"),
        ("Identified", "detection"),
        ("Details of fix", "resolution"), ("What went well?", "went_well"), ("What Didn’t Go So Well?", "went_poorly"),
        ("What could have gone better", "went_poorly"), ("Where we got lucky", "lucky"), ("Lessons learnt", "lessons"),
        ("Corrective and Preventative Measures", "action_items"), ("Next steps", "action_items"),
        ("3. Process improvements", "action_items"), ("Background:", "background"), ("Attendees", "other"),
    ],
)  # fmt: skip
def test_the_kind_of_a_heading(heading, kind):
    assert kind_of(heading) == kind


def test_milestones_of_labels_and_of_events_that_say_so():
    text = "# x\n**Outage start:** 2024-05-06 09:00 UTC\n\n**Detected at:** 2024-05-06 09:10 UTC\n\n## Timeline (UTC)\n"
    text += "- 09:10 **Detection:** Alert\n- 09:15 Incident declared, rollback tried\n"
    text += "- 09:30 Service fully restored\n- 09:40 Declared war\n"
    told = recognize(text, "2024-05-06.md").as_json()["milestones"]
    assert [(m["type"], m["line"], m["at"][11:16]) for m in told] == [
        ("started", 2, "09:00"), ("detected", 4, "09:10"), ("declared", 8, "09:15"), ("recovered", 9, "09:30"),
    ]  # fmt: skip


def took(text):
    """Seconds of processor time."""
    began = time.process_time()
    recognize("# T 2024-01-02\n## Timeline\n" + text, "x.md")
    return time.process_time() - began


def test_recognition_is_linear_in_what_it_reads():
    """Two megabytes of anything end within seconds; twice the text takes about twice the time."""
    for unit in ("- 10:03 a\n", "## Action (b\n", "):", "On 24 April it\n\n", "- [[@a #1 ", "|10:03|b|\n"):
        once, twice = (min(took(unit * count) for _ in range(2)) for count in (2_000, 4_000))
        assert twice < 4 * once + 0.2, unit
