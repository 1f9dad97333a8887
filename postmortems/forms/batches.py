"""What is done with many rows of the timeline at once."""

import datetime
import re

from django import forms
from django.core.exceptions import ValidationError

from kb.lib import instants
from postmortems.forms.fields import COMMON_ZONES
from postmortems.models import batches

ROW = re.compile(r"([0-9a-z]{12}):([1-9]\d{0,8})", re.ASCII)
LENGTH = re.compile(
    r"(?P<sign>[+\-\u2212]?)\s*(?:(?P<days>\d{1,4})\s*d(?:ays?)?\s*)?(?:(?P<hours>\d{1,5})\s*h(?:ours?|rs?)?\s*)?"
    r"(?:(?P<minutes>\d{1,6})\s*m(?:in(?:utes?|s)?)?\s*)?(?:(?P<seconds>\d{1,7})\s*s(?:ec(?:onds?|s)?)?)?",
    re.ASCII | re.IGNORECASE,
)


class BatchForm(forms.Form):
    """`row`s as uid:version; `by` for shift, `zone` and `keep` for zone."""

    verb = forms.ChoiceField(choices=[("shift", "Move"), ("zone", "Change zone"), ("remove", "Remove")])
    by = forms.CharField(required=False, max_length=40)
    zone = forms.CharField(required=False, max_length=60)
    keep = forms.ChoiceField(required=False, choices=[("clock", "clock"), ("moment", "moment")])

    zones = COMMON_ZONES

    def clean(self):
        cleaned = super().clean()
        self.rows = self._rows()
        if cleaned.get("verb") == "shift":
            cleaned["length"] = self._length(cleaned.get("by", ""))
        elif cleaned.get("verb") == "zone":
            try:
                instants.zone(cleaned.get("zone", ""))
            except ValueError:
                raise ValidationError("Name the zone: Europe/Berlin, UTC or +02:00.") from None
        return cleaned

    def _rows(self):
        found = [ROW.fullmatch(text) for text in self.data.getlist("row")[: batches.MOST + 1]]
        if not found:
            raise ValidationError("Choose the rows first, with the boxes before their times.")
        if not all(found):
            raise ValidationError("These rows are not named as the page names them. Open the desk again.")
        return {match[1]: int(match[2]) for match in found}

    def _length(self, text):
        match = LENGTH.fullmatch(text.strip())
        parts = {name: int(match[name] or 0) for name in ("days", "hours", "minutes", "seconds")} if match else {}
        if not any(parts.values()):
            raise ValidationError("By how much? Write +5m, -1h30m or +1d.")
        length = datetime.timedelta(**parts)
        if length > datetime.timedelta(days=3660):
            raise ValidationError("That is more than ten years.")
        return -length if match["sign"] in ("-", "\u2212") else length

    @property
    def row_values(self):
        return self.data.getlist("row")[: batches.MOST + 1]

    @property
    def asks_keep(self):
        """A zone was given, but not whether the clock or the moment stays."""
        return self.cleaned_data.get("verb") == "zone" and not self.cleaned_data.get("keep")

    def apply(self, postmortem, by):
        """How many rows were written. Raises NotPossible."""
        verb = self.cleaned_data["verb"]
        if verb == "shift":
            return batches.shift(postmortem, by, self.rows, self.cleaned_data["length"])
        if verb == "zone":
            return batches.tell_in_zone(postmortem, by, self.rows, self.cleaned_data["zone"], self.cleaned_data["keep"])
        return batches.remove(postmortem, by, self.rows)
