"""Countermeasures: what we do about it, how strong it is, and whether it held."""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils import timezone

from kb.accounts.models import Team
from kb.events.record import record
from kb.lib.addresses import address
from postmortems.models.factors import ContributingFactor, Observation
from postmortems.models.numbers import next_numbers
from postmortems.models.parts import Part, long_text, plain_line
from postmortems.models.states import NotPossible

CHECK_DAYS = 30  # until the effect check, where the postmortem has no severity


class CountermeasureQuerySet(models.QuerySet):
    def still_open(self):
        return self.filter(status__in=Countermeasure.OPEN)

    def overdue(self, today):
        return self.still_open().filter(due_on__lt=today)

    def due_by(self, day):
        return self.still_open().filter(due_on__lte=day)

    def checks_due(self, day):
        """Done, and on or before `day` somebody should look whether they held."""
        return self.filter(status=Countermeasure.Status.DONE, check_on__lte=day)

    def owned_by(self, user):
        return self.filter(owner=user)

    def of_visible(self, user):
        """Those whose postmortem `user` may see."""
        from postmortems.models.postmortem import Postmortem

        return self.filter(postmortem__in=Postmortem.objects.visible_to(user))


class Countermeasure(Part):
    class Kind(models.TextChoices):
        INVESTIGATE = "investigate", "Investigate"
        REPAIR = "repair", "Repair"
        DETECT = "detect", "Detect"
        MITIGATE = "mitigate", "Mitigate"
        PREVENT = "prevent", "Prevent"
        PREPARE = "prepare", "Prepare"
        SHARE = "share", "Share"

    class Strength(models.TextChoices):
        """After the action hierarchy of the VA National Center for Patient Safety."""

        STRONGER = "stronger", "Stronger"
        INTERMEDIATE = "intermediate", "Intermediate"
        WEAKER = "weaker", "Weaker"

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        ACCEPTED = "accepted", "Accepted"
        IN_PROGRESS = "in_progress", "In progress"
        DONE = "done", "Done"
        VERIFIED = "verified", "Verified"
        DECLINED = "declined", "Declined"
        SUPERSEDED = "superseded", "Superseded"

    class Effect(models.TextChoices):
        WORKED = "worked", "Worked"
        PARTLY = "partly", "Partly"
        DID_NOT = "did_not", "Did not"
        CANNOT_TELL = "cannot_tell", "Cannot tell yet"

    class Priority(models.TextChoices):
        HIGH = "high", "High"
        NORMAL = "normal", "Normal"
        LOW = "low", "Low"

    OPEN = ("proposed", "accepted", "in_progress")
    KIND = "countermeasure"
    MARKDOWN = {"statement": "block", "expected_outcome": "inline"}
    HIDDEN = Part.HIDDEN | {"number", "status", "done_at", "effect", "declined_because", "superseded_by"}
    MOVES = {
        "accept": ({"proposed"}, "accepted"),
        "start": ({"proposed", "accepted"}, "in_progress"),
        "complete": ({"proposed", "accepted", "in_progress"}, "done"),
        "verify": ({"done"}, "verified"),
        "reopen": ({"done", "verified", "declined", "superseded"}, "accepted"),
        "decline": ({"proposed", "accepted", "in_progress"}, "declined"),
        "supersede": ({"proposed", "accepted", "in_progress", "done"}, "superseded"),
    }

    number = models.PositiveIntegerField(unique=True, editable=False)
    statement = long_text(blank=False)
    statement_html = models.TextField(blank=True, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.PREVENT)
    strength = models.CharField(max_length=12, choices=Strength.choices, default=Strength.INTERMEDIATE)
    factors = models.ManyToManyField(ContributingFactor, related_name="countermeasures", blank=True)
    observations = models.ManyToManyField(Observation, related_name="countermeasures", blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="countermeasures"
    )
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="countermeasures")
    priority = models.CharField(max_length=6, choices=Priority.choices, default=Priority.NORMAL)
    due_on = models.DateField("due", null=True, blank=True, db_index=True)
    ticket = models.CharField("ticket link", max_length=2000, blank=True)
    expected_outcome = plain_line(500, help_text="a hypothesis with a measure")
    expected_outcome_html = models.TextField(blank=True, editable=False)
    check_on = models.DateField("effect check", null=True, blank=True)
    status = models.CharField(max_length=11, choices=Status.choices, default=Status.PROPOSED, editable=False)
    done_at = models.DateTimeField(null=True, editable=False, db_index=True)
    effect = models.CharField(max_length=11, choices=Effect.choices, blank=True, editable=False)
    declined_because = plain_line(300, editable=False)
    superseded_by = models.ForeignKey("self", models.SET_NULL, null=True, editable=False, related_name="supersedes")

    objects = CountermeasureQuerySet.as_manager()

    class Meta(Part.Meta):
        # Lists of what is open sort all that a reader sees; with this they read the rows of one page only.
        indexes = [models.Index(fields=["postmortem", "status", "due_on", "number"], name="measures_in_turn")]

    def __str__(self):
        return f"{self.reference} {self.statement[:80]}"

    @property
    def reference(self):
        return f"CM-{self.number}"

    @property
    def is_open(self):
        return self.status in self.OPEN

    def get_absolute_url(self):
        return address("countermeasure", self.reference)

    def is_overdue(self, today=None):
        return bool(self.is_open and self.due_on and self.due_on < (today or timezone.localdate()))

    def is_check_due(self, today=None):
        """Done, and the day has come on which somebody should say whether it held."""
        return bool(self.status == "done" and self.check_on and self.check_on <= (today or timezone.localdate()))

    @property
    def is_soaking(self):
        """The list that it stands in may still change."""
        fixed_from = self.postmortem.fixed_from
        return bool(self.is_open and fixed_from and fixed_from > timezone.localdate())

    def on_add(self):
        self.number = next_numbers("countermeasure")[0]

    def clean_fields(self, exclude=None):
        super().clean_fields(exclude={*(exclude or ()), "number"})

    def may_move(self, user):
        """Whoever may write the postmortem, and its own owner if he can read it."""
        access = self.postmortem.access(user)
        return access.write or (access.read and self.owner_id == user.pk)

    def _move(self, verb, by, **fields):
        if by is not None and not self.may_move(by):
            raise PermissionDenied(f"You may not change {self.reference}.")
        sources, target = self.MOVES[verb]
        with transaction.atomic():
            before = self.status
            moved = Countermeasure.objects.filter(pk=self.pk, status__in=sources).update(
                status=target, version=models.F("version") + 1, updated_at=timezone.now(), **fields
            )
            if not moved:
                raise NotPossible(f"{self.reference} is {self.get_status_display().lower()}; nothing was changed.")
            self.refresh_from_db()
            self.postmortem.note_change(by, self, verb, {"status": before}, {"status": target})
            record(f"countermeasure.{verb}", actor=by, subject=f"countermeasure:{self.uid}", group=self.postmortem.uid)
        return self

    def accept(self, by):
        return self._move("accept", by)

    def start(self, by):
        return self._move("start", by)

    def complete(self, by):
        """Done; without a date for its effect check it gets the one that its severity suggests."""
        return self._move("complete", by, done_at=timezone.now(), check_on=self.check_on or self.suggested_check())

    def suggested_check(self):
        severity = self.postmortem.severity
        return timezone.localdate() + timedelta(days=severity.check_days if severity else CHECK_DAYS)

    def check_effect(self, by, effect, next_check=None):
        """Answer the effect check. Worked or partly → verified; did not → stays done and says so; cannot tell →
        a new date is needed."""
        if effect in (self.Effect.WORKED, self.Effect.PARTLY):
            return self._move("verify", by, effect=effect)
        if effect == self.Effect.CANNOT_TELL and not next_check:
            raise NotPossible("Say when to look again.")
        if self.status != self.Status.DONE:
            raise NotPossible(f"{self.reference} is not done yet; nothing was changed.")
        if by is not None and not self.may_move(by):
            raise PermissionDenied(f"You may not change {self.reference}.")
        with transaction.atomic():
            before = {"effect": self.effect, "check_on": str(self.check_on or "")}
            Countermeasure.objects.filter(pk=self.pk).update(
                effect=effect, check_on=next_check or self.check_on, version=models.F("version") + 1
            )
            self.refresh_from_db()
            self.postmortem.note_change(by, self, "effect", before, {"effect": effect})
            record(
                "countermeasure.effect",
                actor=by,
                subject=f"countermeasure:{self.uid}",
                group=self.postmortem.uid,
                data={"effect": effect},
            )
        return self

    def reopen(self, by):
        return self._move("reopen", by, done_at=None, effect="", declined_because="", superseded_by=None)

    def decline(self, by, reason):
        if not reason.strip():
            raise NotPossible("Say why it is declined; the reason stays with it.")
        return self._move("decline", by, declined_because=reason)

    def supersede(self, by, other):
        return self._move("supersede", by, superseded_by=other)

    def hand_over(self, to, by):
        """A new owner, for instance because the old one left."""
        self.change(by, self.version, owner=to)
