"""Comments in threads, who is told of them and how, and teams that are asked for a review."""

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError

from kb.events.drain import drain
from kb.events.models import Event
from postmortems.models import Comment, ContributingFactor, Notice, NotPossible, Participant, Review
from tests.postmortems.builders import ANSWERS, draft, in_review, published

pytestmark = pytest.mark.django_db


def told(user):
    user.refresh_from_db()
    return [(notice.kind, notice.actor.username if notice.actor else None) for notice in Notice.of(user)]


def page_of(client, postmortem):
    return client.get(f"/postmortems/{postmortem.reference}/comments/")


def test_a_comment_on_a_row_is_told_to_the_writers_and_answered_in_its_thread(cast):
    found = in_review(cast.author, cast.stranger, authors=[cast.teammate])
    factor = ContributingFactor.add(found, cast.author, statement="A hidden limit")
    Notice.objects.all().delete()
    said = Comment.say(found, cast.stranger, "Known to **whom**?", part=factor)
    assert (said.part_kind, said.part_uid) == ("factor", factor.uid) and "<strong>" in said.text_html
    assert told(cast.author) == told(cast.teammate) == [("comment", "stranger")] and told(cast.stranger) == []
    answer = Comment.say(found, cast.author, "To storage only.", thread=said)
    deeper = Comment.say(found, cast.teammate, "And to me.", thread=answer)
    assert deeper.thread == said and deeper.part_uid == factor.uid
    assert told(cast.stranger) == [("comment", "teammate"), ("comment", "author")]
    assert Event.objects.filter(kind="comment.said", group=found.uid).count() == 3


def test_who_may_not_comment_does_not_and_a_blank_text_says_nothing(cast):
    found = published(cast.author, cast.teammate)
    with pytest.raises(PermissionDenied):
        Comment.say(found, cast.reader, "I only read")
    for text in ("", "  \n", "a\x00b"):
        with pytest.raises(ValidationError):
            Comment.say(found, cast.stranger, text)
    assert Comment.say(found, cast.stranger, "Members comment on what is published").pk


def test_threads_are_resolved_and_opened_again_by_writers_and_by_who_began_them(cast):
    found = published(cast.author, cast.teammate)
    said = Comment.say(found, cast.stranger, "Unclear")
    with pytest.raises(PermissionDenied):
        said.resolve(cast.facilitator.__class__.objects.create_user("other", role="member"))
    said.resolve(cast.author)
    assert (said.resolved_by, found.comments.still_open().count()) == (cast.author, 0)
    said.reopen(cast.stranger)
    assert found.comments.counts() == {"": 1}
    checks = {check.key: check for check in found.publication_checks()}
    assert "1 comment is still open" in checks["comments"].todo and not checks["comments"].blocks


def test_one_changes_and_takes_back_only_what_one_said(cast):
    found = published(cast.author, cast.teammate)
    said = Comment.say(found, cast.stranger, "First")
    with pytest.raises(PermissionDenied):
        said.rewrite(cast.author, "Not mine")
    said.rewrite(cast.stranger, "Better")
    assert Comment.objects.get().text == "Better" and Comment.objects.get().edited_at
    Comment.say(found, cast.author, "Answer", thread=said)
    said.remove(cast.stranger)
    kept = Comment.objects.get(pk=said.pk)
    assert kept.removed_at and "Better" not in kept.text + kept.text_html, "answers to it stay"
    alone = Comment.say(found, cast.stranger, "Alone")
    alone.remove(cast.author)
    assert not Comment.objects.filter(pk=alone.pk).exists(), "its lead removes what must not stand there"


def test_the_page_shows_threads_and_takes_answers_without_a_script(cast, sign_in):
    found = in_review(cast.author, cast.stranger)
    factor = ContributingFactor.add(found, cast.author, statement="A hidden limit")
    client = sign_in(cast.stranger)
    address = f"/postmortems/{found.reference}/comments/"
    assert "Nothing was said yet" in client.get(address).content.decode()
    response = client.post(address, {"part": factor.anchor, "text": "Who knew?"})
    said = Comment.objects.get()
    assert response.url == f"{address}#{said.anchor}"
    page = client.get(address).content.decode()
    assert "Who knew?" in page and f"#{factor.anchor}" in page and "A hidden limit" in page
    refused = client.post(address, {"part": "factor-other", "text": "Kept text"})
    assert refused.status_code == 422 and "Kept text" in refused.content.decode()
    sign_in(cast.author).post(f"{address}{said.uid}/reply/", {"text": "Only storage"})
    sign_in(cast.author).post(f"{address}{said.uid}/resolve/")
    page = client.get(address).content.decode()
    assert "Only storage" in page and "Everything is resolved" in page and "1 resolved" in page
    factor.remove(cast.author, factor.version)
    assert "A part that was removed since" in client.get(address).content.decode()


