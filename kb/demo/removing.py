"""`remove()`: the invented company leaves, and takes nothing with it that real people made."""

from django.db import transaction

from kb.accounts.models import Team, User
from kb.demo.models import DemoRow
from kb.events.models import Event
from kb.events.record import record
from postmortems.handover import hand_over_everything
from postmortems.models import Postmortem, Service, Tag, Theme


def remove(by=None):
    """Delete the demo's postmortems, people and words; returns {word: how many}. One transaction.

    A team, service, tag or theme that real content uses stays; so does the account of `by`, if it is a demo one.
    What real people were given by demo people to own goes to `by`.
    """
    with transaction.atomic():
        counts = {"postmortems": _remove_postmortems(by), "people": _remove_people(by)}
        for word, model in (("services", Service), ("tags", Tag), ("themes", Theme), ("teams", Team)):
            unused = [row for row in DemoRow.marked(model) if not _is_used(row)]
            model.objects.filter(pk__in=[row.pk for row in unused]).delete()
            counts[word] = len(unused)
        DemoRow.objects.all().delete()
        record("site.demo_removed", actor=by if by and by.pk else None, subject="site", data=counts)
    return counts


def _remove_postmortems(by):
    rows = list(DemoRow.marked(Postmortem))
    for row in rows:
        row.purge(by=None, reason="demo removed")
    Event.objects.filter(group__in=[row.uid for row in rows]).delete()
    return len(rows)


def _remove_people(by):
    people = DemoRow.marked(User).exclude(pk=by.pk if by else None)
    for person in people:
        if by:
            hand_over_everything(person, by, by)
    return people.delete()[1].get("accounts.User", 0)


def _is_used(row):
    """Whether anything still points to `row`; by now the demo's own content is gone."""
    for relation in row._meta.related_objects:
        manager = relation.related_model._default_manager
        used = manager.filter(**{relation.field.name: row})
        if isinstance(row, Team) and relation.related_model is Service:
            used = used.exclude(pk__in=DemoRow.marked(Service).values("pk"))
        if used.exists():
            return True
    return False
