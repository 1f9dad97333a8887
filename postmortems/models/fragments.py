"""The reader-independent HTML of a reading page, kept per version, so that reading renders nothing."""

from django.db import models


class Fragment(models.Model):
    """Stands behind the door like everything of its postmortem; thrown away and made again at will."""

    postmortem = models.OneToOneField(
        "postmortems.Postmortem", models.CASCADE, primary_key=True, related_name="fragment"
    )
    version = models.PositiveIntegerField()
    design = models.CharField(max_length=16)  # which templates made it
    html = models.TextField()

    class Meta:
        # To see which are missing without touching the pages themselves.
        indexes = [models.Index(fields=["postmortem", "version", "design"], name="fragment_made")]

    def __str__(self):
        return f"{self.postmortem_id} v{self.version}"
