"""Notices: that something happened which concerns a person; shown in the product and, if wanted, sent by mail."""

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils import timezone

from kb.accounts.models import User
from kb.events.record import request_delivery
from kb.lib.uids import new_uid

CONSUMER = "notices"


class Notice(models.Model):
    """For one person. It holds no text of its own: what it says is read, through the door, when it is shown or sent."""

    class Kind(models.TextChoices):
        COMMENT = "comment", "commented on"
        REVIEW_ASKED = "review_asked", "asks you to review"
        REVIEWED = "reviewed", "reviewed"
        FACILITATOR_ASKED = "facilitator_asked", "asks for a facilitator"
        FACILITATES = "facilitates", "will facilitate"
        DEBRIEF = "debrief", "planned the debrief of"

    uid = models.CharField(max_length=12, unique=True, default=new_uid, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    postmortem = models.ForeignKey("postmortems.Postmortem", models.CASCADE, related_name="+")
    comment = models.ForeignKey("postmortems.Comment", models.CASCADE, null=True, related_name="+")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["user", "-id"])]

    def __str__(self):
        return f"{self.actor or 'Somebody'} {self.get_kind_display()} {self.postmortem.reference}"

    @classmethod
    def tell(cls, people, kind, *, by, postmortem, comment=None):
        """A notice for each of `people` who may read it, `by` apart; with a to-do to mail it. Inside a transaction."""
        told = [
            cls(user=person, kind=kind, postmortem=postmortem, comment=comment, actor=by)
            for person in people
            if person != by and not person.is_system and postmortem.access(person).read
        ]
        cls.objects.bulk_create(told)
        User.objects.filter(pk__in=[notice.user_id for notice in told]).update(unread=F("unread") + 1)
        request_delivery([CONSUMER], [f"notice:{notice.uid}" for notice in told])
        return told

    @classmethod
    def of(cls, user):
        """What `user` was told about what he may still see, the newest first."""
        from postmortems.models.postmortem import Postmortem

        visible = Postmortem.objects.visible_to(user)
        return user.notices.filter(postmortem__in=visible).select_related("postmortem", "actor", "comment")

    @classmethod
    def mark_read(cls, user):
        """All of them, and the count beside the bell. Two statements."""
        user.notices.filter(read_at=None).update(read_at=timezone.now())
        User.objects.filter(pk=user.pk).exclude(unread=0).update(unread=0)

    def get_absolute_url(self):
        if self.comment:
            return self.comment.get_absolute_url()
        page = {"review_asked": "review/", "reviewed": "review/", "debrief": "debrief/"}.get(self.kind, "")
        return f"{self.postmortem.get_absolute_url()}{page}"
