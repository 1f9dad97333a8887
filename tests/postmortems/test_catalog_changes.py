"""Rename and merge: old addresses live on, everything follows, the index hears of it."""

import pytest

from kb.accounts.models import Team
from kb.events.models import Delivery
from postmortems.catalog_changes import current_address, merge, rename
from postmortems.handover import hand_over_everything
from postmortems.models import ContributingFactor, Countermeasure, Learning, NotPossible, Service, Tag, Theme
from postmortems.vocabulary import moved
from search.lookup import search_for
from tests.postmortems.builders import draft, published

pytestmark = pytest.mark.django_db


def test_a_renamed_service_keeps_its_old_address_and_reindexes_what_names_it(cast):
    service = Service.objects.named("Checkout API")
    pm = draft(cast.author, services=[service])
    draft(cast.author, "Another")
    Delivery.objects.all().delete()
    rename(service, "Checkout", cast.admin)
    assert (service.slug, current_address("service", "checkout-api")) == ("checkout", service.uid)
    assert list(Delivery.objects.values_list("subject", flat=True)) == [f"postmortem:{pm.uid}"]
    assert Service.objects.named("checkout-api") == service


def test_a_name_that_is_taken_says_merge(cast):
    one, _ = Tag.objects.many_named(["dns", "tls"])
    with pytest.raises(NotPossible, match="Merge the two"):
        rename(one, "TLS", cast.admin)


def test_merging_moves_everything_once(cast):
    old, new = Service.objects.many_named(["payments-api", "payments"])
    both = draft(cast.author, services=[old, new], conditions=[old])
    Learning.add(both, cast.author, claim="One", services=[old])
    merge(old, new, cast.admin)
    assert list(both.services.all()) == list(both.conditions.all()) == [new]
    assert both.learning_set.get().services.get() == new
    assert current_address("service", "payments-api") == new.uid


def test_merging_themes_and_teams(cast):
    a, b = Theme.objects.many_named(["Retry storm", "Thundering herd"])
    pm = draft(cast.author)
    factor = ContributingFactor.add(pm, cast.author, statement="Retries", theme=a)
    merge(a, b, cast.admin)
    factor.refresh_from_db()
    assert factor.theme == b
    merge(cast.payments, cast.platform, cast.admin)
    assert list(pm.teams.all()) == [cast.platform] and not Team.objects.filter(slug="payments").exists()
    assert cast.author.teams.get() == cast.platform


def test_two_kinds_cannot_become_one(cast):
    with pytest.raises(NotPossible):
        merge(Tag.objects.named("dns"), Theme.objects.named("dns"), cast.admin)


def test_names_without_latin_letters_have_an_address_too(cast):
    assert [t.slug for t in Tag.objects.many_named(["データ", "DNS", "dns"])] == ["データ", "dns", "dns"]


def test_somebody_who_leaves_hands_over_everything(cast):
    pm = draft(cast.author)
    cm = Countermeasure.add(pm, cast.author, statement="Cap the retries", owner=cast.author)
    assert hand_over_everything(cast.author, cast.teammate, cast.admin) == (1, 1)
    pm.refresh_from_db(), cm.refresh_from_db()
    assert pm.owner == cm.owner == cast.teammate


def test_a_search_by_an_old_name_goes_on_with_the_present_one(cast):
    service = Service.objects.named("Checkout API")
    published(cast.author, cast.teammate, services=[service])
    rename(service, "Checkout", cast.admin)
    filters = {("service", "checkout-api"), ("tag", "checkout-api"), ("severity", "sev1")}
    assert moved(cast.reader, filters) == {("service", "checkout-api"): "checkout"}
    results = search_for(cast.reader, 'timeout -service:"checkout-api" tag:x')
    assert results.query.text == "timeout -service:checkout tag:x"
    assert "service:checkout-api is now service:checkout." in results.notes


def test_the_new_name_of_what_only_secrets_use_is_told_to_nobody(cast):
    service = Service.objects.named("Project Heron")
    draft(cast.author, services=[service])
    rename(service, "Project Crane", cast.admin)
    filters = {("service", "project-heron")}
    assert moved(cast.stranger, filters) == {}
    assert moved(cast.author, filters) == {("service", "project-heron"): "project-crane"}


def test_an_old_name_in_use_again_is_nobody_elses(cast, django_assert_max_num_queries):
    service = Service.objects.named("Queue")
    published(cast.author, cast.teammate, services=[service])
    rename(service, "Broker", cast.admin)
    published(
        cast.author, cast.teammate, title="Another", services=[Service.objects.create(name="Queue", slug="queue")]
    )
    assert moved(cast.reader, {("service", "queue")}) == {}
    with django_assert_max_num_queries(0):
        assert moved(cast.reader, {("severity", "sev1")}) == {}
