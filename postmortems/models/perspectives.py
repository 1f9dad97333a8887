"""Perspectives: how it looked from where each person stood, kept side by side and never merged into one truth.

After Etsy's Debriefing Facilitation Guide: several accounts of the same minutes are data, no contradiction.
"""

from django.db import models

from postmortems.models.parts import Part, long_text
from postmortems.models.people import Participant


class Perspective(Part):
    KIND = "perspective"
    MARKDOWN = {"text": "block"}

    participant = models.ForeignKey(
        Participant, models.SET_NULL, null=True, blank=True, related_name="perspectives", verbose_name="whose view"
    )
    by_function = models.BooleanField("tell the function only, not the name", default=False)
    text = long_text(blank=False)
    text_html = models.TextField(blank=True, editable=False)

    def __str__(self):
        return self.text[:80]

    @property
    def view_of(self):
        """`Niamh Castellane, responder`, the function alone, or somebody unnamed."""
        return view_of(self.participant, self.by_function)


def view_of(participant, by_function):
    """Who speaks, in words; `participant` may be None."""
    if participant is None:
        return "Somebody who was there"
    function, name = participant.get_function_display(), str(participant)
    return function if by_function or name == function else f"{name}, {function.lower()}"
