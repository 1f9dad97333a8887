"""Who is editing which part right now: a lease of seconds, renewed while a form is open. Nobody is kept out by it."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

LEASE = timedelta(seconds=25)  # two renewals and a half


class Presences(models.QuerySet):
    def renew(self, postmortem, person, parts):
        """`person` has the forms of these parts (anchors such as "section-x7…") open; those of no other any more."""
        now = timezone.now()
        gone = self.filter(postmortem=postmortem).filter(~models.Q(part__in=parts), person=person)
        (gone | self.filter(postmortem=postmortem, until__lt=now)).delete()
        rows = [self.model(postmortem=postmortem, person=person, part=part, until=now + LEASE) for part in parts]
        self.bulk_create(
            rows, update_conflicts=True, unique_fields=["postmortem", "person", "part"], update_fields=["until"]
        )

    def others(self, postmortem, person):
        """{part: [names]} of everybody else who is editing; one query."""
        found = {}
        rows = self.filter(postmortem=postmortem, until__gt=timezone.now()).exclude(person=person)
        for row in rows.select_related("person").order_by("part", "person__name"):
            found.setdefault(row.part, []).append(str(row.person))
        return found


class Presence(models.Model):
    """Shown to those who may write, never counted, and gone when its lease runs out."""

    postmortem = models.ForeignKey("postmortems.Postmortem", models.CASCADE, related_name="presences")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    part = models.CharField(max_length=40)
    until = models.DateTimeField()

    objects = Presences.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["postmortem", "person", "part"], name="present_once")]

    def __str__(self):
        return f"{self.person_id} at {self.part}"
