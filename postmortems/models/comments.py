"""Comments: what readers say about a section, a row or the whole; in threads that can be resolved."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Count
from django.utils import timezone

from kb.events.record import record
from kb.lib.uids import new_uid
from postmortems.models.notices import Notice
from postmortems.models.parts import long_text, rendered


class CommentQuerySet(models.QuerySet):
    def threads(self):
        return self.filter(thread=None)

    def still_open(self):
        return self.threads().filter(resolved_at=None, removed_at=None)

    def counts(self):
        """{uid of a part ("" for the whole): open threads}. One query."""
        return dict(self.still_open().order_by().values_list("part_uid").annotate(Count("pk")))


class Comment(models.Model):
    """One thing said. `thread` is the comment that it answers; only the first of a thread is resolved."""

    uid = models.CharField(max_length=12, unique=True, default=new_uid, editable=False)
    postmortem = models.ForeignKey("postmortems.Postmortem", models.CASCADE, related_name="comments")
    part_kind = models.CharField(max_length=20, blank=True)
    part_uid = models.CharField(max_length=12, blank=True)
    thread = models.ForeignKey("self", models.CASCADE, null=True, related_name="replies")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="comments")
    at = models.DateTimeField(default=timezone.now)
    text = long_text(blank=False)
    text_html = models.TextField(blank=True, editable=False)
    renderer = models.PositiveSmallIntegerField(default=0, editable=False)
    edited_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["postmortem", "part_uid"])]

    def __str__(self):
        return self.text[:80]

    @property
    def anchor(self):
        return f"comment-{self.uid}"

    def get_absolute_url(self):
        return f"{self.postmortem.get_absolute_url()}comments/#{self.anchor}"

    @classmethod
    def say(cls, postmortem, by, text, *, part=None, thread=None):
        """Say something about the whole, about `part`, or in answer to `thread`; tells whom it concerns."""
        if not postmortem.access(by).comment:
            raise PermissionDenied(f"You may read {postmortem.reference}, but not comment on it.")
        first = thread and (thread.thread or thread)
        comment = cls(postmortem=postmortem, by=by, thread=first, **rendered({"text": text}, {"text": "block"}))
        about = first or part
        if about is not None:
            comment.part_kind, comment.part_uid = (first.part_kind, first.part_uid) if first else (part.KIND, part.uid)
        comment._check()
        with transaction.atomic():
            comment.save(force_insert=True)
            comment._tell("comment.said", by)
            Notice.tell(comment.concerned(part), "comment", by=by, postmortem=postmortem, comment=comment)
        return comment

    def concerned(self, part=None):
        """Who wrote the postmortem, who owns the part, and who spoke in the thread before."""
        p = self.postmortem
        people = {p.owner, *p.authors.all(), getattr(part, "owner", None)}
        if self.thread_id:
            people |= {self.thread.by, *(row.by for row in self.thread.replies.select_related("by"))}
        return people - {None}

    def may_change(self, access):
        """Its own writer; what he said stays his. `access`: of the user to the postmortem, read once for all."""
        return self.by_id == access.user.pk and not self.removed_at and access.comment

    def may_resolve(self, access):
        return self.thread_id is None and access.comment and (access.write or self.by_id == access.user.pk)

    def rewrite(self, by, text):
        if not self.may_change(self.postmortem.access(by)):
            raise PermissionDenied("Only who said it changes it.")
        return self.put(text, edited_at=timezone.now()) if text != self.text else self

    def put(self, text, **fields):
        """Write another text, checked and rendered."""
        fields |= rendered({"text": text}, {"text": "block"})
        self.text = text
        self._check()
        self._write(**fields)
        return self

    def remove(self, by):
        """Take back what one said, or, as the postmortem's lead, what somebody said. Answers to it stay."""
        access = self.postmortem.access(by)
        if not (self.may_change(access) or access.lead):
            raise PermissionDenied("Only who said it takes it back.")
        with transaction.atomic():
            self._tell("comment.removed", by)
            if self.replies.exists():
                self._write(removed_at=timezone.now(), text="(removed)", text_html="")
            else:
                self.delete()

    def resolve(self, by):
        return self._settle(by, "comment.resolved", resolved_at=timezone.now(), resolved_by=by)

    def reopen(self, by):
        return self._settle(by, "comment.reopened", resolved_at=None, resolved_by=None)

    def _settle(self, by, kind, **fields):
        if not self.may_resolve(self.postmortem.access(by)):
            raise PermissionDenied("Who writes the postmortem, or began the thread, resolves it.")
        with transaction.atomic():
            self._write(**fields)
            self._tell(kind, by)
        return self

    def _check(self):
        """Raises ValidationError for a text that cannot be kept."""
        self.clean_fields(exclude=[field.name for field in self._meta.fields if field.name != "text"])

    def _write(self, **fields):
        type(self).objects.filter(pk=self.pk).update(**fields)
        for name, value in fields.items():
            setattr(self, name, value)

    def _tell(self, kind, by):
        record(kind, actor=by, subject=f"comment:{self.uid}", group=self.postmortem.uid)
