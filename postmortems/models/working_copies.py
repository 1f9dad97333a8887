"""What somebody typed into a part of a published postmortem and has not made live yet: his alone until he saves."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from kb.lib.uids import new_uid

MOST = 800_000  # characters of all fields together


class WorkingCopies(models.QuerySet):
    def of(self, person, part):
        """The one working copy of a person in a part (or in the head of a postmortem), or None."""
        return self.filter(person=person, part_uid=part.uid).first()

    def keep(self, person, part, base_version, values):
        """Keep `values` ({field: [texts as typed]}), read at `base_version`, in one statement."""
        texts = {name: [text.replace("\0", "") for text in texts] for name, texts in values.items()}
        row = self.model(
            postmortem_id=getattr(part, "postmortem_id", part.pk), person=person, part_kind=part.KIND,
            part_uid=part.uid, base_version=base_version, values=texts,
        )  # fmt: skip
        self.bulk_create(
            [row], update_conflicts=True, unique_fields=["person", "part_uid"],
            update_fields=["base_version", "values", "at"],
        )  # fmt: skip
        return row

    def discard(self, person, part_uid):
        """Forget what this person typed there; True if there was something."""
        return bool(self.filter(person=person, part_uid=part_uid).delete()[0])


class WorkingCopy(models.Model):
    """One per person and part. Deleted by Save and by its author; it leaves the house in nothing, and goes with the
    postmortem when that is purged. It stays where a part was removed meanwhile, so that the text can be copied."""

    uid = models.CharField(max_length=12, unique=True, default=new_uid, editable=False)
    postmortem = models.ForeignKey("postmortems.Postmortem", models.CASCADE, related_name="working_copies")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    part_kind = models.CharField(max_length=20)
    part_uid = models.CharField(max_length=12)
    base_version = models.PositiveIntegerField(help_text="of the part, when its form was opened")
    values = models.JSONField()
    at = models.DateTimeField(default=timezone.now)

    objects = WorkingCopies.as_manager()

    class Meta:
        verbose_name_plural = "working copies"
        constraints = [models.UniqueConstraint(fields=["person", "part_uid"], name="one_working_copy_each")]

    def __str__(self):
        return f"{self.part_kind} {self.part_uid} of {self.person_id}"

    def fill(self, form):
        """Begin `form` with what was typed instead of with what is live."""
        form.kept = self.values
        for name, field in form.fields.items():
            texts = self.values.get(name, [])
            if getattr(field.widget, "allow_multiple_selected", False):
                form.initial[name] = texts
            elif texts or getattr(field.widget, "input_type", "") == "checkbox":
                form.initial[name] = texts[0] if texts else False
        return form

    @property
    def texts(self):
        """What was typed, for copying: the longer texts first."""
        typed = [texts for name, texts in self.values.items() if not name.startswith("base-")]
        return sorted((text for texts in typed for text in texts if text.strip()), key=len, reverse=True)
