"""What happened (Event, kept) and what is to be done about it (Delivery, one per consumer and subject)."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from kb.lib.uids import new_uid


class Event(models.Model):
    """A fact, written in the transaction of the change that it tells of; append-only.

    `subject` names what it happened to (`postmortem:<uid>`), `group` the postmortem through whose door the
    event may be read (empty for facts about people and the site: administrators only).
    """

    uid = models.CharField(max_length=12, unique=True, default=new_uid, editable=False)
    kind = models.CharField(max_length=60, db_index=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    subject = models.CharField(max_length=80, db_index=True)
    group = models.CharField(max_length=12, blank=True, db_index=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.kind} {self.subject}"


class DeliveryQuerySet(models.QuerySet):
    def due(self, now):
        """Not parked, and their time has come."""
        return self.filter(parked_at=None, due_at__lte=now)


class Delivery(models.Model):
    """One to-do of one consumer. At most one per (consumer, subject), so that autosave floods nobody.

    `token` changes whenever the subject changes again; a consumer that finished an older token leaves the row, so
    nothing that came while it worked is lost.
    """

    consumer = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)
    token = models.CharField(max_length=12, default=new_uid)
    since = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    parked_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["consumer", "subject"], name="one_delivery_per_subject")]
        indexes = [models.Index(fields=["consumer", "due_at"])]

    def __str__(self):
        return f"{self.consumer} ← {self.subject}"


class Lease(models.Model):
    """A named right that one process holds for a while, such as being the one indexer."""

    name = models.CharField(max_length=40, primary_key=True)
    holder = models.CharField(max_length=12, blank=True)
    until = models.DateTimeField()

    def __str__(self):
        return self.name
