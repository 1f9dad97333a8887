"""The writing desk: a title is enough, everything is editable in place, and no typed word is lost."""

import re

import pytest
from django.db import IntegrityError

from postmortems.models import Change, Milestone, Postmortem, Tag
from postmortems.models.prompts import QUESTIONS
from tests.postmortems.builders import draft

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def details_of(postmortem, **fields):
    """What the browser would send for the details form."""
    kept = {"title": postmortem.title, "depth": postmortem.depth, "kind": postmortem.kind, "zone": postmortem.zone,
            "owner": postmortem.owner.username, "language": "en", "version": postmortem.details_version}  # fmt: skip
    return kept | fields


def test_a_title_is_enough_to_begin(cast, sign_in):
    answer = sign_in(cast.author).post("/postmortems/new/", {"title": "Card payments failed"})
    postmortem = Postmortem.objects.get()
    assert answer.status_code == 302 and answer.url == f"/postmortems/{postmortem.reference}/edit/"
    assert postmortem.owner == cast.author and list(postmortem.teams.all()) == [cast.payments]
    assert postmortem.depth == "standard" and postmortem.section_set.count() == 5


def test_a_beginning_can_say_more(cast, sign_in):
    more = {
        "title": "A key leaked",
        "severity": "sev2",
        "depth": "note",
        "kind": "near_miss",
        "services": "Vault, vault",
        "teams": "platform",
        "restricted": "on",
    }
    assert sign_in(cast.author).post("/postmortems/new/", more).status_code == 302
    postmortem = Postmortem.objects.get()
    assert (postmortem.severity.slug, postmortem.depth, postmortem.kind) == ("sev2", "note", "near_miss")
    assert [row.name for row in postmortem.services.all()] == ["Vault"]
    assert list(postmortem.teams.all()) == [cast.platform] and postmortem.visibility == "restricted"


@pytest.mark.parametrize("title", ["", "   ", "x" * 201, "a\x07b"])
def test_a_title_that_cannot_be_is_named_and_kept(cast, sign_in, title):
    answer = sign_in(cast.author).post("/postmortems/new/", {"title": title})
    assert answer.status_code == 422 and not Postmortem.objects.exists()
    assert "id_title" in answer.content.decode() and "error-summary" in answer.content.decode()


def test_readers_do_not_begin_postmortems(cast, sign_in):
    assert sign_in(cast.reader).get("/postmortems/new/").status_code == 403
    assert sign_in(cast.reader).post("/postmortems/new/", {"title": "x"}).status_code == 403


def test_the_desk_shows_every_group_of_a_fresh_draft(cast, sign_in):
    postmortem = draft(cast.author)
    page = sign_in(cast.author).get(f"/postmortems/{postmortem.reference}/edit/").content.decode()
    for anchor in ("details", "timeline", "milestones", "factors", "observations", "learnings", "countermeasures"):
        assert f'id="{anchor}"' in page
    assert QUESTIONS["section", "summary"] in page


def test_the_desk_asks_the_database_as_often_for_many_rows_as_for_few(cast, sign_in, django_assert_max_num_queries):
    from postmortems.models import ContributingFactor, Countermeasure, Learning

    postmortem, client = draft(cast.author), sign_in(cast.author)
    for number in range(6):
        factor = ContributingFactor.add(postmortem, cast.author, statement=f"factor {number}")
        Countermeasure.add(postmortem, cast.author, statement=f"measure {number}", factors=[factor])
        Learning.add(postmortem, cast.author, claim=f"claim {number}", tags=[Tag.objects.named("dns")])
    with django_assert_max_num_queries(36):
        client.get(f"/postmortems/{postmortem.reference}/edit/")


