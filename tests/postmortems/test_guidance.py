"""Guidance where one writes: one question per kind of section and per group, asking how and what, never why."""

import re

import pytest

from postmortems.models import Section
from tests.postmortems.builders import draft
from tests.postmortems.test_rows import desk

pytestmark = pytest.mark.django_db


def test_each_kind_of_section_asks_where_one_writes(cast, sign_in):
    postmortem, client = draft(cast.author, depth="deep"), sign_in(cast.author)
    asked = set()
    for section in postmortem.section_set.all():
        form = client.get(desk(postmortem, "section", section.uid)).content.decode()
        label = re.search(r'<label for="[^"]*-text">(.*?)</label>', form, re.DOTALL)[1]
        assert label.strip().endswith("?"), label
        assert not re.search(r"\bwhy\b", label, re.IGNORECASE), label
        asked.add(label)
    assert len(asked) == postmortem.section_set.count() == len(set(Section.Kind)) - 1, "one question each, of its own"
