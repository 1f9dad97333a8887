"""Small forms around publication: a reason, who may read, the audience, a typed confirmation."""

from django import forms
from django.core.exceptions import ValidationError

from kb.accounts.models import Team
from kb.lib.plain_text import validate_plain_text
from postmortems.forms.fields import NamesField, PersonField
from postmortems.models import Countermeasure


class ReasonForm(forms.Form):
    """One reason that is kept; `required` says whether it may be empty."""

    reason = forms.CharField(
        max_length=300,
        validators=[validate_plain_text],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args, required=True, label="Why?", hint="", **options):
        super().__init__(*args, **options)
        self.fields["reason"].required, self.fields["reason"].label = required, label
        self.fields["reason"].help_text = hint


class ReaderForm(forms.Form):
    """A person or a team who may read and comment on a restricted postmortem."""

    person = PersonField(label="Person", required=False)
    team = NamesField(Team, label="or a whole team", required=False, many=False, creates=False)
    reason = forms.CharField(label="Why?", max_length=300, required=False, validators=[validate_plain_text])

    def __init__(self, user, *args, **options):
        super().__init__(*args, **options)
        for name in ("person", "team"):
            self.fields[name].user = user
            self.fields[name].widget.attrs |= {"list": f"id_{name}-list", "autocomplete": "off"}

    def clean(self):
        super().clean()
        if not self.errors and bool(self.cleaned_data["person"]) == bool(self.cleaned_data["team"]):
            self.add_error("person", "Name one person or one team.")

    def who(self):
        """{"user": …} or {"team": …} for Named.name_reader()."""
        if self.cleaned_data["person"]:
            return {"user": self.cleaned_data["person"]}
        return {"team": self.fields["team"].resolve(self.cleaned_data["team"])}


class PurgeForm(forms.Form):
    """The reference once more, typed by hand; and why, without the content."""

    confirmation = forms.CharField(max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    reason = forms.CharField(
        max_length=200,
        required=False,
        validators=[validate_plain_text],
        label="Why?",
        help_text="Kept for the audit. Do not repeat what has to go.",
    )

    def __init__(self, reference, *args, **options):
        super().__init__(*args, **options)
        self.reference = reference
        self.fields["confirmation"].label = f"Type {reference} to confirm"

    def clean_confirmation(self):
        if self.cleaned_data["confirmation"].upper() != self.reference:
            raise ValidationError(f"Type {self.reference} exactly. Nothing was removed.")
        return self.reference


class BreakGlassForm(forms.Form):
    """An administrator's way into a restricted postmortem, with a reason that everybody on it can read."""

    reference = forms.CharField(
        max_length=14,
        label="Postmortem",
        help_text="for instance PM-12",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(
        max_length=300,
        label="Why now?",
        validators=[validate_plain_text],
        help_text="Shown on the postmortem, with your name and the time.",
    )


class MoveForm(forms.Form):
    """What a verb of a countermeasure wants to know: a reason, a successor, or how it worked."""

    reason = forms.CharField(max_length=300, label="Why is it declined?", validators=[validate_plain_text])
    successor = forms.CharField(
        max_length=14, label="Which countermeasure takes its place?", help_text="for instance CM-12"
    )
    effect = forms.ChoiceField(label="Did it work?", widget=forms.RadioSelect)
    next_check = forms.DateField(
        label="Look again on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Needed if you cannot tell yet.",
    )

    NEEDS = {"decline": ["reason"], "supersede": ["successor"], "check_effect": ["effect", "next_check"]}

    def __init__(self, verb, *args, **options):
        super().__init__(*args, **options)
        for name in set(self.fields) - set(self.NEEDS.get(verb, [])):
            del self.fields[name]
        if "effect" in self.fields:
            self.fields["effect"].choices = Countermeasure.Effect.choices
