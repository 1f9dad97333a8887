"""The word diff: exact both ways, readable, quick whatever is compared; and two changes brought into one."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.lib.words_diff import merged, shortened, words_diff

TEXTS = st.text(st.sampled_from("ab é.\n\t-1"), max_size=80)


def joined(pieces, *kinds):
    return "".join(piece.text for piece in pieces if piece.kind in kinds)


@given(TEXTS, TEXTS)
def test_its_pieces_give_back_both_texts(old, new):
    pieces = words_diff(old, new)
    assert (joined(pieces, "same", "old"), joined(pieces, "same", "new")) == (old, new)


def test_one_changed_word_is_one_piece_of_each_kind():
    assert words_diff("The queue grew slowly at 14:03.", "The queue grew quickly at 14:03.") == [
        ("same", "The queue grew"), ("old", " slowly"), ("new", " quickly"), ("same", " at 14:03."),
    ]  # fmt: skip


def test_words_put_at_the_front_leave_the_next_one_alone():
    assert words_diff("While we slept.", "On Tuesday, while we slept, While we slept.")[-1] == (
        "same",
        "While we slept.",
    )
    assert words_diff("a b", "b") == [("old", "a "), ("same", "b")]


def test_lines_broken_elsewhere_are_no_other_words():
    pieces = words_diff("one two three four", "one two\nthree four")
    assert joined(pieces, "same") == "one twothree four"
    assert (joined(pieces, "old"), joined(pieces, "new")) == (" ", "\n")


def test_the_same_text_has_no_change_and_an_empty_one_no_pieces():
    assert words_diff("as it was", "as it was") == [("same", "as it was")]
    assert words_diff("", "") == []
    assert words_diff("", "new") == [("new", "new")]


def test_a_paragraph_put_in_between_leaves_the_others_alone():
    words = [f"word{number}" for number in range(900)]
    old = " ".join(words)
    new = " ".join([*words[:400], "a sentence that is new", *words[400:]])
    pieces = words_diff(old, new)
    assert joined(pieces, "new") == " a sentence that is new"
    assert joined(pieces, "old") == ""


@pytest.mark.parametrize("make", [
    lambda rng: "".join(rng.choice(["a ", "b ", "c\n"]) for _ in range(50_000)),
    lambda rng: "a\n" * 50_000 if rng.random() < 0.5 else "b\na\n" * 25_000,
    lambda rng: " ".join(str(rng.randrange(10_000)) for _ in range(20_000)),
], ids=["three words", "one word", "many words"])  # fmt: skip
def test_the_longest_texts_are_compared_in_a_moment(make):
    rng = random.Random(7)
    old, new = make(rng), make(rng)
    start = time.process_time()
    pieces = words_diff(old, new)
    assert time.process_time() - start < 3
    assert joined(pieces, "same", "new") == new


def test_what_is_far_from_every_change_becomes_a_gap():
    text = "word " * 500
    pieces = shortened(words_diff(text + "old end", text + "new end"))
    assert [piece.kind for piece in pieces] == ["gap", "same", "old", "new", "same"]
    assert len(pieces[1].text) <= 120
    assert int(pieces[0].text) + len(pieces[1].text) == len(text.rstrip())


def test_changes_at_different_places_merge():
    base = "The queue grew. Nobody was paged. It drained."
    assert merged(base, base.replace("grew", "grew fast"), base.replace("drained", "drained at 14:20")) == (
        "The queue grew fast. Nobody was paged. It drained at 14:20.", True,
    )  # fmt: skip


def test_changes_of_the_same_words_keep_both():
    text, is_clean = merged("The queue grew.", "The queue shrank.", "The queue doubled.")
    assert not is_clean
    assert "shrank" in text and "doubled" in text


def test_the_same_change_made_twice_stands_once():
    assert merged("one two", "one 2", "one 2") == ("one 2", True)


@given(TEXTS, TEXTS)
def test_who_changed_nothing_takes_the_change_of_the_other(base, changed):
    assert merged(base, changed, base).text == changed
    assert merged(base, base, changed).text == changed


@given(TEXTS, TEXTS, TEXTS)
def test_no_word_that_somebody_added_is_lost_in_a_merge(base, theirs, mine):
    text = merged(base, theirs, mine).text
    for changed in (theirs, mine):
        added = [piece.text.strip() for piece in words_diff(base, changed) if piece.kind == "new"]
        assert all(word in text for piece in added for word in piece.split())
