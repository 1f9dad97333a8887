"""The model of time: an instant in UTC (or none), the zone it was told in, how precise, and as it was typed."""

from django.db import models
from django.utils import timezone

from kb.lib import instants
from postmortems.models.parts import Part, plain_line


def zone_field(help_text=""):
    return models.CharField(
        "time zone", max_length=60, default="UTC", validators=[instants.validate_zone], help_text=help_text
    )


class Precision(models.TextChoices):
    SECOND = "second", "to the second"
    MINUTE = "minute", "to the minute"
    HOUR = "hour", "to the hour"
    DAY = "day", "to the day"
    UNKNOWN = "unknown", "unknown"


class TimedPart(Part):
    """A part at a time. Rows sort themselves; one without a time stays behind the row it was added after."""

    at = models.DateTimeField("time", null=True, blank=True)
    zone = zone_field()
    precision = models.CharField(max_length=8, choices=Precision.choices, default=Precision.MINUTE)
    approximate = models.BooleanField(default=False)
    typed = plain_line(120, help_text="the time as somebody typed it")

    class Meta(Part.Meta):
        abstract = True

    def take_place(self):
        if not self.at:
            return super().take_place()
        others = type(self).objects.filter(postmortem=self.postmortem).exclude(pk=self.pk)
        rows = list(others.order_by("position", "pk").only("position", "at"))
        index = next((i for i in range(len(rows), 0, -1) if rows[i - 1].at and rows[i - 1].at <= self.at), 0)
        while index < len(rows) and not rows[index].at and index:  # rows without a time belong to the one before
            index += 1
        self.position = self._between(rows, index)

    @property
    def day(self):
        """The calendar day in the row's own zone, or None."""
        return timezone.localtime(self.at, instants.zone(self.zone)).date() if self.at else None

    @property
    def local_text(self):
        """`2026-03-01 14:03 CET`, or that it is not known."""
        return instants.format_instant(instants.Instant(self.at, self.zone, self.precision, self.approximate))
