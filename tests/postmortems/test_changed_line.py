"""Readers of a published postmortem see that it changed, where, and one click shows how."""

import re
from datetime import UTC, datetime

import pytest

from postmortems.models import TimelineEntry
from tests.postmortems.builders import draft, published

pytestmark = pytest.mark.django_db


def line(client, postmortem):
    page = client.get(f"/postmortems/{postmortem.reference}/").content.decode()
    found = re.search(r'<p class="meta changed">(.*?)</p>', page, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[1]) if found else None


def test_readers_see_what_changed_since_publication_and_how(cast, sign_in):
    live = published(cast.author, cast.stranger)  # with a learning that was typed before
    reader = sign_in(cast.reader)
    section = live.section_set.get(kind="impact")
    section.change(cast.author, section.version, text="Nobody could pay")
    TimelineEntry.add(live, cast.author, text="Paged")
    live.changes.update(at=datetime(2026, 3, 3, 9, tzinfo=UTC))
    assert line(reader, live) == "Changed 3 March 2026: Impact, Timeline"
    history = reader.get(f"/postmortems/{live.reference}/history/").content.decode()
    assert "Nobody could pay" in history and "Paged" in history


def test_a_draft_has_no_such_line_and_a_state_is_no_change_of_text(cast, sign_in):
    postmortem = draft(cast.author)
    section = postmortem.section_set.first()
    section.change(cast.author, 1, text="words")
    assert line(sign_in(cast.author), postmortem) is None
    live = published(cast.author, cast.stranger)
    live.archive(cast.author)
    assert line(sign_in(cast.reader), live) is None


def test_a_working_copy_is_no_change(cast, sign_in):
    live = published(cast.author, cast.stranger)
    section = live.section_set.first()
    address = f"/postmortems/{live.reference}/edit/section/{section.uid}/"
    data = {"version": section.version, "autosave": "1", "text": "half"}
    assert sign_in(cast.author).post(address, data, headers={"HX-Request": "true"}).status_code == 204
    assert line(sign_in(cast.reader), live) is None
