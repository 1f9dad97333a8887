"""Subscription with Interests: what somebody wants and when. Digest: what was found. Sending: its way to a person."""

import hashlib
import json
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from kb.accounts.models import validate_zone
from kb.lib import signing
from kb.lib.plain_text import validate_plain_text
from kb.lib.uids import new_uid
from kb.lib.weeks import WEEKDAYS, Schedule, local_day, week_of

SETTLING = timedelta(minutes=1)  # what is being committed right now belongs to the next period
PAUSE = timedelta(weeks=4)
MOST_SUBSCRIPTIONS = 5  # of one person
MOST_INTERESTS = 40  # of one subscription
UNSUBSCRIBE = "unsubscribe"


class SubscriptionQuerySet(models.QuerySet):
    def of(self, user):
        return self.filter(owner=user).order_by("pk")

    def due(self, now):
        """Those whose scheduled moment has come, the settling minute included."""
        return self.filter(next_due_at__lte=now - SETTLING, owner__is_active=True)

    def claim(self, now, token, count, lasting):
        """Take up to `count` due ones by conditional UPDATE; returns them. Of two claimants one gets each."""
        at = timezone.now()  # leases run on the real clock, whatever `now` a person asks about
        free = Q(leased_until=None) | Q(leased_until__lte=at)
        found = list(self.due(now).filter(free).order_by("next_due_at", "pk").values_list("pk", flat=True)[:count])
        self.filter(free, pk__in=found).update(lease=token, leased_until=at + lasting)
        return (
            self.filter(lease=token, pk__in=found).select_related("owner").prefetch_related("interests").order_by("pk")
        )


class Subscription(models.Model):
    """One envelope: whose, by which channel, and when. What goes in is its interests'.

    `covered_until` is the end of the last period that was closed, sent or not; `next_due_at` the scheduled moment
    that ends the current one, None while stopped. While paused, `paused_at` says since when.
    """

    class Channel(models.TextChoices):
        MAIL = "mail", "Mail"

    uid = models.CharField(max_length=12, unique=True, default=new_uid, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="subscriptions")
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.MAIL)
    weekday = models.PositiveSmallIntegerField("day", choices=list(enumerate(WEEKDAYS)), default=0)
    hour = models.PositiveSmallIntegerField(
        choices=[(hour, f"{hour:02}:00") for hour in range(24)], default=8, validators=[MaxValueValidator(23)]
    )
    zone = models.CharField("time zone", max_length=60, default="UTC", validators=[validate_zone])
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    paused_at = models.DateTimeField(null=True, editable=False)
    covered_until = models.DateTimeField(editable=False)
    next_due_at = models.DateTimeField(null=True, editable=False, db_index=True)
    lease = models.CharField(max_length=12, blank=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return str(self.schedule)

    @property
    def schedule(self):
        return Schedule(self.weekday, self.hour, self.zone)

    @property
    def is_stopped(self):
        return self.next_due_at is None

    @classmethod
    def start(cls, owner, interests=(("", "Everything"),), *, weekday=0, hour=8, zone=""):
        """A new envelope for `owner`. `interests`: pairs (query, label).

        Its first digest covers the week before its first scheduled moment. Raises ValidationError.
        """
        subscription = cls(owner=owner, weekday=weekday, hour=hour, zone=zone or owner.zone)
        subscription._begin_after(timezone.now())
        subscription.full_clean()
        with transaction.atomic():
            if cls.objects.of(owner).count() >= MOST_SUBSCRIPTIONS:
                raise ValidationError(f"{MOST_SUBSCRIPTIONS} subscriptions are the most one person can have.")
            subscription.save(force_insert=True)
            for query, label in interests:
                subscription.follow(query, label)
        return subscription

    def _begin_after(self, moment):
        self.next_due_at = self.schedule.after(moment)
        self.covered_until = self.schedule.before(self.next_due_at)

    def reschedule(self, *, weekday, hour, zone):
        """Another day, hour or zone from the next one on. The current period grows or shrinks; nothing is left out."""
        self.weekday, self.hour, self.zone = weekday, hour, zone
        self.full_clean()
        if not self.is_stopped and not self.paused_at:
            self.next_due_at = self.schedule.after(timezone.now())
        elif self.paused_at and self.next_due_at:
            self._begin_after(self.paused_at + PAUSE)
        self.save(update_fields=["weekday", "hour", "zone", "next_due_at", "covered_until"])

    def pause(self):
        """Nothing for four weeks; then it goes on by itself, with the week before, not with all that was missed."""
        self.paused_at = timezone.now()
        self._begin_after(self.paused_at + PAUSE)
        self.save(update_fields=["paused_at", "next_due_at", "covered_until"])

    def stop(self):
        """Nothing until its owner says so. Interests are kept, so that a slip of the finger costs nothing."""
        self.paused_at, self.next_due_at = timezone.now(), None
        self.save(update_fields=["paused_at", "next_due_at"])

    def resume(self):
        self.paused_at = None
        self._begin_after(timezone.now())
        self.save(update_fields=["paused_at", "next_due_at", "covered_until"])

    def follow(self, query, label=""):
        """Add an interest, or give it this label if it is there. Raises ValidationError."""
        query = " ".join(query.split())
        validate_plain_text(query)
        interest = self.interests.filter(query=query).first() or Interest(subscription=self, query=query)
        interest.label = " ".join(label.split()) or interest.label or query or "Everything"
        interest.full_clean()
        if not interest.pk and self.interests.count() >= MOST_INTERESTS:
            raise ValidationError(f"{MOST_INTERESTS} interests are the most one subscription can have.")
        if not interest.pk:  # get_or_create: a second click may have been faster
            return self.interests.get_or_create(query=query, defaults={"label": interest.label})[0]
        interest.save(update_fields=["label"])
        return interest

    def latest_moment(self, now):
        """The end of the period that is over at `now`: after days of downtime the newest scheduled moment, so that
        one digest comes and not five. Never before what is already covered."""
        return max(self.covered_until, self.schedule.latest(now - SETTLING))

    @property
    def unsubscribe_token(self):
        return signing.sign(UNSUBSCRIBE, self.uid)

    def get_absolute_url(self):
        return f"{reverse('subscriptions')}#subscription-{self.uid}"


class Interest(models.Model):
    """A query of the search language with a name; the empty one means everything."""

    uid = models.CharField(max_length=12, unique=True, default=new_uid, editable=False)
    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="interests")
    query = models.CharField(max_length=300, blank=True, validators=[validate_plain_text])
    label = models.CharField(max_length=120, validators=[validate_plain_text])
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["subscription", "query"], name="one_interest_per_query")]

    def __str__(self):
        return self.label


