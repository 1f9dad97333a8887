"""The model of time: an instant in UTC (or none), the zone it was told in, how precise, and as it was typed."""

from django.db import models
from django.utils import timezone

from kb.lib import instants
from postmortems.models.parts import STEP, Part, plain_line

LAST = 2**62  # behind every position


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
        """Behind the last row that is not later, and behind the rows without a time that follow that one. At most
        four small queries, whatever the number of rows."""
        if not self.at:
            return super().take_place()
        others = type(self).objects.filter(postmortem=self.postmortem).exclude(pk=self.pk)
        before = others.filter(at__lte=self.at).order_by("position", "pk").last()
        low = before.position if before else 0
        timed = others.filter(position__gt=low).order_by("position", "pk")
        after = (timed.exclude(at=None) if before else timed).values_list("position", flat=True).first()
        if before and (
            last := timed.filter(at=None, position__lt=after or LAST).values_list("position", flat=True).last()
        ):
            low = last
        high = after if after is not None else low + 2 * STEP
        self.position = (low + high) // 2 if high - low > 1 else self._place_anew(others, before, after)

    def _place_anew(self, others, before, after):
        """There is no room between the two: all rows are spread again."""
        rows = list(others.order_by("position", "pk").only("position", "at"))
        index = next((i for i, row in enumerate(rows) if row.position == after), len(rows)) if after else len(rows)
        return self._between(rows, index)

    def told(self):
        """The fields that say when, for another row at the same time."""
        names = ("at", "zone", "precision", "approximate", "typed")
        return {name: getattr(self, name) for name in names}

    @property
    def day(self):
        """The calendar day in the row's own zone, or None."""
        return timezone.localtime(self.at, instants.zone(self.zone)).date() if self.at else None

    @property
    def local_text(self):
        """`2026-03-01 14:03 CET`, or that it is not known."""
        return instants.format_instant(instants.Instant(self.at, self.zone, self.precision, self.approximate))
