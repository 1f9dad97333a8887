"""Times as people type them (kb/lib/moments.py), as form fields.

Every field of a time is a form field of its own, so that it works without a script; what changes of clocks make unclear
is asked, never guessed.
"""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from kb.lib import instants, moments
from postmortems.forms.fields import COMMON_ZONES


def parse(text, day, zone, which="", before=None):
    """The Moment of `text`; `day` (a date or None) is for a bare clock time, `before` (a row or None) for `+5m` and
    midnight, `which` ("first", "second") answers an AmbiguousTime or NonexistentTime asked before. Raises
    ValidationError, or instants.ClockChange to ask."""
    try:
        return moments.read(text, context_of(day, zone, before), which)
    except moments.NotUnderstood as error:
        raise ValidationError(str(error)) from None


def context_of(day, zone, before=None):
    """The Context of what is typed next to `before`, a row with a time."""
    row = instants.Instant(before.at, zone, before.precision, before.approximate) if before and before.at else None
    return moments.Context(zone, day, row, timezone.now())


def as_typed(at, zone, precision, typed="", approximate=False):
    """The text that stands in the field for a stored time: what was typed if it says the same alone, else the clock."""
    if not at:
        return typed
    local = at.astimezone(instants.zone(zone))
    if typed and _says(typed, local.date(), zone, at):
        return typed
    about = "~" if approximate else ""
    if precision in ("day", "unknown"):
        return f"{about}{local:%Y-%m-%d}"
    return f"{about}{local:%H:%M:%S}" if precision == "second" else f"{about}{local:%H:%M}"


def _says(typed, day, zone, at):
    """Whether `typed`, read again in its row, gives `at` and no more, but for the answer to a ClockChange."""
    try:
        moment = moments.read(typed, moments.Context(zone, day))
        return moment.start.at == at and not moment.until
    except instants.ClockChange as question:
        return at in [candidate.at for candidate in question.candidates]
    except moments.NotUnderstood:
        return False


def is_complete(text):
    """Whether `text` names its own day."""
    try:
        return bool(moments.read(text or "", moments.Context()))
    except instants.ClockChange:
        return True
    except moments.NotUnderstood:
        return False


class TimeFields(forms.Form):
    """The four fields of one time, to be mixed into a form."""

    when = forms.CharField(
        label="Time",
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "14:03"}),
    )
    day = forms.DateField(
        label="Day", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    zone = forms.CharField(label="Time zone", required=False, max_length=60, validators=[instants.validate_zone])
    which = forms.ChoiceField(
        label="Which one?",
        required=False,
        widget=forms.RadioSelect,
        choices=[("first", "The first"), ("second", "The second")],
    )

    zone.suggestions = lambda: COMMON_ZONES


def ask_which(form, question):
    """Turn a ClockChange into a question of the form: its two candidates as choices."""
    first, second = (instants.format_instant(candidate) for candidate in question.candidates)
    utc = [instants.format_instant(candidate, "UTC") for candidate in question.candidates]
    form.fields["which"].choices = [
        ("first", f"{first}, that is {utc[0]}"),
        ("second", f"{second}, that is {utc[1]}"),
    ]
    form.asks_which = True
    form.add_error("which", str(question))


def clean_time(form, *, text, day, zone, which, before=None):
    """Moment or None of the cleaned parts; errors and questions go to their fields."""
    if not text:
        return None
    try:
        return parse(text, day, zone, which, before)
    except instants.ClockChange as question:
        ask_which(form, question)
    except ValidationError as error:
        form.add_error("when", error)
    return None
