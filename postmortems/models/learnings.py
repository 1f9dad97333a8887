"""Learnings: the unit that search, subscriptions and digests carry."""

from django.db import models

from kb.lib.addresses import address
from postmortems.models.catalog import Service, Tag
from postmortems.models.numbers import next_numbers
from postmortems.models.parts import Part, long_text, plain_line


class Learning(Part):
    KIND = "learning"
    MARKDOWN = {"claim": "inline", "why_it_matters": "block", "what_to_do_differently": "block"}
    HIDDEN = Part.HIDDEN | {"number"}

    number = models.PositiveIntegerField(unique=True, editable=False)
    claim = plain_line(300, blank=False, help_text="one claim, not a topic; 300 characters at most")
    claim_html = models.TextField(blank=True, editable=False)
    why_it_matters = long_text()
    why_it_matters_html = models.TextField(blank=True, editable=False)
    what_to_do_differently = long_text()
    what_to_do_differently_html = models.TextField(blank=True, editable=False)
    services = models.ManyToManyField(Service, related_name="learnings", blank=True, verbose_name="applies to services")
    tags = models.ManyToManyField(Tag, related_name="learnings", blank=True, verbose_name="applies to")
    audience = plain_line(120, help_text="for whom")

    def __str__(self):
        return f"{self.reference} {self.claim}"

    @property
    def reference(self):
        return f"L-{self.number}"

    def get_absolute_url(self):
        return address("learning", self.reference)

    def on_add(self):
        self.number = next_numbers("learning")[0]

    def clean_fields(self, exclude=None):
        super().clean_fields(exclude={*(exclude or ()), "number"})
