"""After publication: lists and board, dates that are suggested, the effect check, and what earlier ones came to."""

from datetime import timedelta

import pytest
from django.utils import timezone

from postmortems.models import ContributingFactor, Countermeasure, Service, Severity, Theme
from tests.postmortems.builders import draft, published

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def measure(postmortem, by, statement, **fields):
    return Countermeasure.add(postmortem, by, statement=statement, **fields)


def shown(client, query):
    """The references on the list, in their order."""
    response = client.get(f"/countermeasures/?{query}")
    assert response.status_code == 200
    return [row.reference for row in response.context["page"].object_list]


@pytest.fixture
def some(cast):
    """Five of one published postmortem on one service, and one that only its team sees."""
    checkout = Service.objects.named("Checkout")
    found = published(cast.author, cast.teammate, services=[checkout])
    rows = {
        "late": measure(found, cast.author, "Late", owner=cast.teammate, due_on=TODAY() - timedelta(days=2)),
        "soon": measure(found, cast.author, "Soon", due_on=TODAY() + timedelta(days=3), team=cast.payments),
        "undated": measure(found, cast.author, "Undated", owner=cast.author),
        "done": measure(found, cast.author, "Done", owner=cast.author, check_on=TODAY()),
        "held": measure(found, cast.author, "Held", owner=cast.author),
    }
    rows["done"].complete(cast.author)
    rows["held"].complete(cast.author).check_effect(cast.author, "worked")
    rows["secret"] = measure(draft(cast.author), cast.author, "Secret", owner=cast.security)
    Countermeasure.objects.filter(pk=rows["undated"].pk).update(created_at=timezone.now() - timedelta(days=100))
    return rows


@pytest.mark.parametrize("query, expected", [
    ("due=overdue", ["late"]), ("due=soon", ["soon"]), ("due=none", ["undated"]), ("due=check", ["done"]),
    ("owner=teammate", ["late"]), ("owner=nobody", ["soon"]), ("age=90", ["undated"]), ("age=180", []),
    ("effect=worked", ["held"]), ("team=payments", ["soon"]),
    ("service=checkout&status=open", ["late", "soon", "undated"]),
])  # fmt: skip
def test_the_list_narrows_by_due_date_owner_age_service_and_effect(cast, sign_in, some, query, expected):
    assert shown(sign_in(cast.reader), query) == [some[name].reference for name in expected]


def test_mine_are_mine_and_owners_of_what_one_cannot_see_are_not_named(cast, sign_in, some):
    assert shown(sign_in(cast.teammate), "owner=me") == [some["late"].reference]
    page = sign_in(cast.reader).get("/countermeasures/").content.decode()
    assert 'value="teammate"' in page and 'value="security"' not in page
    answers = [shown(sign_in(cast.reader), f"owner={name}") for name in ("security", "made-up")]
    assert answers[0] == answers[1], "who owns secrets alone is as nobody"


def test_the_board_has_a_column_for_each_state(cast, sign_in, some):
    page = sign_in(cast.reader).get("/countermeasures/?layout=board")
    assert [(c["status"], c["total"], len(c["measures"])) for c in page.context["columns"]] == [
        ("proposed", 3, 3), ("accepted", 0, 0), ("in_progress", 0, 0), ("done", 1, 1), ("verified", 1, 1),
    ]  # fmt: skip
    assert "Secret" not in page.content.decode()
    narrowed = sign_in(cast.reader).get("/countermeasures/?layout=board&owner=teammate")
    assert narrowed.context["total"] == 1 and b'name="layout" value="board"' in narrowed.content
    nothing = sign_in(cast.reader).get("/countermeasures/?layout=board&age=180").content.decode()
    assert "No countermeasure matches" in nothing


