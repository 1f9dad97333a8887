"""Two versions of one text: shown side by side word by word, and brought into one where that is wanted."""

import html
import re

import pytest

from postmortems.models import Section
from tests.postmortems.builders import draft, published
from tests.postmortems.test_rows import desk

pytestmark = pytest.mark.django_db
BASE = "The queue grew. Nobody was paged. It drained."
THEIRS = "The queue grew fast. Nobody was paged. It drained."
MINE = "The queue grew. Nobody was paged. It drained at 14:20."


def collided(cast, sign_in):
    """A section that the teammate saved while the author was typing, the author's client, and what he sent."""
    postmortem = draft(cast.author)
    section = postmortem.section_set.first().change(cast.author, 1, text=BASE)
    client = sign_in(cast.author)
    form = client.get(desk(postmortem, "section", section.uid)).content.decode()
    base = html.unescape(re.search(r'name="base-text" value="([^"]*)"', form)[1])
    section.change(cast.teammate, section.version, text=THEIRS)
    return section, client, {"version": 2, "base-text": base, "text": MINE}


def test_a_conflict_marks_the_words_that_differ_on_each_side(cast, sign_in):
    section, client, typed = collided(cast, sign_in)
    page = client.post(desk(section.postmortem, "section", section.uid), typed).content.decode()
    shown = [re.sub("<span.*?</span>", "", html.unescape(found)) for found in
             re.findall(r'<div class="diff">(.*?)</div>', page, re.DOTALL)]  # fmt: skip
    assert shown == [
        'The queue grew<mark class="theirs"> fast</mark>. Nobody was paged. It drained.',
        'The queue grew. Nobody was paged. It drained<mark class="mine"> at 14:20</mark>.',
    ]
    assert "Tom Teammate" in page


def test_both_put_together_wait_for_a_save(cast, sign_in):
    section, client, typed = collided(cast, sign_in)
    address = desk(section.postmortem, "section", section.uid)
    page = client.post(address, {**typed, "version": 3, "together": "1"}).content.decode()
    text = html.unescape(re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", page, re.DOTALL)[1])
    assert text == "The queue grew fast. Nobody was paged. It drained at 14:20."
    assert Section.objects.get(pk=section.pk).text == THEIRS
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    assert client.post(address, {"version": version, "text": text}).status_code == 302
    assert Section.objects.get(pk=section.pk).text == text


def test_what_was_kept_of_a_published_one_can_be_put_together_with_what_went_live(cast, sign_in):
    postmortem = published(cast.author, cast.stranger)
    section = postmortem.section_set.first()
    section.change(cast.author, section.version, text=BASE)
    client, address = sign_in(cast.author), desk(postmortem, "section", section.uid)
    client.post(
        address, {"version": 2, "autosave": "1", "base-text": BASE, "text": MINE}, headers={"HX-Request": "true"}
    )
    section.change(cast.teammate, 2, text=THEIRS)
    page = client.get(address).content.decode()
    assert f'name="base-text" value="{BASE}"' in page and 'name="version" value="3"' in page
    page = client.post(address, {"version": 3, "base-text": BASE, "text": MINE, "together": "1"}).content.decode()
    assert "The queue grew fast. Nobody was paged. It drained at 14:20.</textarea>" in page