def test_details_are_saved_with_new_tags_and_known_people(cast, sign_in):
    postmortem = draft(cast.author)
    fields = details_of(
        postmortem,
        takeaway="Retries need a budget",
        authors="Tom Teammate, stranger",
        tags="Retries, dns",
        services="checkout",
        severity="sev1",
        trigger="capacity",
        zone="Europe/Berlin",
        source_url="https://example.org/a",
        due_on="2026-04-01",
    )
    answer = sign_in(cast.author).post(f"/postmortems/{postmortem.reference}/edit/details/", fields)
    assert answer.status_code == 302
    postmortem.refresh_from_db()
    assert {tag.slug for tag in postmortem.tags.all()} == {"retries", "dns"}
    assert set(postmortem.authors.all()) == {cast.teammate, cast.stranger}
    assert (postmortem.takeaway, postmortem.zone, postmortem.severity.slug) == (
        "Retries need a budget",
        "Europe/Berlin",
        "sev1",
    )
    assert postmortem.takeaway_html and postmortem.details_version == 2


@pytest.mark.parametrize(
    "fields, word",
    [
        ({"authors": "nobody at all"}, "Nobody here is called"),
        ({"zone": "Mars/Olympus"}, "is not a time zone"),
        ({"source_url": "javascript:alert(1)"}, "source_url"),
        ({"takeaway": "x" * 401}, "401"),
        ({"teams": "Unknown"}, "There is no team"),
        ({"depth": "abyss"}, "abyss"),
        ({"title": ""}, "required"),
    ],
)
def test_a_wrong_detail_is_named_and_everything_typed_is_kept(cast, sign_in, fields, word):
    postmortem = draft(cast.author)
    typed = details_of(postmortem, nothing_new_because="we knew it all", **fields)
    answer = sign_in(cast.author).post(f"/postmortems/{postmortem.reference}/edit/details/", typed)
    page = answer.content.decode()
    assert answer.status_code == 422 and word in page and "we knew it all" in page and "error-summary" in page
    postmortem.refresh_from_db()
    assert postmortem.details_version == 1


def test_names_that_two_people_share_ask_for_the_user_name(cast, sign_in):
    cast.stranger.name = "Tom Teammate"
    cast.stranger.save()
    postmortem = draft(cast.author)
    answer = sign_in(cast.author).post(
        f"/postmortems/{postmortem.reference}/edit/details/", details_of(postmortem, authors="Tom Teammate")
    )
    assert "Several people are called" in answer.content.decode()
    answer = sign_in(cast.author).post(
        f"/postmortems/{postmortem.reference}/edit/details/",
        details_of(postmortem, authors="Tom Teammate (stranger)"),
    )
    assert answer.status_code == 302 and list(postmortem.authors.all()) == [cast.stranger]


def test_another_depth_lays_out_the_sections_it_lacks_and_keeps_the_text(cast, sign_in):
    postmortem = draft(cast.author, depth="note")
    section = postmortem.section_set.get()
    section.change(cast.author, section.version, text="It went dark.")
    client = sign_in(cast.author)
    answer = client.post(
        f"/postmortems/{postmortem.reference}/edit/details/", details_of(postmortem, depth="deep"), headers=HTMX
    )
    assert answer.headers["HX-Refresh"] == "true"
    assert postmortem.section_set.count() == 6
    assert postmortem.section_set.get(kind="narrative").text == "It went dark."
    order = list(postmortem.section_set.values_list("kind", flat=True))
    assert order == ["summary", "background", "impact", "detection", "narrative", "resolution"]


def test_only_the_lead_gives_a_postmortem_another_owner(cast, sign_in):
    postmortem = draft(cast.author)
    address = f"/postmortems/{postmortem.reference}/edit/details/"
    assert 'name="owner"' not in sign_in(cast.teammate).get(address).content.decode()
    sign_in(cast.teammate).post(address, details_of(postmortem, owner="teammate"))
    postmortem.refresh_from_db()
    assert postmortem.owner == cast.author
    sign_in(cast.facilitator).post(address, details_of(postmortem, owner="teammate"))
    postmortem.refresh_from_db()
    assert postmortem.owner == cast.teammate


def test_authors_of_a_restricted_one_cannot_let_others_in(cast, sign_in):
    postmortem = draft(cast.author, visibility="restricted")
    postmortem.authors.add(cast.teammate)
    address = f"/postmortems/{postmortem.reference}/edit/details/"
    page = sign_in(cast.teammate).get(address).content.decode()
    assert 'name="authors"' not in page and 'name="teams"' not in page
    sign_in(cast.teammate).post(address, details_of(postmortem, authors="teammate, stranger"))
    assert list(postmortem.authors.all()) == [cast.teammate]


