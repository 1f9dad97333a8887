"""Completions while one types: people, tags and references, and never a word of what the asker may not see."""

import pytest

from postmortems.models import Postmortem, Tag
from tests.postmortems.builders import draft, published

pytestmark = pytest.mark.django_db


def ask(client, key, text):
    return client.get("/complete/", {"key": key, "q": text}).content.decode()


def test_people_are_found_by_any_of_their_names(cast, sign_in):
    client = sign_in(cast.reader)
    for text in ("to", "Tom", "team", "TEAMM"):
        assert 'data-value="@teammate"' in ask(client, "@", text)
    assert "@teammate" not in ask(client, "@", "eam")


def test_references_are_found_by_number_and_by_title(cast, sign_in):
    postmortem = published(cast.author, cast.stranger)
    client = sign_in(cast.reader)
    for key, text in (("PM-", ""), ("pm-", "1"), ("PM-", "slowly")):
        assert f'data-value="{postmortem.reference}"' in ask(client, key, text)


def test_what_one_may_not_see_changes_no_byte(cast, sign_in):
    shown = published(cast.author, cast.stranger)
    shown.tags.set(Tag.objects.many_named(["queues"]))
    asked = [("PM-", ""), ("PM-", "2"), ("PM-", "zebra"), ("#", ""), ("#", "zeb"), ("#", "queue")]
    clients = [sign_in(person) for person in (cast.reader, cast.stranger, cast.admin)]
    before = [[ask(client, *one) for one in asked] for client in clients]
    for fields in ({}, {"visibility": "restricted"}):
        secret = draft(cast.author, "Zebra incident", **fields)
        secret.tags.set(Tag.objects.many_named(["zebra-tag"]))
    trashed = published(cast.author, cast.stranger, title="Zebra in the trash")
    trashed.delete_to_trash(cast.author)
    assert [[ask(client, *one) for one in asked] for client in clients] == before
    assert "zebra-tag" in ask(sign_in(cast.author), "#", "zeb"), "and the one who wrote it finds it"
    assert "Zebra incident" in ask(sign_in(cast.author), "PM-", "zebra")


@pytest.mark.parametrize("key", ["", "%", "PM-", "@", "#"])
def test_odd_questions_get_a_short_answer(cast, sign_in, key):
    for number in range(20):
        draft(cast.author, f"One of many {number}")
    for text in ("", "\0", "%_'\"<b>", "9" * 5000, "²"):
        answer = sign_in(cast.author).get("/complete/", {"key": key, "q": text})
        assert answer.status_code == 200 and answer.content.count(b"<li") <= 8
    assert Postmortem.objects.count() == 20


def test_a_completion_costs_few_queries(cast, sign_in, django_assert_max_num_queries):
    client = sign_in(cast.author)
    ask(client, "@", "a")
    for key in ("@", "#", "PM-"):
        with django_assert_max_num_queries(4):  # the session, the person, what he sees, the answer
            ask(client, key, "a")
