"""Publication: the checklist, the gate, who sees it, and the ways back."""

import pytest

from kb.events.models import Event
from postmortems.models import Countermeasure, Named, Postmortem, Review
from tests.postmortems.builders import ANSWERS, draft, in_review, published, with_learning

pytestmark = pytest.mark.django_db


def page(postmortem, word):
    return f"/postmortems/{postmortem.reference}/{word}/"


def status_of(postmortem):
    return Postmortem.objects.values_list("status", flat=True).get(pk=postmortem.pk)


def test_the_checklist_names_what_is_open_and_the_button_waits(cast, sign_in):
    shown = sign_in(cast.author).get(page(draft(cast.author), "publish")).content.decode()
    assert "Write down at least one learning" in shown and "is empty" in shown
    assert "Everybody who can sign in will read it" in shown
    assert 'disabled aria-describedby="why-not"' in shown


def test_a_closed_gate_does_not_publish_whoever_asks(cast, sign_in):
    postmortem = in_review(cast.author, cast.stranger)
    answer = sign_in(cast.facilitator).post(page(postmortem, "publish"))
    assert answer.status_code == 409 and "Not published yet" in answer.content.decode()
    assert status_of(postmortem) == "in_review"


def test_a_draft_goes_to_review_before_it_is_published(cast, sign_in):
    postmortem, client = with_learning(draft(cast.author)), sign_in(cast.author)
    assert "Send it to review" in client.get(page(postmortem, "publish")).content.decode()
    answer = client.post(page(postmortem, "publish"))
    assert answer.status_code == 409 and "Submit it for review first" in answer.content.decode()
    assert status_of(postmortem) == "draft"


def test_the_owner_publishes_once_the_gate_is_open_and_sees_what_happens_next(cast, sign_in):
    postmortem = in_review(cast.author, cast.stranger)
    Review.answer(postmortem, cast.stranger, outcome="approved", answers=ANSWERS)
    client = sign_in(cast.author)
    assert "disabled" not in client.get(page(postmortem, "publish")).content.decode().split("<form", 3)[-1]
    answer = client.post(page(postmortem, "publish"), follow=True)
    assert answer.redirect_chain == [(page(postmortem, "published"), 302)]
    assert "What happens next" in answer.content.decode() or "what happens next" in answer.content.decode()
    assert status_of(postmortem) == "published"


def test_a_note_is_published_without_a_review(cast, sign_in):
    postmortem = with_learning(draft(cast.author, depth="note"))
    assert sign_in(cast.author).post(page(postmortem, "publish")).status_code == 302
    assert status_of(postmortem) == "published"


def test_a_teammate_writes_but_does_not_publish(cast, sign_in):
    postmortem = with_learning(draft(cast.author, depth="note"))
    client = sign_in(cast.teammate)
    assert "Its owner or a facilitator publishes it" in client.get(page(postmortem, "publish")).content.decode()
    assert client.post(page(postmortem, "publish")).status_code == 403
    assert status_of(postmortem) == "draft"


def test_withdrawing_needs_a_reason_and_reinstating_brings_the_draft_back(cast, sign_in):
    postmortem, client = published(cast.author, cast.stranger), sign_in(cast.author)
    assert client.post(page(postmortem, "withdraw"), {"reason": " "}).status_code == 422
    assert client.post(page(postmortem, "withdraw"), {"reason": "wrong service"}).status_code == 302
    postmortem.refresh_from_db()
    assert (postmortem.status, postmortem.withdrawn_because) == ("withdrawn", "wrong service")
    assert sign_in(cast.reader).get(f"/postmortems/{postmortem.reference}/").status_code == 404
    assert client.post(page(postmortem, "reinstate")).status_code == 302 and status_of(postmortem) == "draft"


def test_archiving_and_back(cast, sign_in):
    postmortem, client = published(cast.author, cast.stranger), sign_in(cast.author)
    client.post(page(postmortem, "archive"))
    assert status_of(postmortem) == "archived"
    client.post(page(postmortem, "unarchive"))
    assert status_of(postmortem) == "published"
    answer = client.post(page(postmortem, "unarchive"), follow=True)
    assert "nothing was changed" in answer.content.decode()


def test_restricting_takes_effect_on_the_next_request_and_opening_needs_a_reason(cast, sign_in):
    postmortem, client = published(cast.author, cast.stranger), sign_in(cast.author)
    client.post(page(postmortem, "visibility"), {"reason": "names a customer"})
    assert sign_in(cast.reader).get(f"/postmortems/{postmortem.reference}/").status_code == 404
    assert client.post(page(postmortem, "visibility"), {"reason": ""}).status_code == 422
    client.post(page(postmortem, "visibility"), {"reason": "the customer agreed"})
    assert sign_in(cast.reader).get(f"/postmortems/{postmortem.reference}/").status_code == 200
    assert Event.objects.filter(kind="postmortem.visibility").latest("pk").data["reason"] == "the customer agreed"