def test_comments_cost_the_same_at_two_sizes(cast, sign_in, django_assert_num_queries):
    found = in_review(cast.author, cast.stranger)
    thread = Comment.say(found, cast.stranger, "One")
    Comment.say(found, cast.author, "Answer", thread=thread)
    client = sign_in(cast.stranger)
    page_of(client, found)
    with django_assert_num_queries(17):
        page_of(client, found)
    for n in range(12):
        thread = Comment.say(found, cast.stranger, f"More {n}")
        Comment.say(found, cast.author, "Answer", thread=thread)
    with django_assert_num_queries(17):
        assert page_of(client, found).content.decode().count('class="thread"') == 13


def test_notices_are_counted_beside_the_bell_and_vanish_with_the_right_to_read(cast, sign_in):
    found = published(cast.author, cast.teammate)
    Notice.mark_read(cast.author)
    Comment.say(found, cast.stranger, "Look")
    client = sign_in(cast.author)
    assert "1 unread notice" in client.get("/learnings/").content.decode()
    page = client.get("/notices/").content.decode()
    assert "Sam Strange" in page and "commented on" in page and "Look" in page
    client.post("/notices/read/")
    assert "unread notice" not in client.get("/notices/").content.decode()
    Comment.say(found, cast.author, "Thank you", thread=found.comments.get())
    assert told(cast.stranger) == [("comment", "author")]
    found.restrict(cast.author)
    assert told(cast.stranger) == []
    assert "Nothing for you yet" in sign_in(cast.stranger).get("/notices/").content.decode()


def mails_of(person):
    drain("notices")
    sent = [message for message in mail.outbox if person.email in message.to[0]]
    mail.outbox.clear()
    return sent


def test_a_comment_comes_by_mail_once_to_who_wants_it(cast):
    found = published(cast.author, cast.teammate)
    drain("notices")
    mail.outbox.clear()
    Comment.say(found, cast.stranger, "Was the <limit> known?")
    [message] = mails_of(cast.author)
    assert found.title in message.subject and "commented on" in message.subject
    assert "Was the <limit> known?" in message.body and "/comments/#comment-" in message.body
    assert "&lt;limit&gt;" in message.alternatives[0][0] and message.extra_headers["Message-ID"]
    assert mails_of(cast.author) == [], "once"
    type(cast.author).objects.filter(pk=cast.author.pk).update(mail_notices=False)
    Comment.say(found, cast.stranger, "Again")
    assert mails_of(cast.author) == [] and told(cast.author)[0] == ("comment", "stranger")


def test_mail_on_a_restricted_one_tells_nothing_of_it_and_none_leaves_after_the_right_is_gone(cast):
    found = draft(cast.author, "Zebra", visibility="restricted", authors=[cast.teammate])
    drain("notices")
    mail.outbox.clear()
    Comment.say(found, cast.teammate, "Zebra details")
    [message] = mails_of(cast.author)
    assert found.reference in message.subject and "ebra" not in message.subject + str(message.message())
    Comment.say(found, cast.author, "More", thread=found.comments.get())
    found.authors.clear()
    assert mails_of(cast.teammate) == []


def test_a_team_is_asked_and_the_first_answer_is_enough(cast, sign_in):
    found = draft(cast.author)
    Participant.add(found, cast.author, user=cast.facilitator)
    cast.platform.members.add(cast.facilitator, cast.security, cast.reader)
    client = sign_in(cast.author)
    response = client.post(f"/postmortems/{found.reference}/submit/", {"names": "", "teams": ["platform"]})
    assert response.status_code == 302
    asked = {review.reviewer for review in found.review_set.all()}
    assert asked == {cast.stranger, cast.security}, "not who took part, nor who only reads"
    assert told(cast.security) == [("review_asked", "author")]
    found.refresh_from_db()
    Review.answer(found, cast.stranger, outcome="approved", answers=ANSWERS)
    assert [review.reviewer for review in found.review_set.all()] == [cast.stranger]
    assert ("reviewed", "stranger") in told(cast.author)


def test_a_team_in_which_nobody_can_review_says_so(cast):
    found = draft(cast.author)
    cast.platform.members.set([cast.reader])
    with pytest.raises(NotPossible, match="Nobody in Platform"):
        Review.ask_team(found, cast.platform, cast.author)
