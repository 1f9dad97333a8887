"""Public identity is random and easy to read aloud."""

import re

from kb.lib.uids import ALPHABET, new_uid


def test_twelve_signs_of_an_alphabet_without_look_alikes():
    assert len(set(ALPHABET)) == 32 and not set(ALPHABET) & set("lo01")
    assert all(re.fullmatch(f"[{ALPHABET}]{{12}}", new_uid()) for _ in range(500))


def test_no_two_are_alike():
    assert len({new_uid() for _ in range(20_000)}) == 20_000