def test_people_and_teams_are_named_on_a_restricted_one(cast, sign_in):
    postmortem, client = draft(cast.author, visibility="restricted"), sign_in(cast.author)
    address = f"/postmortems/{postmortem.reference}/"
    assert client.post(page(postmortem, "readers"), {"person": "reader"}).status_code == 302
    assert client.post(page(postmortem, "readers"), {"team": "Platform", "reason": "owns it"}).status_code == 302
    assert sign_in(cast.reader).get(address).status_code == 200
    assert sign_in(cast.stranger).get(address).status_code == 200
    assert "owns it" in client.get(page(postmortem, "readers")).content.decode()
    client.post(page(postmortem, "readers/remove"), {"who": cast.platform.uid})
    assert sign_in(cast.stranger).get(address).status_code == 404
    client.post(page(postmortem, "readers"), {"person": "reader"})
    assert Named.objects.filter(user=cast.reader).count() == 1
    for typed in ({}, {"person": "reader", "team": "Platform"}):
        assert client.post(page(postmortem, "readers"), typed).status_code == 422


def test_authors_do_not_name_readers(cast, sign_in):
    postmortem = draft(cast.author, visibility="restricted")
    postmortem.authors.add(cast.teammate)
    assert sign_in(cast.teammate).post(page(postmortem, "readers"), {"person": "reader"}).status_code == 403
    assert not Named.objects.exists()


def test_an_administrator_breaks_the_glass_for_one_hour_and_it_is_told(cast, sign_in, clock):
    clock.at("2026-03-02T09:00:00+00:00")
    postmortem, client = draft(cast.author, visibility="restricted"), sign_in(cast.admin)
    address = f"/postmortems/{postmortem.reference}/"
    assert client.get(address).status_code == 404
    sent = {"reference": postmortem.reference.lower(), "reason": "a customer calls"}
    assert client.post("/break-glass/", sent).url == address
    assert client.get(address).status_code == 200
    event = Event.objects.get(kind="postmortem.break_glass")
    assert event.actor == cast.admin and event.data["reason"] == "a customer calls"
    assert "a customer calls" in sign_in(cast.author).get(page(postmortem, "readers")).content.decode()
    clock.on(minutes=61)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("reference", ["PM-99", "nonsense", "L-1", ""])
def test_no_glass_breaks_without_a_restricted_postmortem_and_a_reason(cast, sign_in, reference):
    draft(cast.author)  # PM-1 is open to the organization
    client = sign_in(cast.admin)
    for sent in ({"reference": reference, "reason": "x"}, {"reference": "PM-1", "reason": "x"}, {"reference": "PM-1"}):
        assert client.post("/break-glass/", sent).status_code == 422
    assert not Named.objects.exists()
    assert sign_in(cast.facilitator).get("/break-glass/").status_code == 404


def countermeasure(postmortem, **fields):
    return Countermeasure.add(postmortem, postmortem.owner, statement="Retry with jitter", **fields)


def move(client, row, verb, **sent):
    return client.post(f"/countermeasures/{row.reference}/{verb}/", sent)


def test_a_countermeasure_goes_its_way(cast, sign_in):
    row, client = countermeasure(draft(cast.author)), sign_in(cast.author)
    for verb, status in (("accept", "accepted"), ("start", "in_progress"), ("complete", "done")):
        assert move(client, row, verb).status_code == 302
        row.refresh_from_db()
        assert row.status == status
    assert move(client, row, "check_effect", effect="cannot_tell").status_code == 422
    assert move(client, row, "check_effect", effect="cannot_tell", next_check="2026-05-01").status_code == 302
    assert move(client, row, "check_effect", effect="worked").status_code == 302
    row.refresh_from_db()
    assert (row.status, row.effect) == ("verified", "worked")
    move(client, row, "reopen")
    row.refresh_from_db()
    assert (row.status, row.effect) == ("accepted", "")


def test_declining_needs_a_reason_and_replacing_a_successor(cast, sign_in):
    postmortem = draft(cast.author)
    row, other, client = countermeasure(postmortem), countermeasure(postmortem), sign_in(cast.author)
    assert move(client, row, "decline", reason="").status_code == 422
    assert move(client, row, "decline", reason="too dear", back="desk").url.endswith(f"/edit/#{row.anchor}")
    assert move(client, other, "supersede", successor=other.reference).status_code == 422
    assert move(client, other, "supersede", successor="CM-99").status_code == 422
    assert move(client, other, "supersede", successor=row.reference).status_code == 302
    other.refresh_from_db()
    assert other.superseded_by == row


def test_its_owner_moves_a_countermeasure_that_others_only_read(cast, sign_in):
    row = countermeasure(published(cast.author, cast.facilitator), owner=cast.stranger)
    assert move(sign_in(cast.reader), row, "accept").status_code == 403
    assert move(sign_in(cast.stranger), row, "accept").status_code == 302
    answer = move(sign_in(cast.stranger), row, "accept")
    assert answer.status_code == 422 and "nothing was changed" in answer.content.decode()
    assert move(sign_in(cast.author), row, "explode").status_code == 404
