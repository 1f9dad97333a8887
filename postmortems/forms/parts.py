"""One form per kind of part. A form checks; `values()` gives what the verbs of the models take."""

from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from kb.lib import instants
from kb.lib.plain_text import is_blank
from postmortems.forms.base import PartForm, TimedForm
from postmortems.forms.evidence import EvidenceForm
from postmortems.forms.fields import NamesField
from postmortems.forms.perspectives import PerspectiveForm, QuestionForm
from postmortems.forms.times import as_typed, parse
from postmortems.models import (
    ContributingFactor,
    Countermeasure,
    ImpactMeasure,
    Learning,
    Milestone,
    Observation,
    Participant,
    Section,
    Theme,
    TimelineEntry,
)


class SectionForm(PartForm):
    class Meta(PartForm.Meta):
        model = Section
        fields = ["kind", "title", "text", "skipped_because"]
        labels = {"skipped_because": "Skip this section, because …"}

    MORE = ("skipped_because",)

    def __init__(self, postmortem, user, *args, instance=None, **options):
        super().__init__(postmortem, user, *args, instance=instance, **options)
        self.fields["text"].css = "writing"
        self.fields["text"].label = instance.prompt if instance else "What should stand in it?"
        if instance:
            del self.fields["kind"]
            if instance.kind != Section.Kind.OTHER:
                del self.fields["title"]
        else:
            taken = set(
                Section.objects.filter(postmortem=postmortem).exclude(kind="other").values_list("kind", flat=True)
            )
            self.fields["kind"].choices = [choice for choice in Section.Kind.choices if choice[0] not in taken]


class ParticipantForm(PartForm):
    WIDTHS = {"user": "half", "name": "half"}

    class Meta(PartForm.Meta):
        model = Participant
        fields = ["user", "name", "function"]
        labels = {"user": "Person with an account", "name": "or somebody else"}

    def clean(self):
        super().clean()
        user = self.cleaned_data.get("user")
        others = Participant.objects.filter(postmortem=self.postmortem, user=user).exclude(pk=self.instance.pk)
        if user and others.exists():
            self.add_error("user", f"{user} is already on the list.")
        if not user and is_blank(self.cleaned_data.get("name", "")) and not {"user", "name"} & self.errors.keys():
            self.add_error("name", "Choose a person or write a name; “the on-call engineer” is fine.")


class MilestoneForm(TimedForm):
    WIDTHS = {"when": "third", "day": "third", "zone": "third"}

    class Meta(PartForm.Meta):
        model = Milestone
        fields = ["type", "note"]

    field_order = ["type", "when", "which", "day", "zone", "note"]

    def clean(self):
        super().clean()
        type_ = self.cleaned_data.get("type")
        if Milestone.objects.filter(postmortem=self.postmortem, type=type_).exclude(pk=self.instance.pk).exists():
            self.add_error("type", "There is one of this type already; change that one.")


class ImpactMeasureForm(PartForm):
    WIDTHS = {
        "affected": "third",
        "metric": "two-thirds",
        "value": "third",
        "unit": "third",
        "quality": "third",
    }

    class Meta(PartForm.Meta):
        model = ImpactMeasure
        fields = ["metric", "affected", "value", "unit", "quality", "how"]
        labels = {"metric": "What was affected", "how": "How do we know?", "quality": "Estimated or measured"}
        help_texts = {"how": ""}

    def __init__(self, postmortem, user, *args, instance=None, **options):
        super().__init__(postmortem, user, *args, instance=instance, **options)
        if instance and instance.value is not None:
            self.initial["value"] = f"{instance.value.normalize():f}"


class TimelineEntryForm(TimedForm):
    WIDTHS = {
        "when": "third",
        "day": "third",
        "zone": "third",
        "kind": "third",
        "participant": "third",
        "source": "third",
        "until": "third",
    }
    MORE = ("until", "participant", "source", "evidence", "is_key_moment")

    until = forms.CharField(
        label="Until",
        required=False,
        max_length=120,
        help_text="for something that lasted",
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "14:20"}),
    )

    class Meta(PartForm.Meta):
        model = TimelineEntry
        fields = ["text", "kind", "participant", "believed", "source", "evidence", "is_key_moment"]
        labels = {"text": "What happened, or was seen", "believed": "What was believed at the time",
                  "participant": "Who"}  # fmt: skip

    field_order = [
        "when",
        "which",
        "day",
        "zone",
        "text",
        "believed",
        "kind",
        "until",
        "participant",
        "source",
        "evidence",
        "is_key_moment",
    ]

    def __init__(self, postmortem, user, *args, instance=None, last=None, **options):
        super().__init__(postmortem, user, *args, instance=instance, last=last, **options)
        if instance and instance.until:
            self.initial["until"] = as_typed(instance.until, instance.zone, instance.precision)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("until"):
            self._clean_until(cleaned)
        elif self.moment and self.moment.until:  # typed as a span: 13:30-13:45
            self.until_at = self.moment.until.at
        return cleaned

    def _clean_until(self, cleaned):
        start = self.instant
        if start is None or start.at is None:
            if not self.errors:
                self.add_error("until", "Give the start as well.")
            return
        try:
            end = self._end(cleaned["until"], start)
        except instants.ClockChange:
            self.add_error("until", "The clocks changed at this time; write it with its offset, such as 02:30 +01:00.")
        except ValidationError as error:
            self.add_error("until", error)
        else:
            if end.at < start.at:
                self.add_error("until", "It ends before it starts. If it ended on the next day, write the date too.")
            self.until_at = end.at

    def _end(self, text, start):
        return parse(text, start.local.date(), start.zone).start

    def values(self):
        values = super().values()
        values["until"] = getattr(self, "until_at", None)
        return values


