"""Times as people type them, as form fields: `2026-03-01 14:03`, `14:03` on a given day, `2026-03-01`, `~14:05`.

Every field of a time is a form field of its own, so that it works without a script; what changes of clocks make unclear
is asked, never guessed.
"""

import datetime
import re

from django import forms
from django.core.exceptions import ValidationError

from kb.lib import instants
from postmortems.forms.fields import COMMON_ZONES

TIME = re.compile(
    r"(?P<about>~|about |ca\.? )?\s*(?:(?P<day>\d{4}-\d{1,2}-\d{1,2})(?:[T\s]+|$))?"
    r"(?:(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?)?"
    r"\s*(?P<offset>Z|UTC|[+-]\d{2}:?\d{2})?",
    re.ASCII | re.IGNORECASE,
)
FORMS = "Use 14:03, 2026-03-01 14:03 or 2026-03-01."


def parse(text, day, zone, which=""):
    """The Instant of `text`; `day` (a date or None) is for a bare clock time, `which` ("first", "second") answers an
    AmbiguousTime or NonexistentTime asked before. Raises ValidationError, or instants.ClockChange to ask."""
    match = TIME.fullmatch(text.strip())
    if not match or not (match["day"] or match["hour"]):
        raise ValidationError(f"“{text[:40]}” is not understood as a time. {FORMS}")
    try:
        date = datetime.date(*map(int, match["day"].split("-"))) if match["day"] else day
        clock = datetime.time(*(int(match[name] or 0) for name in ("hour", "minute", "second")))
    except ValueError:
        raise ValidationError(f"“{text[:40]}” does not exist on a calendar or a clock. {FORMS}") from None
    if date is None:
        raise ValidationError("On which day? Give the date too, for instance 2026-03-01 14:03.")
    precision = "second" if match["second"] else "minute" if match["hour"] else "day"
    told_in = offset_name(match["offset"]) or zone
    try:
        return instants.to_utc(
            datetime.datetime.combine(date, clock),
            told_in,
            precision=precision,
            approximate=bool(match["about"]),
            typed=text.strip(),
        )
    except instants.ClockChange as question:
        if which in ("first", "second"):
            return question.candidates[which == "second"]
        raise
    except ValueError as error:
        raise ValidationError(str(error)) from None


def offset_name(text):
    """`+02:00` of `+0200`, `UTC` of `Z`, "" of nothing."""
    if not text:
        return ""
    if text.upper() in ("Z", "UTC"):
        return "UTC"
    return text if ":" in text else f"{text[:3]}:{text[3:]}"


def as_typed(at, zone, precision, typed=""):
    """The text that stands in the field for a stored time: what was typed, else the clock in its own zone."""
    if not at:
        return typed
    if typed and TIME.fullmatch(typed):
        return typed
    local = at.astimezone(instants.zone(zone))
    if precision in ("day", "unknown"):
        return f"{local:%Y-%m-%d}"
    return f"{local:%H:%M:%S}" if precision == "second" else f"{local:%H:%M}"


def is_complete(text):
    """Whether `text` names its own day."""
    match = TIME.fullmatch((text or "").strip())
    return bool(match and match["day"])


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


def clean_time(form, *, text, day, zone, which):
    """Instant or None of the cleaned parts; errors and questions go to their fields."""
    if not text:
        return None
    try:
        return parse(text, day, zone, which)
    except instants.ClockChange as question:
        ask_which(form, question)
    except ValidationError as error:
        form.add_error("when", error)
    return None