def test_details_changed_meanwhile_show_both_versions_and_overwrite_nothing(cast, sign_in):
    postmortem = draft(cast.author)
    typed = details_of(postmortem, takeaway="mine")
    Postmortem.objects.get(pk=postmortem.pk).change_details(cast.teammate, 1, takeaway="theirs")
    client = sign_in(cast.author)
    address = f"/postmortems/{postmortem.reference}/edit/details/"
    answer = client.post(address, typed)
    page = answer.content.decode()
    assert answer.status_code == 409 and "theirs" in page and "mine" in page and "Tom Teammate" in page
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    assert client.post(address, typed | {"version": version}).status_code == 302
    postmortem.refresh_from_db()
    assert postmortem.takeaway == "mine"


def test_key_times_are_one_table(cast, sign_in):
    postmortem = draft(cast.author, zone="Europe/Berlin")
    client, address = sign_in(cast.author), f"/postmortems/{postmortem.reference}/edit/key-times/"
    page = client.get(address).content.decode()
    assert page.count('name="started-') == 5 and page.count("-when") >= 11
    lines = {f"{t}-zone": "Europe/Berlin" for t in Milestone.Type.values}
    sent = lines | {"started-when": "14:03", "started-day": "2026-03-01", "recovered-when": "2026-03-01 15:00",
                    "began-when": "2026-02-12", "began-note": "the flag was added"}  # fmt: skip
    assert client.post(address, sent).status_code == 302
    found = {row.type: row for row in Milestone.objects.all()}
    assert set(found) == {"started", "recovered", "began"}
    assert found["started"].at.isoformat() == "2026-03-01T13:03:00+00:00" and found["started"].typed == "14:03"
    assert found["began"].precision == "day" and found["began"].note == "the flag was added"


def test_a_key_time_that_somebody_else_set_meanwhile_asks_again(cast, sign_in):
    postmortem = draft(cast.author)
    row = Milestone.add(postmortem, cast.author, type="started", note="first")
    client, address = sign_in(cast.author), f"/postmortems/{postmortem.reference}/edit/key-times/"
    row.change(cast.teammate, 1, note="theirs")
    sent = {f"{t}-zone": "UTC" for t in Milestone.Type.values} | {
        "started-note": "mine", "started-version": "1", "detected-when": "2026-03-01 14:00",
    }  # fmt: skip
    answer = client.post(address, sent)
    page = answer.content.decode()
    assert answer.status_code == 409 and 'value="mine"' in page and "Meanwhile" in page
    row.refresh_from_db()
    assert row.note == "theirs" and Milestone.objects.filter(type="detected").exists()
    assert client.post(address, sent | {"started-version": "2", "detected-version": "1"}).status_code == 302
    row.refresh_from_db()
    assert row.note == "mine"


def test_a_key_time_that_two_people_set_at_the_same_moment_asks_again(cast, sign_in, monkeypatch):
    postmortem = draft(cast.author)

    def beaten(postmortem, by, **values):
        """Between the look and the write somebody else writes the same."""
        add(postmortem, cast.teammate, type="started", note="theirs")
        raise IntegrityError("one_milestone_of_each_type")

    add = Milestone.add
    monkeypatch.setattr(Milestone, "add", beaten)
    sent = {f"{t}-zone": "UTC" for t in Milestone.Type.values} | {"started-note": "mine"}
    answer = sign_in(cast.author).post(f"/postmortems/{postmortem.reference}/edit/key-times/", sent)
    page = answer.content.decode()
    assert answer.status_code == 409 and "Meanwhile" in page and 'value="mine"' in page
    assert Milestone.objects.get().note == "theirs"


def test_a_cleared_line_removes_the_key_time(cast, sign_in):
    postmortem = draft(cast.author)
    Milestone.add(postmortem, cast.author, type="started", note="first")
    sent = {f"{t}-zone": "UTC" for t in Milestone.Type.values} | {"started-version": "1", "started-note": ""}
    assert sign_in(cast.author).post(f"/postmortems/{postmortem.reference}/edit/key-times/", sent).status_code == 302
    assert not Milestone.objects.exists()
    assert Change.objects.last().action == "remove"
