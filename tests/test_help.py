"""The help page says what the product does, and what it says about searching is what the parser understands."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from search.document import PARTS
from search.query import parse

PAGE = Path(settings.BASE_DIR, "templates/help/searching.html").read_text()


@pytest.mark.parametrize("example", re.findall(r"<code>(.+?)</code>", PAGE))
def test_every_example_of_the_search_help_is_understood(example):
    text = example if not example.endswith(":") else f"{example}something"
    query = parse(text)
    assert not query.notes and (query.words or query.required or query.excluded or query.parts), text


def test_the_search_help_names_every_part():
    assert all(part in PAGE for part in PARTS)


@pytest.mark.django_db
def test_administrators_read_more_help_than_others(cast, sign_in):
    page = sign_in(cast.reader).get("/help/").content.decode()
    assert 'id="blameless"' in page and "For administrators" not in page
    assert "For administrators" in sign_in(cast.admin).get("/help/").content.decode()
