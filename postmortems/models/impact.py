"""What the incident did to whom, in numbers or honest estimates."""

from django.db import models

from postmortems.models.parts import Part, plain_line


class ImpactMeasure(Part):
    class Affected(models.TextChoices):
        USERS = "users", "Users"
        INTERNAL = "internal", "Internal"
        REVENUE = "revenue", "Revenue"
        DATA = "data", "Data"
        REPUTATION = "reputation", "Reputation"

    class Quality(models.TextChoices):
        ESTIMATED = "estimated", "Estimated"
        MEASURED = "measured", "Measured"

    KIND = "impact"
    affected = models.CharField(max_length=10, choices=Affected.choices, default=Affected.USERS)
    metric = plain_line(200, blank=False)
    value = models.DecimalField(max_digits=18, decimal_places=3, null=True, blank=True)
    unit = plain_line(40)
    quality = models.CharField(max_length=9, choices=Quality.choices, default=Quality.ESTIMATED)
    how = plain_line(300, help_text="how it was measured or estimated")

    def __str__(self):
        return f"{self.metric}: {self.amount}"

    @property
    def amount(self):
        """Value with its unit, without the zeros of the column: “1,240 requests”."""
        if self.value is None:
            return "not known"
        number = f"{self.value.normalize():,f}"
        return f"{number} {self.unit}".strip()
