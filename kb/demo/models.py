"""Which rows the demo made, so that one click removes them and nothing else."""

from django.db import models


class DemoRow(models.Model):
    label = models.CharField(max_length=60)  # app_label.model of the row
    uid = models.CharField(max_length=12)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["label", "uid"], name="one_mark_per_demo_row")]

    def __str__(self):
        return f"{self.label} {self.uid}"

    @classmethod
    def mark(cls, rows):
        cls.objects.bulk_create((cls(label=row._meta.label_lower, uid=row.uid) for row in rows), ignore_conflicts=True)

    @classmethod
    def marked(cls, model):
        """Queryset of the rows of `model` that the demo made."""
        return model.objects.filter(uid__in=cls.objects.filter(label=model._meta.label_lower).values("uid"))
