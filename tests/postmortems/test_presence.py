"""Presence: who else is editing what, for as long as the form is open, told to those who write and to nobody else."""

import pytest

from postmortems.models import Postmortem, Presence
from tests.postmortems.builders import draft
from tests.postmortems.test_rows import desk

pytestmark = pytest.mark.django_db


def told(client, postmortem, *parts):
    address = f"/postmortems/{postmortem.reference}/edit/presence/"
    answer = client.post(address, {"part": parts}) if parts else client.get(address)
    return answer.json()["editing"]


def test_an_open_form_is_told_to_the_others_and_not_to_oneself(cast, sign_in):
    postmortem = draft(cast.author)
    anchor = postmortem.section_set.first().anchor
    ada, tom = sign_in(cast.author), sign_in(cast.teammate)
    assert told(ada, postmortem, anchor) == {}
    assert told(tom, postmortem) == {anchor: ["Ada Author"]}
    assert told(tom, postmortem, anchor, "details") == {anchor: ["Ada Author"]}
    assert told(sign_in(cast.facilitator), postmortem) == {
        anchor: ["Ada Author", "Tom Teammate"], "details": ["Tom Teammate"],
    }  # fmt: skip


def test_it_ends_with_the_form_and_by_itself(cast, sign_in, clock):
    postmortem = draft(cast.author)
    anchor = postmortem.section_set.first().anchor
    ada, tom = sign_in(cast.author), sign_in(cast.teammate)
    told(ada, postmortem, anchor, "details")
    told(ada, postmortem, "details")
    assert told(tom, postmortem) == {"details": ["Ada Author"]}
    ada.post(f"/postmortems/{postmortem.reference}/edit/presence/")
    assert told(tom, postmortem) == {}
    told(ada, postmortem, anchor)
    clock.on(seconds=24)
    assert told(tom, postmortem) == {anchor: ["Ada Author"]}
    clock.on(seconds=2)
    assert told(tom, postmortem) == {}
    told(tom, postmortem, "details")
    assert Presence.objects.count() == 1, "what ran out is swept by the next who edits"


def test_reading_the_desk_writes_nothing(cast, sign_in, django_assert_max_num_queries):
    postmortem = draft(cast.author)
    client = sign_in(cast.author)
    told(client, postmortem)
    with django_assert_max_num_queries(9) as asked:
        told(client, postmortem)
    assert not [query for query in asked if not query["sql"].startswith("SELECT")]
    assert Postmortem.objects.get(pk=postmortem.pk).version == postmortem.version


def test_the_form_says_who_else_is_in_it_without_a_script_too(cast, sign_in):
    postmortem = draft(cast.author)
    section = postmortem.section_set.first()
    told(sign_in(cast.author), postmortem, section.anchor, "details")
    tom = sign_in(cast.teammate)
    page = tom.get(desk(postmortem, "section", section.uid)).content.decode()
    assert "Ada Author is editing this now. You can edit anyway" in page
    assert "Ada Author is editing" in tom.get(f"/postmortems/{postmortem.reference}/edit/details/").content.decode()
    assert "editing this now" not in tom.get(desk(postmortem, "factor")).content.decode()


def test_nonsense_is_nobodys_presence(cast, sign_in):
    postmortem = draft(cast.author)
    told(
        sign_in(cast.author),
        postmortem,
        "<b>",
        "x" * 500,
        "section-\0",
        "ÄÖÜ",
        *[f"section-{n:012}" for n in range(40)],
    )
    assert Presence.objects.count() == 12
