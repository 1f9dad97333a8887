"""The timeline: what happened when (TimelineEntry), and the few moments that figures are made of (Milestone)."""

from django.db import models, transaction

from postmortems.models.parts import long_text, plain_line
from postmortems.models.people import Participant
from postmortems.models.time import TimedPart

TOLD = {"at", "precision", "typed"}


class TimelineEntry(TimedPart):
    class Kind(models.TextChoices):
        CHANGE = "change", "Change"
        SYMPTOM = "symptom", "Symptom"
        DETECTION = "detection", "Detection"
        OBSERVATION = "observation", "Observation"
        HYPOTHESIS = "hypothesis", "Hypothesis"
        DECISION = "decision", "Decision"
        ACTION = "action", "Action"
        COMMUNICATION = "communication", "Communication"
        RECOVERY = "recovery", "Recovery"

    class Source(models.TextChoices):
        TYPED = "typed", "Typed"
        CHAT = "chat", "Chat"
        ALERT = "alert", "Alert"
        DEPLOY = "deploy", "Deploy"
        LOG = "log", "Log"
        TICKET = "ticket", "Ticket"
        MEMORY = "memory", "Memory"

    KIND = "entry"
    MARKDOWN = {"text": "block", "believed": "inline"}

    until = models.DateTimeField(null=True, blank=True)
    kind = models.CharField(max_length=14, choices=Kind.choices, default=Kind.OBSERVATION)
    text = long_text(blank=False)
    text_html = models.TextField(blank=True, editable=False)
    believed = plain_line(1000, help_text="what was believed at the time")
    believed_html = models.TextField(blank=True, editable=False)
    participant = models.ForeignKey(Participant, models.SET_NULL, null=True, blank=True, related_name="entries")
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.TYPED)
    source_key = plain_line(300, editable=False)
    evidence = models.CharField("link to evidence", max_length=2000, blank=True)
    is_key_moment = models.BooleanField("key moment", default=False)

    class Meta(TimedPart.Meta):
        verbose_name = "timeline entry"
        verbose_name_plural = "timeline entries"
        constraints = [  # a message becomes an entry once
            models.UniqueConstraint(
                fields=["postmortem", "source_key"],
                condition=models.Q(source="chat") & ~models.Q(source_key=""),
                name="one_entry_per_message",
            )
        ]

    def __str__(self):
        return self.text[:80]

    def change(self, by, version, **fields):
        """As of any part; milestones that follow the entry come along to its new time."""
        with transaction.atomic():
            super().change(by, version, **fields)
            if "at" in fields:
                for mark in self.milestones.all():
                    mark.change(by, mark.version, **self.told())
        return self


class Milestone(TimedPart):
    class Type(models.TextChoices):
        BEGAN = "began", "Condition introduced"
        STARTED = "started", "Impact began"
        DETECTED = "detected", "Detected"
        DECLARED = "declared", "Declared"
        ENGAGED = "engaged", "The right people present"
        DIAGNOSED = "diagnosed", "Diagnosed"
        MITIGATED = "mitigated", "Mitigated"
        RECOVERED = "recovered", "Impact no longer apparent"
        RESOLVED = "resolved", "Steady state restored"
        COMMUNICATED = "communicated", "Communicated"
        CLOSED = "closed", "Closed"

    KIND = "milestone"
    type = models.CharField(max_length=12, choices=Type.choices)
    note = plain_line(300)
    entry = models.ForeignKey(TimelineEntry, models.SET_NULL, null=True, blank=True, related_name="milestones")

    class Meta(TimedPart.Meta):
        constraints = [models.UniqueConstraint(fields=["postmortem", "type"], name="one_milestone_of_each_type")]

    def __str__(self):
        return self.get_type_display()

    @classmethod
    def add(cls, postmortem, by, **fields):
        """As of any part; one that follows an entry and says no time takes the entry's."""
        if fields.get("entry") and not TOLD & fields.keys():
            fields |= fields["entry"].told()
        return super().add(postmortem, by, **fields)
