"""The writing desk: a title is enough, everything is editable in place, and no typed word is lost."""

import pytest

from postmortems.models import Postmortem, Section
from tests.postmortems.builders import draft

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def test_a_title_is_enough_to_begin(cast, sign_in):
    answer = sign_in(cast.author).post("/postmortems/new/", {"title": "Card payments failed"})
    postmortem = Postmortem.objects.get()
    assert answer.status_code == 302 and answer.url == f"/postmortems/{postmortem.reference}/edit/"
    assert postmortem.owner == cast.author and list(postmortem.teams.all()) == [cast.payments]
    assert postmortem.section_set.count() == 5


def test_the_desk_shows_every_group_of_a_fresh_draft(cast, sign_in):
    postmortem = draft(cast.author)
    page = sign_in(cast.author).get(f"/postmortems/{postmortem.reference}/edit/").content.decode()
    for anchor in (
        "details",
        "timeline",
        "milestones",
        "factors",
        "observations",
        "learnings",
        "countermeasures",
    ):
        assert f'id="{anchor}"' in page
    assert Section.PROMPTS["summary"] in page
