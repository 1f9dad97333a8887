"""Planning the debrief, and the two questions after it."""

from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from kb.lib import instants
from kb.lib.plain_text import validate_plain_text


class DebriefForm(forms.Form):
    """Day and time on the clocks of the incident's zone."""

    day = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    time = forms.TimeField(label="Time", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    minutes = forms.IntegerField(label="Minutes", min_value=5, max_value=480, initial=60)
    place = forms.CharField(
        label="Where", required=False, max_length=300, validators=[validate_plain_text],
        help_text="A room, or the link of a call.",
    )  # fmt: skip

    def __init__(self, postmortem, debrief, *args, **options):
        self.zone = postmortem.zone
        if debrief:
            local = timezone.localtime(debrief.at, instants.zone(self.zone))
            options["initial"] = {"day": local.date(), "time": local.time(), "minutes": debrief.minutes,
                                  "place": debrief.place}  # fmt: skip
        super().__init__(*args, **options)
        self.fields["time"].help_text = f"in {self.zone}"

    def clean(self):
        data = super().clean()
        if "day" in data and "time" in data:
            naive = timezone.datetime.combine(data["day"], data["time"])
            try:
                data["at"] = instants.to_utc(naive, self.zone).at
            except ValueError as reason:
                raise ValidationError({"time": str(reason)}) from None
            if data["at"] < timezone.now() - timedelta(days=365):
                raise ValidationError({"day": "That is more than a year ago."})
        return data


YES_NO = [("yes", "Yes"), ("no", "No")]


class DebriefAnswerForm(forms.Form):
    learned = forms.ChoiceField(
        label="Did you learn something that will change how you work?", choices=YES_NO, widget=forms.RadioSelect
    )
    come_again = forms.ChoiceField(label="Would you come to one again?", choices=YES_NO, widget=forms.RadioSelect)

    def answers(self):
        return {name: value == "yes" for name, value in self.cleaned_data.items()}
