"""Saying something about the whole or about one part."""

from django import forms

from kb.lib.plain_text import validate_not_blank, validate_plain_text
from postmortems.forms.fields import ProseField
from postmortems.models import PART_MODELS
from postmortems.models.parts import LONG

SAID = ("section", "entry", "factor", "observation", "learning", "countermeasure")  # kinds one talks about


class CommentForm(forms.Form):
    """`part` is an anchor such as `factor-k3x…`, or empty for the whole."""

    part = forms.ChoiceField(label="About", required=False)
    text = ProseField(
        label="What do you want to say?", max_length=LONG, validators=[validate_plain_text, validate_not_blank]
    )

    def __init__(self, parts, *args, **options):
        super().__init__(*args, **options)
        self.parts = {part.anchor: part for part in parts}
        labels = [
            (anchor, f"{part._meta.verbose_name.capitalize()}: {gist(part)}") for anchor, part in self.parts.items()
        ]
        self.fields["part"].choices = [("", "The whole postmortem"), *labels]

    def chosen(self):
        """The part that was chosen, or None."""
        return self.parts.get(self.cleaned_data["part"])


class OwnCommentForm(forms.Form):
    """Changing what one said."""

    text = ProseField(label="What you said", max_length=LONG, validators=[validate_plain_text, validate_not_blank])


def parts_of(postmortem):
    """Everything of it that one may talk about, in the order of reading; one query per kind."""
    return [row for kind in SAID for row in PART_MODELS[kind].objects.filter(postmortem=postmortem)]


def gist(part):
    text = " ".join(str(part).split())
    return text if len(text) <= 70 else text[:69] + "…"
