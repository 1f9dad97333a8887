"""The table of who sees what: the queryset, the object and the index's audiences all say the same."""

import random

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from kb.accounts.audiences import audiences_of
from kb.accounts.models import Membership, Team, User
from postmortems.documents import documents_of, load
from postmortems.models import Named, Postmortem, Review
from tests.postmortems.builders import draft

CASES = 1000


def random_world(dice):
    """12 people of all roles, 3 teams, 40 postmortems with random relations, states and levels."""
    teams = [Team.objects.create(name=f"Team {n}", slug=f"team-{n}") for n in range(3)]
    people = [
        User.objects.create_user(f"person{n}", role=dice.choice(User.Role.values), is_admin=dice.random() < 0.2)
        for n in range(12)
    ]
    for person in people:
        for team in dice.sample(teams, dice.randint(0, 2)):
            Membership.objects.create(team=team, user=person)
    return people, [random_postmortem(dice, people, teams) for _ in range(40)]


def random_postmortem(dice, people, teams):
    pm = draft(
        dice.choice(people),
        "Random",
        authors=dice.sample(people, dice.randint(0, 2)),
        teams=dice.sample(teams, dice.randint(0, 1)),
    )
    for reviewer in dice.sample(people, dice.randint(0, 2)):
        Review.objects.create(postmortem=pm, reviewer=reviewer)
    if dice.random() < 0.5:
        Named.objects.create(postmortem=pm, user=dice.choice(people))
    if dice.random() < 0.5:
        Named.objects.create(postmortem=pm, team=dice.choice(teams))
    if dice.random() < 0.3:
        Named.objects.create(postmortem=pm, user=dice.choice(people), until=timezone.now())
    Postmortem.objects.filter(pk=pm.pk).update(
        status=dice.choice(Postmortem.Status.values),
        visibility=dice.choice(Postmortem.Visibility.values),
        trashed_at=timezone.now() if dice.random() < 0.15 else None,
    )
    return Postmortem.objects.get(pk=pm.pk)


@pytest.mark.django_db
def test_queryset_object_and_index_agree_on_a_thousand_random_cases():
    dice = random.Random(20)
    tried = 0
    while tried < CASES:
        people, postmortems = random_world(dice)
        documents = {d.id: d for d in load([p.uid for p in postmortems]) if d.kind == "postmortem"}
        for person in people:
            seen = set(Postmortem.objects.visible_to(person).values_list("pk", flat=True))
            restorable = set(Postmortem.objects.in_trash_of(person).values_list("pk", flat=True))
            for pm in postmortems:
                case = (person.role, pm.status, pm.visibility, bool(pm.trashed_at), vars(pm.access(person)))
                assert (pm.pk in seen) == bool(pm.can(person, "read")), case
                if person.writes:
                    assert (pm.pk in restorable) == bool(pm.can(person, "restore")), case
                in_index = pm.uid in documents and bool(documents[pm.uid].audiences & audiences_of(person))
                assert in_index or pm.pk not in seen, case
                assert not in_index or pm.pk in seen or pm.named_set.exclude(until=None).exists(), case
                tried += 1
        Postmortem.objects.all().delete()
        User.objects.all().delete()
        Team.objects.all().delete()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "who, sees",
    [
        ("author", True),
        ("teammate", True),
        ("stranger", False),
        ("reader", False),
        ("facilitator", True),
        ("security", False),
        ("admin", False),
    ],
)
def test_an_organization_draft_is_seen_by_its_team_and_facilitators(cast, who, sees):
    pm = draft(cast.author)
    assert Postmortem.objects.visible_to(getattr(cast, who)).filter(pk=pm.pk).exists() is sees


@pytest.mark.django_db
@pytest.mark.parametrize(
    "who, sees",
    [
        ("author", True),
        ("teammate", False),
        ("stranger", False),
        ("reader", False),
        ("facilitator", False),
        ("security", True),
        ("admin", False),
    ],
)
def test_a_restricted_one_is_seen_by_owner_and_security_even_when_published(cast, who, sees):
    pm = draft(cast.author)
    pm.restrict(cast.author, "personal data")
    Postmortem.objects.filter(pk=pm.pk).update(status="published")
    assert Postmortem.objects.visible_to(getattr(cast, who)).filter(pk=pm.pk).exists() is sees


@pytest.mark.django_db
def test_a_reader_role_never_writes_even_what_he_sees(cast):
    cast.author.role = User.Role.READER
    cast.author.save()
    pm = draft(cast.author)
    assert pm.can(cast.author, "read") and not pm.can(cast.author, "write") and not pm.can(cast.author, "comment")


@pytest.mark.django_db
def test_nobody_and_inactive_people_see_nothing(cast):
    from django.contrib.auth.models import AnonymousUser

    pm = draft(cast.author)
    cast.author.is_active = False
    assert not Postmortem.objects.visible_to(AnonymousUser()).exists()
    assert not pm.can(cast.author, "read")
    assert audiences_of(AnonymousUser()) == frozenset()


@pytest.mark.django_db
def test_only_its_lead_names_readers_and_only_an_administrator_breaks_the_glass(cast):
    pm = draft(cast.author)
    pm.authors.add(cast.teammate)
    pm.restrict(cast.author)
    for verb in (
        lambda: Named.name_reader(pm, cast.teammate, user=cast.stranger),
        lambda: Named.remove_reader(pm, cast.teammate, cast.stranger.uid),
        lambda: Named.name_reader(pm, cast.author, user=cast.author, break_glass=True),
    ):
        with pytest.raises(PermissionDenied):
            verb()
    Named.name_reader(pm, cast.author, user=cast.stranger)
    assert pm.can(cast.stranger, "read")


@pytest.mark.django_db
def test_break_glass_opens_one_restricted_postmortem_for_a_while_and_is_told(cast):
    from datetime import timedelta

    from kb.events.models import Event

    pm = draft(cast.author)
    pm.restrict(cast.author, "personal data")
    Named.name_reader(
        pm, cast.admin, user=cast.admin, reason="subpoena", break_glass=True, until=timezone.now() + timedelta(hours=1)
    )
    assert pm.can(cast.admin, "read") and not pm.can(cast.admin, "write")
    assert Event.objects.get(kind="postmortem.break_glass").data["reason"] == "subpoena"
    Named.objects.update(until=timezone.now())
    assert not pm.can(cast.admin, "read")
    assert list(documents_of(pm))[0].audiences