class DigestQuerySet(models.QuerySet):
    def sent_to(self, user):
        """Newest first; those that are still on their way too: they can be read here already."""
        return self.filter(sendings__recipient=user).distinct().order_by("-until", "-pk")


class Digest(models.Model):
    """What was found for a period, as references and reasons only: what somebody may read of it is looked up when it is
    read. `content` as kb.digests.composing.compose makes it. People with the same content share one.
    """

    uid = models.CharField(max_length=12, unique=True, default=new_uid, editable=False)
    since = models.DateTimeField()
    until = models.DateTimeField()
    zone = models.CharField(max_length=60)
    content = models.JSONField()
    fingerprint = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = DigestQuerySet.as_manager()

    class Meta:
        ordering = ["-until", "-pk"]

    def __str__(self):
        return f"Digest of {self.week}"

    def get_absolute_url(self):
        return reverse("digest", args=[self.uid])

    @property
    def week(self):
        return week_of(self.since, self.until, self.zone)

    @property
    def days(self):
        """(first, last) day of the period on the subscriber's calendar."""
        return local_day(self.since, self.zone), local_day(self.until, self.zone)

    @classmethod
    def of(cls, since, until, zone, content):
        """An unsaved Digest; equal arguments give an equal fingerprint."""
        text = json.dumps([since.isoformat(), until.isoformat(), zone, content], sort_keys=True, ensure_ascii=False)
        print_ = hashlib.sha256(text.encode()).hexdigest()
        return cls(since=since, until=until, zone=zone, content=content, fingerprint=print_)


class SendingQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(sent_at=None, parked_at=None, dropped_at=None)

    def claimable(self):
        """Waiting, due, and in nobody's hands."""
        at = timezone.now()
        return self.waiting().filter(Q(leased_until=None) | Q(leased_until__lte=at), due_at__lte=at)


class Sending(models.Model):
    """One digest to one person, once: unique by subscription and the end of its period, written before the mail leaves.

    Ends as sent, parked (refused for good, `error` says why) or dropped (unsubscribed, or nothing left to read).
    """

    uid = models.CharField(max_length=12, unique=True, default=new_uid, editable=False)
    digest = models.ForeignKey(Digest, models.CASCADE, related_name="sendings")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="digest_sendings")
    subscription = models.ForeignKey(Subscription, models.SET_NULL, null=True, related_name="sendings")
    period_end = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    parked_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)

    objects = SendingQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["subscription", "period_end"], name="one_sending_per_period")]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="sendings_waiting",
                condition=Q(sent_at=None, parked_at=None, dropped_at=None),
            )
        ]

    def __str__(self):
        return f"{self.digest} to {self.recipient}"

    def claim(self, lasting):
        """Take this one mail into our hands for a while; False if somebody else has or had it."""
        at = timezone.now()
        taken = Sending.objects.claimable().filter(pk=self.pk)
        self.leased_until = at + lasting
        return bool(taken.update(leased_until=self.leased_until, attempts=F("attempts") + 1))

    def _settle(self, **columns):
        """Write how it ended, unless our lease ran out and somebody else has it now."""
        held = Sending.objects.filter(pk=self.pk, leased_until=self.leased_until)
        return bool(held.update(leased_until=None, **columns))

    def mark_sent(self):
        return self._settle(sent_at=timezone.now(), error="")

    def drop(self, reason):
        return self._settle(dropped_at=timezone.now(), error=reason)

    def park(self, error):
        return self._settle(parked_at=timezone.now(), error=error[:500])

    def retry_in(self, delay, error):
        return self._settle(due_at=timezone.now() + delay, error=error[:500])
