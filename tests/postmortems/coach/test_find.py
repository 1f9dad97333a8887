"""What the coach reads, what it leaves alone, and what it says."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from postmortems.coach import find

from .corpus import sentences

ROOT = Path(__file__).parents[3]

BLAME = "The engineer failed to check the backup."


def rules(text, field="narrative", **more):
    return [finding.rule.id for finding in find(text, field, **more)]


def test_a_finding_names_its_words_by_characters_of_the_whole_text():
    text = "Première phrase – 🙂 calm.\r\n\r\n- item\r\n- The DBA didn’t check it."
    (finding,) = find(text, "narrative")
    assert text[finding.start : finding.end] == finding.text == "didn’t check"
    assert finding.rule.question.endswith("?") and finding.rule.source["url"].startswith("https://")


def test_a_finding_has_seven_keys():
    (finding,) = find(BLAME, "narrative")
    assert list(finding.as_dict()) == ["rule", "family", "weight", "start", "end", "text", "question"]


@pytest.mark.parametrize(
    "text",
    [
        f"```\n{BLAME}\n```",
        f"~~~ text\n{BLAME}\n",
        f"`{BLAME}`",
        f"> {BLAME}",
        f"He wrote “{BLAME}”.",
        f"[{BLAME}](https://example.org/a)",
        f"<!-- {BLAME} -->",
        f"[14:03] <ada> {BLAME}",
        f"2024-03-01T14:03:11Z app ERROR {BLAME}",
    ],
    ids=["fence", "open fence", "code", "quote", "quoted", "link", "comment", "chat", "log"],
)
def test_code_quotes_links_chat_and_logs_are_not_the_writers_words(text):
    assert rules(text) == []


def test_what_stands_after_a_fence_is_read_again():
    assert rules(f"```\ncode\n```\n\n{BLAME}") == ["C4"]


def test_each_clause_has_one_finding_and_the_strongest_wins():
    assert rules("Obviously the engineer failed to check the backup.") == ["C4"]
    assert rules("The engineer failed to check the backup, and we should have asked.") == ["C4", "C1"]


def test_paragraphs_do_not_know_of_each_other():
    hosts, they = "The hosts were restarted.", "They forgot to check the queue."
    assert rules(f"{hosts}\n\n{they}") == ["C4"]


def test_each_table_cell_and_list_item_stands_alone():
    assert rules("| time | what |\n|---|---|\n| 10:00 | The operator forgot the valve |\n") == ["C4"]
    assert rules("* The team\n* failed to start\n") == []


def test_names_of_the_postmortem_count_as_people():
    assert rules("Zyxwa failed to check the backup.") == []
    assert rules("Zyxwa failed to check the backup.", names=["Zyxwa Vut"]) == ["C4"]


def test_a_surname_counts_behind_a_first_name_or_a_title():
    assert rules("Anjali Qwertz forgot the valve. Dr. Qwertz failed to check it.") == ["C4", "C4"]


def test_a_quotation_may_run_over_the_end_of_a_line():
    assert rules('The letter said "the engineer\nfailed to check the backup".') == []


def test_what_the_installation_knows_as_no_match_is_left_out():
    others = "The operator failed to check the valve."
    for words in ("failed to check", "the engineer failed to check the backup"):
        assert rules(BLAME, allowed=[("C4", words)]) == []
    assert rules(others, allowed=[("C4", "engineer failed to check")]) == ["C4"]
    assert rules(BLAME, allowed=[("C1", "failed to check"), ("C4", "the backup")]) == ["C4"]


def test_an_accusing_question_is_only_asked_about_in_a_comment():
    weights = [find("Why didn't you call?", field)[0].weight for field in ("narrative", "comment")]
    assert weights == ["coach", "asks"]


def test_a_heading_is_no_place_for_small_questions():
    assert rules("## Root cause\n") == []


def test_the_same_text_gives_the_same_findings_in_every_process(tmp_path):
    text = "\n\n".join(each.text for each in sentences("build"))
    (tmp_path / "text").write_text(text, encoding="utf-8")
    code = "import sys; from postmortems.coach import find\n"
    code += "print([each.as_dict() for each in find(open(sys.argv[1]).read())])"
    printed = {
        subprocess.run(
            [sys.executable, "-c", code, tmp_path / "text"], env={"PYTHONHASHSEED": seed}, cwd=ROOT, capture_output=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(printed) == 1 and len(printed.pop()) > 100


ODD = [
    "",
    " \n\n\t",
    "\x00\x01",
    "`",
    "```",
    "[](",
    "> ",
    "|" * 500,
    "'" * 500,
    "a " * 20_000,
    "!" * 20_000,
    "(" * 9_999,
]
ODD += [
    "had we " * 5_000,
    "if we had " * 3_000,
    "should , " * 5_000,
    "never not no " * 4_000,
    "we failed to check " * 4_000,
]
ODD += ["<a" * 9_999, "`a" * 9_999, "[a" * 9_999, "“a" * 9_999, "<!-- " * 5_000, "12:00:00 " * 5_000, "\n" * 20_000]


@pytest.mark.parametrize("text", ODD, ids=lambda text: ascii(text[:12]))
def test_odd_texts_are_read_in_bounded_time(text):
    start = time.process_time()
    find(text, "narrative")
    assert time.process_time() - start < 3
