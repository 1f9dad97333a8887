"""What was changed (Change), what it looked like as a whole (Snapshot), where it came from (ImportSource)."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from kb.lib.uids import new_uid

COALESCE = timedelta(minutes=10)


def takes_away(before, after):
    """Whether a text is gone, or less than half of a text of some length is left."""
    pairs = ((text, after.get(name)) for name, text in before.items() if isinstance(text, str) and text)
    return any(not left or len(text) > 80 and len(left) < len(text) / 2 for text, left in pairs)


class ChangeManager(models.Manager):
    def write(self, postmortem, by, part, action, before, after, kept=None):
        """Write one Change; typing on in the same part by the same person within ten minutes is one.

        Others may type elsewhere meanwhile. What takes a text away stands alone, so that what was there can be put
        back whenever it was typed; and a new state of the whole ends it, so that what was typed before a publication
        is never in one Change with what came after.
        """
        typed = action == "change" and not takes_away(before, after)
        either = {part.uid, postmortem.uid}
        last = self.filter(postmortem=postmortem, part_uid__in=either).last() if typed else None
        if last and last.is_typed_on(by, part):
            last.before = {**before, **last.before}
            last.after = {**last.after, **after}
            last.version, last.at = postmortem.version, timezone.now()
            last.save(update_fields=["before", "after", "version", "at"])
            return last
        return self.create(
            postmortem=postmortem,
            by=by,
            part_kind=part.KIND,
            part_uid=part.uid,
            action=action,
            before=before,
            after=after,
            kept=kept or {},
            version=postmortem.version,
        )

    def write_many(self, postmortem, by, action, told):
        """A Change for each of `told`, [(part, before, after, kept)], in one statement per 500."""
        self.bulk_create(
            [
                Change(
                    postmortem=postmortem,
                    by=by,
                    part_kind=part.KIND,
                    part_uid=part.uid,
                    action=action,
                    before=before,
                    after=after,
                    kept=kept,
                    version=postmortem.version,
                )
                for part, before, after, kept in told
            ],
            batch_size=500,
        )


class Change(models.Model):
    """Who changed which part when. `before` and `after` hold only the fields that were written; `kept`, of a removed
    part, what it needs to come back with its number and links, and is shown nowhere."""

    uid = models.CharField(max_length=12, unique=True, default=new_uid, editable=False)
    postmortem = models.ForeignKey("postmortems.Postmortem", models.CASCADE, related_name="changes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    part_kind = models.CharField(max_length=20)
    part_uid = models.CharField(max_length=12)
    action = models.CharField(max_length=20)  # add, change, remove, move … or the verb of a new state
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    kept = models.JSONField(default=dict, editable=False)
    version = models.PositiveIntegerField()

    objects = ChangeManager()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.action} {self.part_kind} {self.part_uid}"

    def is_typed_on(self, by, part):
        """Whether a change of `part` by `by` now continues this one."""
        own = (self.by_id, self.part_uid, self.action) == (by.pk if by else None, part.uid, "change")
        return own and self.at > timezone.now() - COALESCE

    def undo(self, by):
        """The part as it was before this change, as a new change; what was removed comes back. See restoring.py."""
        from postmortems.models.restoring import put_back

        return put_back([self], by, "before")[0]

    def restore(self, by, version=None):
        """The part as this change left it, as a new change. See restoring.py."""
        from postmortems.models.restoring import put_back

        return put_back([self], by, "after", version)[0]


class Snapshot(models.Model):
    """The whole aggregate at a moment that matters: submitted, published, imported, restored."""

    uid = models.CharField(max_length=12, unique=True, default=new_uid, editable=False)
    postmortem = models.ForeignKey("postmortems.Postmortem", models.CASCADE, related_name="snapshots")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    data = models.JSONField()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.reason} v{self.version}"

    def restore(self, by, version):
        """Every part as it was then, as new changes, if the whole still has `version`. See restoring.py."""
        from postmortems.models.restoring import put_back_whole

        return put_back_whole(self, by, version)


class ImportSource(models.Model):
    """Where an imported postmortem came from; unique by kind and key, so that importing again finds it."""

    postmortem = models.OneToOneField("postmortems.Postmortem", models.CASCADE, related_name="import_source")
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=500)
    sha256 = models.CharField(max_length=64)
    version = models.PositiveIntegerField(help_text="the postmortem's version right after the import")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="one_postmortem_per_source")]

    def __str__(self):
        return self.key