class FactorForm(PartForm):
    WIDTHS = {"role": "half", "category": "half", "layer": "half", "defence": "half"}
    MORE = ("category", "layer", "defence", "theme_name", "no_countermeasure_because")

    theme_name = NamesField(
        Theme,
        label="Theme",
        many=False,
        required=False,
        help_text="what it has in common with factors elsewhere, so that it can be counted",
    )

    class Meta(PartForm.Meta):
        model = ContributingFactor
        fields = ["statement", "role", "category", "layer", "defence", "no_countermeasure_because"]
        help_texts = {"statement": "What made this possible, and what made it sensible at the time?"}
        labels = {
            "statement": "What contributed",
            "role": "What it did",
            "defence": "What should have stood in the way",
            "no_countermeasure_because": "No countermeasure, because …",
        }

    field_order = [
        "statement",
        "role",
        "category",
        "layer",
        "defence",
        "theme_name",
        "no_countermeasure_because",
    ]

    def __init__(self, postmortem, user, *args, instance=None, **options):
        super().__init__(postmortem, user, *args, instance=instance, **options)
        if instance:
            self.initial["theme_name"] = instance.theme

    def values(self):
        values = super().values()
        return values | {"theme": values.pop("theme_name")}


class ObservationForm(PartForm):
    MORE = ("no_countermeasure_because",)

    class Meta(PartForm.Meta):
        model = Observation
        fields = ["text", "kind", "no_countermeasure_because"]
        labels = {
            "text": "What we noticed",
            "kind": "It",
            "no_countermeasure_because": "No countermeasure, because …",
        }


class LearningForm(PartForm):
    WIDTHS = {"services": "half", "tags": "half"}

    class Meta(PartForm.Meta):
        model = Learning
        fields = ["claim", "why_it_matters", "what_to_do_differently", "services", "tags", "audience"]
        labels = {"audience": "For whom", "tags": "Applies to (technology, practice)"}
        help_texts = {"claim": "One claim that somebody elsewhere could use, not a topic.", "audience": ""}
        widgets = {"claim": forms.Textarea(attrs={"rows": 2, "data-counter": "", "data-one-line": ""})}

    MORE = ("services", "tags", "audience")

    def clean_claim(self):
        return " ".join(self.cleaned_data["claim"].split())


class CountermeasureForm(PartForm):
    WIDTHS = {
        "kind": "third",
        "strength": "third",
        "priority": "third",
        "owner": "third",
        "team": "third",
        "due_on": "third",
        "ticket": "two-thirds",
        "check_on": "third",
    }
    MORE = ("priority", "ticket", "expected_outcome", "check_on")

    class Meta(PartForm.Meta):
        model = Countermeasure
        fields = ["statement", "factors", "observations", "kind", "strength", "priority", "owner", "team", "due_on",
                  "ticket", "expected_outcome", "check_on"]  # fmt: skip
        labels = {"statement": "What we will do", "factors": "It answers these factors",
                  "observations": "and these observations", "expected_outcome": "What we expect to see",
                  "due_on": "Due", "check_on": "Look at the effect on"}  # fmt: skip
        help_texts = {"statement": "How will somebody else see that it is finished?",
                      "strength": "", "expected_outcome": "a hypothesis with a measure"}  # fmt: skip

    def __init__(self, postmortem, user, *args, instance=None, **options):
        super().__init__(postmortem, user, *args, instance=instance, **options)
        if instance is None and postmortem.severity:
            self.initial.setdefault("due_on", timezone.localdate() + timedelta(days=postmortem.severity.due_days))
        for name in ("factors", "observations"):
            if not self.fields[name].queryset.exists():
                del self.fields[name]

    def clean_ticket(self):
        ticket = self.cleaned_data["ticket"].strip()
        if ticket and not ticket.lower().startswith(("http://", "https://")):
            raise ValidationError("A link starts with https:// or http://.")
        return ticket


PART_FORMS = {
    form._meta.model.KIND: form
    for form in (
        SectionForm,
        ParticipantForm,
        MilestoneForm,
        ImpactMeasureForm,
        TimelineEntryForm,
        PerspectiveForm,
        QuestionForm,
        FactorForm,
        ObservationForm,
        LearningForm,
        CountermeasureForm,
        EvidenceForm,
    )
}
