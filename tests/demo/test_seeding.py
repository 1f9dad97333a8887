"""The demo comes with one command and leaves with one, and touches nothing of real people."""

import pytest
from django.core.management import CommandError, call_command

from kb.accounts.models import Team, User
from kb.demo.removing import remove
from kb.demo.seeding import CAST, is_here, seed
from kb.events.models import Event
from postmortems.models import ContributingFactor, Countermeasure, Postmortem, Service, Tag, Theme
from tests.postmortems.builders import draft

pytestmark = pytest.mark.django_db


def test_the_demo_brings_its_cast_with_passwords_and_a_dozen_postmortems():
    passwords = seed()
    assert set(CAST) <= passwords.keys() and len(set(passwords.values())) == len(passwords)
    assert User.objects.get(username="author").check_password(passwords["author"])
    assert Postmortem.objects.count() >= 12
    assert set(Postmortem.objects.values_list("depth", flat=True)) == {"note", "standard", "deep"}
    assert {"draft", "in_review", "published", "archived"} <= set(Postmortem.objects.values_list("status", flat=True))
    assert Postmortem.objects.filter(visibility="restricted").exists()
    assert User.objects.get(username="admin").is_admin and User.objects.get(username="reader").role == "reader"


def test_the_demo_covers_every_axis_of_the_domain():
    seed("pw")
    for field in (ContributingFactor.Role, ContributingFactor.Category, ContributingFactor.Layer):
        name = field.__name__.lower()
        assert set(ContributingFactor.objects.values_list(name, flat=True)) - {""} == set(field.values), name
    assert set(Countermeasure.objects.values_list("strength", flat=True)) == set(Countermeasure.Strength.values)


def test_seeding_twice_changes_nothing():
    seed("pw")
    count = Postmortem.objects.count()
    assert seed("other") == {} and Postmortem.objects.count() == count
    assert User.objects.get(username="author").check_password("pw")


def test_the_demo_refuses_to_take_over_real_people():
    User.objects.create_user("admin", password="mine")
    with pytest.raises(CommandError, match="already somebody called admin"):
        call_command("seed_demo")
    assert User.objects.get().check_password("mine") and not is_here()


def test_removing_leaves_an_empty_house():
    seed("pw")
    remove()
    for model in (Postmortem, User, Team, Service, Tag, Theme):
        assert not model.objects.exists(), model
    assert list(Event.objects.values_list("kind", flat=True)) == ["site.demo_removed"]


def test_what_real_people_made_stays_when_the_demo_goes():
    seed("pw")
    boss = User.objects.create_user("boss", is_admin=True)
    service = Service.objects.get(slug="payments")
    mine = draft(boss, services=[service])
    given = draft(User.objects.get(username="author"), "A real one written by trying out the demo")
    remove(by=boss)
    assert set(Postmortem.objects.all()) == {mine, given} and list(mine.services.all()) == [service]
    given.refresh_from_db()
    assert given.owner == boss


def test_home_leads_administrators_to_the_removal_while_there_is_a_demo(cast, sign_in):
    from kb.demo.models import DemoRow

    assert "/demo/remove/" not in sign_in(cast.admin).get("/").content.decode()
    DemoRow.mark([draft(cast.author)])
    assert "/demo/remove/" in sign_in(cast.admin).get("/").content.decode()
    assert "/demo/remove/" not in sign_in(cast.author).get("/").content.decode()


def test_only_administrators_remove_it(cast, sign_in):
    assert sign_in(cast.author).post("/demo/remove/").status_code == 403
    from kb.demo.models import DemoRow

    DemoRow.mark([draft(cast.author)])
    assert sign_in(cast.admin).post("/demo/remove/").status_code == 302
    assert not Postmortem.objects.exists()
