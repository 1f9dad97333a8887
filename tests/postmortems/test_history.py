"""The history page: who may know which change, how it differs word by word, and putting back from there."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from postmortems.models import (
    Change,
    ContributingFactor,
    Learning,
    Milestone,
    Participant,
    Perspective,
    Postmortem,
    Review,
)
from tests.postmortems.builders import ANSWERS, draft, in_review, published
from tests.postmortems.full import full, full_draft

pytestmark = pytest.mark.django_db


def history(postmortem, **query):
    return f"/postmortems/{postmortem.reference}/history/" + ("?" + "&".join(f"{k}={v}" for k, v in query.items()))


def write(postmortem, by, text):
    section = postmortem.section_set.first()
    section.change(by, section.version, text=text)
    postmortem.refresh_from_db()
    return section


def text_of(answer):
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode()))


def test_whoever_may_edit_sees_every_change_with_its_words(cast, sign_in):
    postmortem = draft(cast.author)
    section = write(postmortem, cast.author, "The pool was full at nine")
    Change.objects.update(at="2026-01-01T00:00:00Z")
    write(postmortem, cast.teammate, "The pool was empty at nine")
    page = sign_in(cast.author).get(history(postmortem)).content.decode()
    assert re.search(r"<del>.*?full\s*</del>", page) and re.search(r"<ins>.*?empty\s*</ins>", page)
    assert "Tom Teammate" in page or str(cast.teammate) in page
    only = text_of(sign_in(cast.author).get(history(postmortem, by=cast.teammate.username)))
    assert "empty" in only and "1 change of those" in only
    part = text_of(sign_in(cast.author).get(history(postmortem, part=section.uid)))
    assert "2 changes of those" in part
    assert "No change fits" in text_of(sign_in(cast.author).get(history(postmortem, kind="factor")))


def test_a_reader_sees_what_changed_since_publication_and_nothing_before(cast, sign_in):
    postmortem = draft(cast.author)
    write(postmortem, cast.author, "Zebra draft words")
    Learning.add(postmortem, cast.author, claim="Zebra learning").remove(cast.author, 1)
    Learning.add(postmortem, cast.author, claim="A learning")
    write(postmortem, cast.author, "Public words")
    postmortem.submit_for_review(cast.author, [cast.stranger])
    Review.answer(postmortem, cast.stranger, outcome="approved", answers=ANSWERS)
    postmortem.publish(cast.author)
    reader = sign_in(cast.reader)
    page = text_of(reader.get(history(postmortem)))
    assert "Nothing was changed since" in page and "Zebra" not in page
    write(postmortem, cast.author, "Public corrected words")
    page = reader.get(history(postmortem)).content.decode()
    assert "corrected" in page and "Zebra" not in page and "restore/" not in page
    assert "Zebra" in sign_in(cast.author).get(history(postmortem)).content.decode()
    names = re.findall(r"<option[^>]*>([^<,]+), ", page)
    assert set(names) == {"Published"}, "nor may he compare with what was submitted"


def test_what_was_typed_while_it_was_withdrawn_or_restricted_stays_with_its_writers(cast, sign_in):
    postmortem = published(cast.author, cast.facilitator)
    write(postmortem, cast.author, "Zebra secret")
    postmortem.withdraw(cast.author, "Zebra reason")
    postmortem.reinstate(cast.author)
    write(postmortem, cast.author, "Zebra gone soon")
    write(postmortem, cast.author, "Clean")
    postmortem.submit_for_review(cast.author, [cast.facilitator])
    Review.answer(postmortem, cast.facilitator, outcome="approved", answers=ANSWERS)
    postmortem.publish(cast.author)
    assert "Zebra" not in text_of(sign_in(cast.stranger).get(history(postmortem)))
    postmortem.restrict(cast.author, "look first")
    write(postmortem, cast.author, "Zebra again")
    write(postmortem, cast.author, "Clean again")
    postmortem.refresh_from_db()
    postmortem.open_up(cast.author, "looked")
    page = text_of(sign_in(cast.stranger).get(history(postmortem)))
    assert "Zebra" not in page
    write(postmortem, cast.author, "Clean at last")
    assert "at last" in text_of(sign_in(cast.stranger).get(history(postmortem)))


def test_whose_view_is_told_by_function_alone_stays_unnamed(cast, sign_in):
    postmortem = published(cast.author, cast.stranger)
    who = Participant.add(postmortem, cast.author, user=cast.teammate)
    view = Perspective.add(postmortem, cast.teammate, participant=who, by_function=True, text="Quiet from here")
    view.change(cast.teammate, 1, text="Quiet from here, at first")
    old = postmortem.snapshots.get(reason="published")
    for path in (history(postmortem, kind="perspective"), history(postmortem, by=cast.teammate.username),
                 f"{history(postmortem)[:-1]}compare/?old={old.uid}"):  # fmt: skip
        assert "Quiet from here" not in text_of(sign_in(cast.reader).get(path)), path
        assert "Quiet" in text_of(sign_in(cast.author).get(path))


def test_a_reviewer_sees_what_changed_since_it_was_submitted(cast, sign_in):
    postmortem = draft(cast.author)
    write(postmortem, cast.author, "Zebra draft")
    write(postmortem, cast.author, "Ready")
    postmortem.submit_for_review(cast.author, [cast.stranger])
    write(postmortem, cast.author, "Ready and better")
    page = text_of(sign_in(cast.stranger).get(history(postmortem)))
    assert "and better" in page and "Zebra" not in page


def test_relations_are_told_by_name_and_removed_ones_too(cast, sign_in):
    postmortem = draft(cast.author)
    factor = ContributingFactor.add(postmortem, cast.author, statement="Hidden limit")
    from postmortems.models import Countermeasure

    Countermeasure.add(postmortem, cast.author, statement="Alert", factors=[factor], owner=cast.teammate)
    page = text_of(sign_in(cast.author).get(history(postmortem)))
    assert "Hidden limit" in page and str(cast.teammate) in page and factor.uid not in page
    factor.remove(cast.author, 1)
    assert "one that was removed" in text_of(sign_in(cast.author).get(history(postmortem, kind="countermeasure")))


def test_a_change_is_restored_from_its_line_and_a_removal_brought_back(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    section = write(postmortem, cast.author, "First words")
    Change.objects.update(at="2026-01-01T00:00:00Z")
    write(postmortem, cast.author, "Second words")
    learning = Learning.add(postmortem, cast.author, claim="Caps need alarms")
    removal = learning.remove(cast.author, 1)
    first = Change.objects.filter(part_uid=section.uid).first()
    page = client.get(history(postmortem, part=section.uid)).content.decode()
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    address = f"/postmortems/{postmortem.reference}/history/{{}}/restore/"
    assert client.post(address.format(first.uid), {"version": "1"}).status_code == 302
    section.refresh_from_db()
    assert section.text == "Second words", "an old version is refused"
    answer = client.post(address.format(first.uid), {"version": version}, follow=True)
    section.refresh_from_db()
    assert section.text == "First words" and "It is back." in text_of(answer)
    assert "Bring it back" in client.get(history(postmortem)).content.decode()
    client.post(address.format(removal.uid), {"to": "before"})
    assert Learning.objects.get(uid=learning.uid).number == learning.number
    assert "It says that already" in text_of(client.post(address.format(removal.uid), {"to": "before"}, follow=True))
    assert client.post(address.format("a" * 12)).status_code == 404


def test_a_removal_without_a_script_leads_to_a_line_that_undoes_it(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    learning = Learning.add(postmortem, cast.author, claim="Caps need alarms")
    path = f"/postmortems/{postmortem.reference}/edit/learning/{learning.uid}/remove/"
    answer = client.post(path, {"version": 1})
    assert answer.url.endswith("#undo")
    page = client.get(answer.url).content.decode()
    form = re.search(r'<form class="undo".*?</form>', page, re.DOTALL)[0]
    address = re.search(r'action="([^"]+)"', form)[1]
    answer = client.post(address, {"to": "before", "back": "desk"})
    assert answer.url.endswith(f"#{learning.anchor}") and Learning.objects.filter(uid=learning.uid).exists()
    assert 'class="undo"' not in client.get(f"/postmortems/{postmortem.reference}/edit/?undo=x").content.decode()


def test_what_cannot_come_back_says_so_in_its_place(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    removal = Milestone.add(postmortem, cast.author, type="started").remove(cast.author, 1)
    Milestone.add(postmortem, cast.author, type="started")
    path = f"/postmortems/{postmortem.reference}/history/{removal.uid}/restore/"
    answer = client.post(path, {"to": "before"}, headers={"HX-Request": "true"})
    assert answer.status_code == 422 and "has taken its place" in answer.content.decode()
    assert "has taken its place" in text_of(client.post(path, {"to": "before"}, follow=True))


def test_an_emptied_section_and_cleared_key_times_can_be_undone(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    section = write(postmortem, cast.author, "Words worth keeping")
    path = f"/postmortems/{postmortem.reference}/edit/section/{section.uid}/"
    answer = client.post(path, {"text": "", "version": section.version}, headers={"HX-Request": "true"})
    address = re.search(r'hx-post="(/[^"]+/restore/)"', answer.content.decode())[1]
    answer = client.post(address, {"to": "before"}, headers={"HX-Request": "true"})
    assert "Words worth keeping" in answer.content.decode()
    mark = Milestone.add(postmortem, cast.author, type="started", at="2026-03-02T10:00:00Z", note="then")
    path = f"/postmortems/{postmortem.reference}/edit/key-times/"
    fields = dict(re.findall(r'name="(started-[^"]+)" value="([^"]*)"', client.get(path).content.decode()))
    answer = client.post(path, fields | {"started-when": "", "started-day": "", "started-note": ""})
    assert answer.url.endswith("#undo") and not Milestone.objects.exists()
    page = client.get(answer.url).content.decode()
    client.post(re.search(r'class="undo" method="post" action="([^"]+)"', page)[1], {"to": "before", "back": "desk"})
    assert Milestone.objects.get().uid == mark.uid


def test_two_whole_versions_are_compared_and_one_is_restored(cast, sign_in):
    postmortem = published(cast.author, cast.stranger)
    learning = Learning.objects.get()
    old = postmortem.snapshots.get(reason="published")
    write(postmortem, cast.author, "Came later")
    learning.remove(cast.author, 1)
    postmortem.refresh_from_db()
    path = f"/postmortems/{postmortem.reference}/history/compare/?old={old.uid}&new=now"
    page = text_of(sign_in(cast.reader).get(path))
    assert "Came later" in page and "removed" in page and "Restore" not in page
    submitted = postmortem.snapshots.get(reason="submitted")
    assert sign_in(cast.reader).get(path.replace(old.uid, submitted.uid)).status_code == 404
    client = sign_in(cast.author)
    assert "Restore “Published”" in text_of(client.get(path))
    restore = f"/postmortems/{postmortem.reference}/history/versions/{old.uid}/restore/"
    client.post(restore, {"version": postmortem.version - 1})
    assert not Learning.objects.filter(uid=learning.uid).exists()
    answer = client.post(restore, {"version": postmortem.version}, follow=True)
    assert "Everything is as it was then." in text_of(answer)
    again = Learning.objects.get(uid=learning.uid)
    assert again.number == learning.number
    assert "No difference" in text_of(client.get(path))


def test_the_history_costs_the_same_at_two_sizes(cast, sign_in):
    few = full(cast.author, cast.stranger, rows=1, title="Few")
    many = full(cast.author, cast.stranger, rows=6, title="Many")
    client = sign_in(cast.author)
    client.get(history(few))

    def queries(path):
        with CaptureQueriesContext(connection) as found:
            assert client.get(path).status_code == 200
        return len(found)

    assert queries(history(many)) <= queries(history(few)) <= 40
    assert "Page 1 of" in text_of(client.get(history(many)))
    paths = [f"{history(p)[:-1]}compare/?old={p.snapshots.first().uid}" for p in (few, many)]
    client.get(paths[0])
    assert queries(paths[0]) == queries(paths[1])


def test_a_very_long_change_has_a_page_of_its_own(cast, sign_in, monkeypatch):
    postmortem = draft(cast.author)
    write(postmortem, cast.author, "long words " * 20)
    monkeypatch.setattr("postmortems.history.COMPARED", 100)
    page = sign_in(cast.author).get(history(postmortem)).content.decode()
    assert "A long text" in page
    monkeypatch.undo()
    assert (
        "long words" in sign_in(cast.author).get(history(postmortem, change=Change.objects.last().uid)).content.decode()
    )


def test_vectors_in_a_history_are_shown_and_not_run(cast, sign_in):
    postmortem = draft(cast.author)
    write(postmortem, cast.author, "<img src=x onerror=alert(1)> **b**")
    page = sign_in(cast.author).get(history(postmortem)).content.decode()
    assert "<img src=x" not in page and "&lt;" in page


def test_a_purged_postmortem_has_no_history(cast):
    postmortem = in_review(cast.author, cast.stranger)
    postmortem.delete_to_trash(cast.author)
    postmortem.purge(cast.author)
    assert not Change.objects.exists() and not Postmortem.objects.exists()


def test_every_kind_of_row_is_told_in_words(cast, sign_in):
    page = text_of(sign_in(cast.author).get(history(full_draft(cast.author))))
    assert "Uid" not in page and "source_key" not in page
