"""The administration: people, teams and vocabularies, for administrators alone, and told as events."""

import pytest
from django.contrib import admin
from django.urls import reverse

from kb.accounts.models import Team, User
from kb.events.models import Event
from postmortems.models import (
    CoachException,
    Countermeasure,
    OldAddress,
    Postmortem,
    Prompt,
    Service,
    Severity,
    Tag,
    Theme,
)

pytestmark = pytest.mark.django_db
PAGES = {User: "user", Team: "team", Service: "service", Tag: "tag", Theme: "theme", Severity: "severity",
         CoachException: "coachexception", Prompt: "prompt"}  # fmt: skip


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def act(client, model, action, rows, **fields):
    data = {"action": action, "_selected_action": [row.pk for row in rows], **fields}
    return client.post(address(model, "changelist"), data, follow=True)


def person(user, **changes):
    names = ("username", "name", "email", "also_known_as", "zone", "role", "is_admin", "is_active")
    data = {name: getattr(user, name) for name in names} | changes
    empty = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    return {name: value for name, value in data.items() if value is not False} | empty


def test_it_holds_people_and_vocabularies_and_no_content():
    assert set(admin.site._registry) == set(PAGES)


def test_administrators_see_every_page_and_nobody_else_any(cast, sign_in):
    rows = {
        User: cast.reader,
        Team: cast.payments,
        Service: Service.objects.named("A"),
        Tag: Tag.objects.named("A"),
        Theme: Theme.objects.named("A"),
        Severity: Severity.objects.first(),
        CoachException: CoachException.objects.create(rule="C4", words="failed to check"),
        Prompt: Prompt.objects.first(),
    }
    for name, someone in [*cast.everybody().items(), ("nobody", None)]:
        client = sign_in(someone)
        pages = [reverse("admin:index")]
        for model, row in rows.items():
            pages += [address(model, "changelist"), address(model, "change", row.pk)]
            pages += [address(model, "add")] if model is not Prompt else []  # there is one for each part, for good
        for page in pages:
            status = client.get(page).status_code
            assert status == 200 if name == "admin" else status in (302, 403), (name, page, status)


def test_a_new_person_can_sign_in(cast, sign_in, client):
    data = {
        "username": "ines",
        "name": "Ines",
        "email": "ines@example.org",
        "role": "member",
        "usable_password": "true",
        "password1": "seven small boats",
        "password2": "seven small boats",
        "memberships-TOTAL_FORMS": 1,
        "memberships-INITIAL_FORMS": 0,
        "memberships-0-team": cast.payments.pk,
    }
    response = sign_in(cast.admin).post(address(User, "add"), data)
    assert response.status_code == 302, response.context["errors"]
    assert client.login(username="ines", password="seven small boats")
    assert User.objects.get(username="ines").teams.get() == cast.payments
    assert set(Event.objects.values_list("kind", flat=True)) == {"user.added", "team.joined"}


def test_a_role_is_changed_on_the_record(cast, sign_in):
    sign_in(cast.admin).post(address(User, "change", cast.stranger.pk), person(cast.stranger, role="security"))
    event = Event.objects.get(kind="user.changed")
    assert (event.actor, event.subject) == (cast.admin, f"user:{cast.stranger.uid}")
    assert event.data == {"was": {"role": "member"}, "is": {"role": "security"}}


def test_the_last_administrator_stays(cast, sign_in):
    response = sign_in(cast.admin).post(address(User, "change", cast.admin.pk), person(cast.admin, is_admin=False))
    assert "only administrator" in response.content.decode()
    assert User.objects.get(pk=cast.admin.pk).is_admin
    response = act(sign_in(cast.admin), User, "hand_over", [cast.admin], apply=1, to=cast.author.uid)
    assert "No administrator would be left" in response.content.decode()


def test_people_and_words_are_never_deleted(cast, sign_in):
    client = sign_in(cast.admin)
    assert client.post(address(User, "delete", cast.reader.pk), {"post": "yes"}).status_code == 403
    assert client.post(address(Team, "delete", cast.payments.pk), {"post": "yes"}).status_code == 403


def test_who_leaves_hands_over_everything(cast, sign_in):
    postmortem = Postmortem.start(cast.author, "Open")
    Countermeasure.add(postmortem, cast.author, statement="s", owner=cast.author)
    client = sign_in(cast.admin)
    question = act(client, User, "hand_over", [cast.author])
    assert "Everything goes to" in question.content.decode()
    done = act(client, User, "hand_over", [cast.author], apply=1, to=cast.teammate.uid)
    assert "1 of their postmortems and 1 open countermeasures" in done.content.decode()
    postmortem.refresh_from_db()
    assert postmortem.owner == cast.teammate and not User.objects.get(pk=cast.author.pk).is_active
    assert sign_in(None).login(username="author", password="correct horse battery") is False


def test_words_are_renamed_and_merged_by_actions(cast, sign_in):
    client = sign_in(cast.admin)
    one, two = Service.objects.named("Checkout"), Service.objects.named("Check out 2")
    postmortem = Postmortem.start(cast.author, "x", services=[two])
    assert "Choose one" in act(client, Service, "rename", [one, two]).content.decode()
    assert "New name" in act(client, Service, "rename", [one]).content.decode()
    taken = act(client, Service, "rename", [one], apply=1, name="Check out 2").content.decode()
    assert "Merge the two instead" in taken
    act(client, Service, "rename", [one], apply=1, name="Till")
    assert Service.objects.get(pk=one.pk).slug == "till" and OldAddress.objects.filter(slug="checkout").exists()
    act(client, Service, "merge", [one, two], apply=1, into=one.uid)
    assert list(postmortem.services.all()) == [Service.objects.get(pk=one.pk)]
    assert not Service.objects.filter(pk=two.pk).exists()


def test_a_team_may_be_called_in_any_script_and_a_name_that_cannot_be_is_told(cast, sign_in, monkeypatch):
    client = sign_in(cast.admin)
    act(client, Team, "rename", [cast.payments], apply=1, name="支払い")
    cast.payments.refresh_from_db()
    assert cast.payments.slug == "支払い" and client.get(cast.payments.get_absolute_url()).status_code == 200
    monkeypatch.setattr("postmortems.catalog_changes.slug_of", lambda name: "no slug")
    refused = act(client, Team, "rename", [cast.payments], apply=1, name="Tills").content.decode()
    assert "Enter a valid" in refused and Team.objects.get(pk=cast.payments.pk).name == "支払い"


def test_a_new_service_gets_its_address_from_its_name(cast, sign_in):
    client = sign_in(cast.admin)
    client.post(address(Service, "add"), {"name": "Card vault", "team": cast.payments.pk, "about": "keeps cards"})
    assert Service.objects.get(slug="card-vault").team == cast.payments
    again = client.post(address(Service, "add"), {"name": "Card Vault"})
    assert "already one" in again.content.decode()
    client.post(address(Service, "change", Service.objects.get().pk), {"about": "new", "name": "Sneaky"})
    assert (Service.objects.get().name, Service.objects.get().about) == ("Card vault", "new")