def test_the_board_asks_a_constant_number_of_questions(cast, sign_in, some, django_assert_num_queries):
    client, found = sign_in(cast.reader), some["late"].postmortem
    client.get("/countermeasures/?layout=board")
    with django_assert_num_queries(15) as few:
        client.get("/countermeasures/?layout=board")
    for n in range(30):
        measure(found, cast.author, f"More {n}")
    with django_assert_num_queries(len(few)):
        page = client.get("/countermeasures/?layout=board")
    assert page.context["columns"][0]["more"] == 13 and "13 more" in page.content.decode()


def test_a_due_date_is_suggested_by_the_severity(cast, sign_in):
    severity = Severity.objects.get(slug="sev1")
    found = draft(cast.author, severity=severity)
    page = sign_in(cast.author).get(f"/postmortems/{found.reference}/edit/countermeasure/add/").content.decode()
    assert f'value="{(TODAY() + timedelta(days=14)).isoformat()}"' in page
    severity.due_days = 5
    severity.save()
    page = sign_in(cast.author).get(f"/postmortems/{found.reference}/edit/countermeasure/add/").content.decode()
    assert f'value="{(TODAY() + timedelta(days=5)).isoformat()}"' in page


def test_what_is_done_gets_a_date_for_its_effect_check_and_asks_on_that_day(cast, sign_in, clock):
    found = published(cast.author, cast.teammate, severity=Severity.objects.get(slug="sev4"))
    row = measure(found, cast.author, "Try", owner=cast.author, expected_outcome="p95 stays under 200 ms")
    row.complete(cast.author)
    assert row.check_on == TODAY() + timedelta(days=60)
    client = sign_in(cast.author)
    assert "Did it hold?" not in client.get("/").content.decode()
    clock.on(days=60, hours=1)
    client = sign_in(cast.author)
    home, page = client.get("/").content.decode(), client.get(row.get_absolute_url()).content.decode()
    assert "Did it hold?" in home and row.reference in home
    assert "Did it hold?" in page and "p95 stays under 200 ms" in page and "check_effect" in page
    row.check_effect(cast.author, "cannot_tell", TODAY() + timedelta(days=7))
    assert "Did it hold?" not in client.get("/").content.decode()


def test_a_list_that_soaks_says_until_when(cast, sign_in):
    found = published(cast.author, cast.teammate, fixed_from=TODAY() + timedelta(days=2))
    row = measure(found, cast.author, "May change")
    assert "soaks until" in sign_in(cast.reader).get(row.get_absolute_url()).content.decode()
    found.change_details(cast.author, found.details_version, fixed_from=TODAY())
    assert "soaks until" not in sign_in(cast.reader).get(row.get_absolute_url()).content.decode()


def test_a_later_postmortem_shows_what_was_done_against_the_same_theme(cast, sign_in):
    theme = Theme.objects.named("Retry storm")
    first, hidden = published(cast.author, cast.teammate), draft(cast.author, "Hidden")
    for pm, statement in ((first, "Add jitter"), (hidden, "Hidden measure")):
        factor = ContributingFactor.add(pm, cast.author, statement="Retries", theme=theme)
        measure(pm, cast.author, statement, factors=[factor])
    later = published(cast.author, cast.teammate, title="Again")
    ContributingFactor.add(later, cast.author, statement="Retries again", theme=theme)
    article = sign_in(cast.reader).get(later.get_absolute_url()).content.decode()
    assert f"/postmortems/{later.reference}/seen-before/" in article
    address = f"{later.get_absolute_url()}seen-before/"
    page = sign_in(cast.reader).get(address).content.decode()
    assert "Add jitter" in page and first.reference in page and "Proposed" in page and "Hidden measure" not in page
    assert "Hidden measure" in sign_in(cast.author).get(address).content.decode()
    nothing = sign_in(cast.reader).get(f"{first.get_absolute_url()}seen-before/").content.decode()
    assert "Nothing like it before" in nothing
    ContributingFactor.add(third := draft(cast.author, "Third time"), cast.author, statement="Again", theme=theme)
    assert "Add jitter" in sign_in(cast.author).get(f"{third.get_absolute_url()}publish/").content.decode()
