"""How many queries the digest costs, at two sizes of everything."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.accounts.models import User
from kb.digests.closing import close_periods
from kb.digests.delivering import deliver
from kb.digests.models import Sending, Subscription
from tests.digests.builders import measure, moved, published, subscribed, tick, utc

pytestmark = pytest.mark.django_db
MONDAY = "2025-11-24 07:05"


def items(cast, count):
    """`count` items of week 47: each postmortem brings two learnings and a completed countermeasure."""
    for number in range(count // 3):
        made = published(
            cast,
            "2025-11-18 10:00",
            f"Number {number}",
            learnings=[f"one {number}", f"two {number}"],
            services=[f"S{number % 5}"],
            tags=[f"T{number % 7}"],
        )
        measure(made, "Done", done="2025-11-19 10:00")
        moved(made, utc("2025-11-18 10:00"))


def people(count, start=0):
    queries = ("", "service:s1", "tag:t2", "one -two", "PM-1")
    for number in range(start, start + count):
        user = User.objects.create_user(f"p{start}-{number}", f"p{start}-{number}@example.org")
        subscribed(user, queries[number % 5], queries[(number + 1) % 5])


def statements(run):
    """(SELECTs, others apart from transaction marks) of `run()`."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        run()
    texts = [
        query["sql"] for query in captured if not query["sql"].startswith(("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT"))
    ]
    selects = [text for text in texts if text.startswith("SELECT")]
    return len(selects), len(texts) - len(selects)


def test_composing_costs_the_same_for_ten_and_for_a_hundred_subscriptions(cast):
    items(cast, 30)
    people(10)
    few = statements(lambda: list(close_periods(utc(MONDAY))))
    Subscription.objects.all().delete()
    people(100, 1000)
    many = statements(lambda: list(close_periods(utc(MONDAY))))
    assert Sending.objects.filter(subscription=None).count() == 10 and Sending.objects.count() == 110
    assert many[0] == few[0], "SELECTs"
    # SQLite takes some eighty rows in one INSERT.
    assert many[1] <= few[1] + 2


def test_composing_costs_the_same_for_ten_and_for_sixty_items(cast):
    items(cast, 9)
    people(10)
    few = statements(lambda: list(close_periods(utc(MONDAY))))
    Sending.objects.all().delete()
    Subscription.objects.all().delete()
    items(cast, 60)
    people(10, 1000)
    many = statements(lambda: list(close_periods(utc(MONDAY))))
    assert many == few


def test_a_mail_costs_the_same_however_many_went_before(cast):
    """Its batch, its claim, what may be read now, its result: the words are looked up once per digest."""
    items(cast, 30)
    people(40)
    list(close_periods(utc(MONDAY)))
    run = deliver()
    for _ in range(20):
        next(run)
    selects, others = statements(lambda: next(run))
    assert (selects, others) == (1, 2)
    list(run)


@pytest.mark.parametrize("path", ["/digests/", "/subscriptions/"])
def test_pages_cost_the_same_with_one_and_with_many(cast, sign_in, path):
    items(cast, 12)
    subscribed(cast.reader)
    tick(MONDAY)
    client = sign_in(cast.reader)
    client.get(path)
    few = statements(lambda: client.get(path))
    items(cast, 30)
    for week, day in enumerate(("2025-11-26", "2025-12-03", "2025-12-10")):
        made = published(cast, f"{day} 10:00", day, learnings=[day], services=["S9"])
        measure(made, "Done", done=f"{day} 11:00")
        tick(f"2025-12-{1 + 7 * week:02} 07:05")
    subscribed(cast.reader, "service:s9", "tag:t1", "one")
    many = statements(lambda: client.get(path))
    assert many[0] <= few[0]
