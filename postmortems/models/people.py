"""People of an incident (Participant) and people who may read a restricted postmortem (Named)."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils import timezone

from kb.accounts.models import Team
from kb.events.record import record
from postmortems.models.parts import Part, plain_line


class Participant(Part):
    """A person in the event. Everything that names a person points here, so that names can be shown as functions."""

    class Function(models.TextChoices):
        COMMANDER = "commander", "Incident commander"
        SCRIBE = "scribe", "Scribe"
        LIAISON = "liaison", "Liaison"
        SERVICE_OWNER = "service_owner", "Service owner"
        RESPONDER = "responder", "Responder"
        CUSTOMER_CONTACT = "customer_contact", "Customer contact"
        OTHER = "other", "Other"

    KIND = "participant"
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="participations"
    )
    name = plain_line(120, help_text="for somebody without an account here")
    function = models.CharField(max_length=20, choices=Function.choices, default=Function.RESPONDER)

    class Meta(Part.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["postmortem", "user"], name="one_part_per_person", condition=~models.Q(user=None)
            )
        ]

    def __str__(self):
        return str(self.user) if self.user else self.name or self.get_function_display()


class Named(models.Model):
    """A person or team who may read and comment on a restricted postmortem. Break-glass is one with an end."""

    postmortem = models.ForeignKey("postmortems.Postmortem", models.CASCADE, related_name="named_set")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="named_on")
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="named_on")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)
    reason = plain_line(300)
    break_glass = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user=None, team__isnull=False) | models.Q(user__isnull=False, team=None),
                name="named_is_a_person_or_a_team",
            )
        ]

    def __str__(self):
        return str(self.user or self.team)

    @classmethod
    def name_reader(cls, postmortem, by, *, user=None, team=None, reason="", until=None, break_glass=False):
        """Let `user` or `team` read and comment; told as an event that everybody who sees it can see.

        Its lead does that; to break the glass is an administrator's.
        """
        if by is not None and not (by.is_admin if break_glass else postmortem.access(by).lead):
            raise PermissionDenied(f"You may not change who sees {postmortem.reference}.")
        with transaction.atomic():
            named = cls.objects.create(
                postmortem=postmortem, by=by, user=user, team=team, reason=reason, until=until, break_glass=break_glass
            )
            record(
                "postmortem.break_glass" if break_glass else "postmortem.named",
                actor=by,
                subject=f"postmortem:{postmortem.uid}",
                group=postmortem.uid,
                data={"who": (user or team).uid, "reason": reason, "until": until.isoformat() if until else None},
            )
        return named

    @classmethod
    def remove_reader(cls, postmortem, by, uid):
        """Take the person or team `uid` off the list; a break-glass ends now and stays to be seen. Returns how many."""
        if by is not None and not postmortem.access(by).lead:
            raise PermissionDenied(f"You may not change who sees {postmortem.reference}.")
        now = timezone.now()
        with transaction.atomic():
            rows = cls.objects.filter(models.Q(user__uid=uid) | models.Q(team__uid=uid), postmortem=postmortem)
            ended = rows.filter(break_glass=True, until__gt=now).update(until=now)
            gone, _ = rows.filter(break_glass=False).delete()
            if gone or ended:
                record(
                    "postmortem.unnamed",
                    actor=by,
                    subject=f"postmortem:{postmortem.uid}",
                    group=postmortem.uid,
                    data={"who": uid},
                )
        return gone + ended
