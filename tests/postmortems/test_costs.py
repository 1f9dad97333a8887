"""Every page asks the database as often for much as for little; and a sight says the same as the whole table."""

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.accounts.models import User
from kb.events.drain import drain
from postmortems.models import Postmortem, Service, Tag, Theme
from postmortems.models.visibility import OPEN
from postmortems.sight import Sight
from postmortems.vocabulary import known_to, words_known_to
from tests.postmortems.full import full, full_draft
from tests.postmortems.test_visibility import random_world

PAGES = (
    "/", "/postmortems/", "/postmortems/?status=draft", "/learnings/", "/countermeasures/", "/services/", "/trash/",
    "/learnings/L-1/", "/countermeasures/CM-1/", "/search/?q=claim", "/search/?q=claim&kind=learning", "/digests/",
)  # fmt: skip


@pytest.fixture(autouse=True)
def own_index(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def queries_of(client, url):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def more(cast, number, rows):
    """One published and one in the trash, and a draft of the author's."""
    full(cast.author, cast.stranger, rows=rows, title=f"Published {number}")
    full_draft(cast.author, rows=rows, title=f"Draft {number}")
    full(cast.author, cast.stranger, rows=rows, title=f"Gone {number}").delete_to_trash(cast.author)
    drain("index")


@pytest.mark.parametrize("who", ["reader", "author", "facilitator"])
def test_pages_cost_the_same_at_two_sizes(cast, sign_in, who):
    more(cast, 0, rows=1)
    client = sign_in(getattr(cast, who))
    for url in PAGES:
        client.get(url)
    few = {url: queries_of(client, url) for url in PAGES}
    for number in range(1, 4):
        more(cast, number, rows=2)
    assert {url: queries_of(client, url) for url in PAGES} == few


def test_a_sight_sees_what_the_table_of_visibility_says(db):
    dice = random.Random(5)
    people, _ = random_world(dice)
    for person in people:
        seen = set(Postmortem.objects.visible_to(person))
        assert set(Sight(person).postmortems()) == seen
        assert set(Sight(person, published=True).postmortems()) == {row for row in seen if row.status in OPEN}


def test_a_sight_is_of_this_moment_and_of_this_person(cast, clock):
    from datetime import timedelta

    from postmortems.models import Named

    paper = full(cast.author, cast.stranger)
    paper.restrict(cast.author)
    Named.name_reader(paper, cast.author, user=cast.reader, until=clock.now() + timedelta(hours=1))
    assert [bool(Sight(user).others) for user in (cast.reader, cast.teammate, cast.reader)] == [True, False, True]
    clock.on(hours=2)
    assert Sight(cast.reader).others == []


def test_nobody_has_no_sight(cast):
    full_draft(cast.author)
    cast.author.is_active = False
    assert Sight(cast.author).others == Sight(None).others == []


@pytest.mark.parametrize("model", [Service, Tag, Theme])
def test_the_kept_question_for_words_finds_what_is_known(cast, model):
    full(cast.author, cast.stranger)
    secret = full_draft(cast.author, title="Secret")
    secret.services.add(Service.objects.named("Hidden"))
    secret.tags.add(Tag.objects.named("Hidden"))
    for user in (cast.reader, cast.author, User(pk=-1, role="reader")):
        sight = Sight(user)
        words = list(known_to(user, model, sight).values_list("slug", "name"))
        assert [tuple(pair) for pair in words_known_to(user, model, sight)] == words
    assert len(words) == 1
