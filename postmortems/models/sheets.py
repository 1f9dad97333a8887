"""What a page of search hits shows of a postmortem, a learning or a countermeasure, kept per version."""

from django.db import models


class KeptSheet(models.Model):
    """Stands behind the door like everything of its postmortem; thrown away and made again at will."""

    uid = models.CharField(max_length=12, primary_key=True)  # of what it shows
    postmortem = models.ForeignKey("postmortems.Postmortem", models.CASCADE, related_name="sheets")
    version = models.PositiveIntegerField()  # of the postmortem
    shape = models.PositiveSmallIntegerField()  # how it is written
    about = models.TextField()
    text = models.TextField()

    class Meta:
        # To see which are fresh without touching the texts themselves.
        indexes = [models.Index(fields=["uid", "version", "shape"], name="sheet_made")]

    def __str__(self):
        return f"{self.uid} v{self.version}"
