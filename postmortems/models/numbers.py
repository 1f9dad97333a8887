"""Numbers that people say aloud: PM-142, L-17, CM-63. From a counter row, never max + 1, never reused."""

from django.db import models
from django.db.models import F


class Counter(models.Model):
    name = models.CharField(max_length=20, primary_key=True)
    value = models.PositiveBigIntegerField(default=0)

    def __str__(self):
        return f"{self.name} {self.value}"


def given_numbers():
    """{name: last number given} of every counter. One query."""
    return dict(Counter.objects.values_list("name", "value"))


def keep_numbers(name, numbers):
    """Numbers that came in from elsewhere count as given, inside the caller's transaction. Two statements."""
    Counter.objects.get_or_create(name=name)
    Counter.objects.filter(name=name, value__lt=max(numbers)).update(value=max(numbers))


def next_numbers(name, count=1):
    """Reserve `count` numbers inside the caller's transaction; returns them as a range. Two statements.

    The UPDATE takes the row's lock, so two transactions never get the same number; a rollback gives it back before
    anybody saw it.
    """
    Counter.objects.get_or_create(name=name)
    Counter.objects.filter(name=name).update(value=F("value") + count)
    last = Counter.objects.values_list("value", flat=True).get(name=name)
    return range(last - count + 1, last + 1)
