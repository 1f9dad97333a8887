"""Asking for reviews, and answering one."""

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError

from kb.accounts.models import Team, User
from kb.lib.plain_text import validate_plain_text
from postmortems.forms.fields import PeopleField, ProseField
from postmortems.models import NotPossible, Review
from postmortems.models.parts import LONG
from postmortems.models.reviews import QUESTIONS


class SubmitForm(forms.Form):
    """Reviewers by name, and those of the teams as boxes to tick."""

    names = PeopleField(
        label="Reviewers",
        required=False,
        help_text="Names or user names, separated by commas. Best: somebody who did not take part.",
    )
    teams = forms.ModelMultipleChoiceField(
        Team.objects.all(), label="Whole teams", required=False, to_field_name="slug",
        widget=forms.CheckboxSelectMultiple, help_text="Everybody there is asked; the first answer is enough.",
    )  # fmt: skip
    colleagues = forms.MultipleChoiceField(label="From its teams", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, postmortem, user, *args, **options):
        super().__init__(*args, **options)
        self.postmortem = postmortem
        self.fields["names"].widget.attrs |= {
            "list": "id_names-list",
            "autocomplete": "off",
            "data-names": "",
        }
        asked = postmortem.review_set.values("reviewer")
        near = User.objects.people().filter(memberships__team__in=postmortem.teams.all()).exclude(role="reader")
        near = near.exclude(pk__in=asked).exclude(pk=postmortem.owner_id).exclude(pk=user.pk).distinct()[:30]
        self.near = {person.uid: person for person in near}
        self.fields["colleagues"].choices = [(uid, str(person)) for uid, person in self.near.items()]
        if not self.near:
            del self.fields["colleagues"]

    def clean_names(self):
        for person in self.cleaned_data["names"]:
            if not person.writes:
                raise ValidationError(f"{person} has the role reader and cannot review.")
        return self.cleaned_data["names"]

    def clean(self):
        super().clean()
        anybody = self.reviewers() or self.cleaned_data.get("teams")
        if not self.errors and not anybody and self.postmortem.status == "in_review":
            self.add_error("names", "Name at least one person.")

    def reviewers(self):
        ticked = [self.near[uid] for uid in self.cleaned_data.get("colleagues", [])]
        return list(dict.fromkeys([*self.cleaned_data.get("names", []), *ticked]))


class ReviewForm(forms.Form):
    """The seven questions of a review, a comment and the outcome."""

    comment = ProseField(
        label="What else would help?", required=False, max_length=LONG, validators=[validate_plain_text]
    )
    outcome = forms.ChoiceField(choices=Review.Outcome.choices[1:], required=True)

    def __init__(self, data=None, review=None):
        initial = {**(review.answers if review else {}), "comment": review.comment if review else ""}
        super().__init__(data, initial=initial)
        for key, question in QUESTIONS.items():
            self.fields[key] = (
                forms.CharField(label=question, required=False, max_length=2000, validators=[validate_plain_text])
                if key == "who_else"
                else forms.ChoiceField(
                    label=question, required=False, choices=Review.Answer.choices, widget=forms.RadioSelect
                )
            )

    @property
    def questions(self):
        return [self[key] for key in QUESTIONS]

    def clean(self):
        super().clean()
        if self.cleaned_data.get("outcome") == Review.Outcome.APPROVED:
            for key in QUESTIONS:
                if not self.cleaned_data.get(key) and key not in self.errors:
                    self.add_error(
                        key,
                        "Answer this one to approve it; “nobody” is an answer."
                        if key == "who_else"
                        else "Answer this one to approve it.",
                    )

    def answer(self, postmortem, by):
        """The Review, or None with its errors in the form."""
        data = self.cleaned_data
        try:
            return Review.answer(
                postmortem,
                by,
                outcome=data["outcome"],
                comment=data["comment"],
                answers={key: data[key] for key in QUESTIONS},
            )
        except (NotPossible, PermissionDenied) as reason:
            self.add_error(None, str(reason))
        return None
