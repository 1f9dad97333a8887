"""The debrief: somebody to facilitate it, when and where it is, and the two questions after it (Etsy's)."""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.utils import timezone

from kb.accounts.models import User
from kb.events.record import record
from kb.lib.uids import new_uid
from postmortems.models.notices import Notice
from postmortems.models.parts import plain_line
from postmortems.models.states import NotPossible

FEWEST = 3  # answers, before their sums are shown: fewer would tell who said what


def _tell(kind, by, postmortem, **data):
    record(kind, actor=by, subject=f"postmortem:{postmortem.uid}", group=postmortem.uid, data=data)


class FacilitationRequest(models.Model):
    """Its writers would like somebody from outside to lead the conversation."""

    postmortem = models.OneToOneField("postmortems.Postmortem", models.CASCADE, related_name="facilitation_request")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return f"A facilitator for {self.postmortem.reference}"

    @classmethod
    def ask(cls, postmortem, by):
        """Tell those who facilitate (security for a restricted one). Once; asking again changes nothing."""
        if not postmortem.access(by).write:
            raise PermissionDenied("You may not ask for a facilitator here.")
        if postmortem.facilitator_id:
            raise NotPossible(f"{postmortem.facilitator} facilitates it already.")
        role = User.Role.FACILITATOR if postmortem.visibility == "organization" else User.Role.SECURITY
        with transaction.atomic():
            request, made = cls.objects.get_or_create(postmortem=postmortem, defaults={"by": by})
            if made:
                _tell("debrief.facilitator_asked", by, postmortem)
                people = User.objects.people().filter(role=role)
                Notice.tell(people, "facilitator_asked", by=by, postmortem=postmortem)
        return request

    def take(self, by):
        """`by` will facilitate."""
        p = self.postmortem
        if not p.access(by).steward:
            raise PermissionDenied("Facilitators take this.")
        with transaction.atomic():
            if not type(self).objects.filter(pk=self.pk).delete()[0]:
                raise NotPossible("Somebody took it already.")
            p.change_details(by, p.details_version, facilitator=by)
            Notice.tell({p.owner, self.by} - {None}, "facilitates", by=by, postmortem=p)


class Debrief(models.Model):
    """When and where those who were there talk about it."""

    uid = models.CharField(max_length=12, unique=True, default=new_uid, editable=False)
    postmortem = models.OneToOneField("postmortems.Postmortem", models.CASCADE, related_name="debrief")
    at = models.DateTimeField("time")
    minutes = models.PositiveSmallIntegerField(default=60, validators=[MinValueValidator(5), MaxValueValidator(480)])
    place = plain_line(300, help_text="a room, or the link of a call")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)
    revision = models.PositiveIntegerField(default=0)  # SEQUENCE of the calendar entry

    def __str__(self):
        return f"Debrief of {self.postmortem.reference}"

    @property
    def until(self):
        return self.at + timedelta(minutes=self.minutes)

    @property
    def is_over(self):
        return self.until < timezone.now()

    @classmethod
    def plan(cls, postmortem, by, *, at, minutes, place):
        """Set or move it; tells the writers, the facilitator and who took part."""
        if not postmortem.access(by).write:
            raise PermissionDenied("You may not plan the debrief here.")
        debrief = cls.objects.filter(postmortem=postmortem).first() or cls(postmortem=postmortem)
        debrief.at, debrief.minutes, debrief.place, debrief.by = at, minutes, place, by
        debrief.changed_at, debrief.revision = timezone.now(), debrief.revision + 1
        debrief.full_clean(exclude=["postmortem", "uid"])
        with transaction.atomic():
            debrief.save()
            _tell("debrief.planned", by, postmortem, at=at.isoformat())
            Notice.tell(debrief.people(), "debrief", by=by, postmortem=postmortem)
        return debrief

    def call_off(self, by):
        if not self.postmortem.access(by).write:
            raise PermissionDenied("You may not plan the debrief here.")
        with transaction.atomic():
            self.delete()
            _tell("debrief.called_off", by, self.postmortem)

    def people(self):
        p = self.postmortem
        took_part = [row.user for row in p.participant_set.select_related("user") if row.user]
        return {p.owner, p.facilitator, *p.authors.all(), *took_part} - {None}


class DebriefAnswer(models.Model):
    """What one person says after it. Shown as sums only, and to nobody else."""

    postmortem = models.ForeignKey("postmortems.Postmortem", models.CASCADE, related_name="debrief_answers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    learned = models.BooleanField("Did you learn something that will change how you work?")
    come_again = models.BooleanField("Would you come to one again?")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["postmortem", "user"], name="one_debrief_answer_per_person")]

    def __str__(self):
        return f"{self.postmortem.reference}: {self.learned}, {self.come_again}"

    @classmethod
    def give(cls, postmortem, user, *, learned, come_again):
        """Anybody who may comment answers; a second answer replaces the first."""
        if not postmortem.access(user).comment:
            raise PermissionDenied("You may read it, but not answer here.")
        defaults = {"learned": learned, "come_again": come_again, "at": timezone.now()}
        return cls.objects.update_or_create(postmortem=postmortem, user=user, defaults=defaults)[0]

    @classmethod
    def sums(cls, postmortem):
        """{"count", "learned", "come_again"}, or None for fewer than FEWEST answers. One query."""
        found = cls.objects.filter(postmortem=postmortem).aggregate(
            count=models.Count("pk"),
            learned=models.Count("pk", filter=models.Q(learned=True)),
            come_again=models.Count("pk", filter=models.Q(come_again=True)),
        )
        return found if found["count"] >= FEWEST else None
