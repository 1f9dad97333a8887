"""Questions: what nobody knows yet, at an entry of the timeline or at the whole; open, answered or parked."""

from django.core.exceptions import ValidationError
from django.db import models

from postmortems.models.parts import Part, long_text, plain_line
from postmortems.models.timeline import TimelineEntry


class Question(Part):
    class Status(models.TextChoices):
        OPEN = "open", "Open"
        ANSWERED = "answered", "Answered"
        PARKED = "parked", "Parked"

    KIND = "question"
    MARKDOWN = {"text": "inline", "answer": "block"}

    text = plain_line(1000, blank=False)
    text_html = models.TextField(blank=True, editable=False)
    entry = models.ForeignKey(
        TimelineEntry, models.SET_NULL, null=True, blank=True, related_name="questions", verbose_name="about the entry"
    )
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    answer = long_text()
    answer_html = models.TextField(blank=True, editable=False)

    def __str__(self):
        return self.text[:80]

    def clean(self):
        """An answered question says its answer."""
        if self.status == self.Status.ANSWERED and not self.answer.strip():
            raise ValidationError({"answer": "Write the answer, or leave the question open or parked."})
