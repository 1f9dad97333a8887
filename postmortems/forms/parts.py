"""One form per kind of part. A form checks; `values()` gives what the verbs of the models take."""

from django import forms
from django.core.exceptions import ValidationError

from kb.lib import instants
from postmortems.forms.fields import COMMON_ZONES, NamesField, PeopleField, as_form_field
from postmortems.forms.times import TimeFields, as_typed, clean_time, is_complete
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


class PartForm(forms.ModelForm):
    """The base of all: fields without primary keys, related rows only from the same postmortem."""

    WIDTHS = {}  # field → third, half, two-thirds; anything else takes the whole width
    MORE = ()  # fields that are folded away until they are wanted
    asks_which = False

    class Meta:
        formfield_callback = as_form_field
        fields = []

    def __init__(self, postmortem, *args, instance=None, **options):
        self.postmortem = postmortem
        prefix = instance.anchor if instance else f"new-{self._meta.model.KIND}"
        super().__init__(*args, instance=instance, auto_id=f"{prefix}-%s", **options)
        for name, field in self.fields.items():
            field.css = self.WIDTHS.get(name, "")
            if isinstance(field, forms.ModelChoiceField) and hasattr(field.queryset.model, "postmortem"):
                field.queryset = field.queryset.filter(postmortem=postmortem)
            if getattr(field, "suggestions", None):
                field.widget.attrs |= {"list": f"{prefix}-{name}-list", "autocomplete": "off"}
                field.widget.attrs |= {"data-names": ""} if getattr(field, "many", False) else {}
            if instance and isinstance(field, (PeopleField, forms.ModelChoiceField, NamesField)):
                self._start_with(name, field, instance)

    def _start_with(self, name, field, instance):
        if name not in {f.name for f in self._meta.model._meta.get_fields()}:
            return
        value = getattr(instance, name)
        value = list(value.all()) if hasattr(value, "all") else value
        self.initial[name] = value
        if isinstance(field, PeopleField):
            field.current = value if isinstance(value, list) else [value] if value else []

    def _post_clean(self):
        """Nothing: the verbs check the row as it is by then, and the instance stays what was read."""

    @property
    def main_fields(self):
        return [
            field for field in self.visible_fields() if field.name not in self.MORE and self._is_shown(field)
        ]

    @property
    def more_fields(self):
        return [field for field in self.visible_fields() if field.name in self.MORE]

    @property
    def opens_more(self):
        """Folded fields that hold something, or something wrong, are open."""
        return any(
            field.errors or field.value() not in (None, "", [], False, field.field.initial)
            for field in self.more_fields
        )

    def _is_shown(self, field):
        return field.name != "which" or self.asks_which

    @property
    def answered_which(self):
        """A question answered before stays answered while something else is being corrected."""
        return "" if self.asks_which else self.data.get("which", "")

    def values(self):
        """{field: value} for add() and change(). Makes new names of vocabularies."""
        values = dict(self.cleaned_data)
        for name, field in self.fields.items():
            if isinstance(field, NamesField):
                values[name] = field.resolve(values[name])
        return values

    def take_errors(self, error):
        """Put the ValidationError of a verb where its fields are."""
        for name, errors in getattr(error, "error_dict", {None: error.error_list}).items():
            for one in errors:
                self.add_error(name if name in self.fields else None, one)


class TimedForm(PartForm, TimeFields):
    """A part at a time. `when`, `day`, `zone` and `which` become at, zone, precision, approximate and typed."""

    def __init__(self, postmortem, *args, instance=None, last=None, **options):
        super().__init__(postmortem, *args, instance=instance, **options)
        self.fields["zone"].widget.attrs |= {"list": f"{self.auto_id % 'zone'}-list"}
        told = instance or last
        self.initial.setdefault("zone", postmortem.zone)
        if told:
            self.initial["zone"] = told.zone
            self.initial["day"] = told.day
        if instance:
            self.initial["when"] = as_typed(instance.at, instance.zone, instance.precision, instance.typed)
        if is_complete(self.initial.get("when")):
            self.initial["day"] = None

    def clean(self):
        super().clean()
        cleaned = self.cleaned_data
        self.instant = None
        if "zone" in cleaned and "day" in cleaned:
            self.instant = clean_time(
                self,
                text=cleaned.get("when", ""),
                day=cleaned["day"],
                zone=cleaned["zone"],
                which=cleaned.get("which", ""),
            )
        return cleaned

    @property
    def keeps_time(self):
        """The time was not touched: what is stored may be more exact than what the fields show."""
        return self.instance.pk and not {"when", "day", "zone", "which"} & set(self.changed_data)

    def values(self):
        values = super().values()
        for name in ("when", "day", "which"):
            values.pop(name, None)
        if self.keeps_time:
            values.pop("zone", None)
            return values
        instant = self.instant or instants.Instant(None, values["zone"], "unknown")
        return values | {
            "at": instant.at, "zone": instant.zone, "precision": instant.precision,
            "approximate": instant.approximate, "typed": instant.typed,
        }  # fmt: skip


class SectionForm(PartForm):
    class Meta(PartForm.Meta):
        model = Section
        fields = ["kind", "title", "text", "skipped_because"]
        labels = {"skipped_because": "Skip this section, because …"}

    MORE = ("skipped_because",)

    def __init__(self, postmortem, *args, instance=None, **options):
        super().__init__(postmortem, *args, instance=instance, **options)
        self.fields["text"].css = "writing"
        self.fields["text"].help_text = instance.prompt if instance else ""
        if instance:
            del self.fields["kind"]
            if instance.kind != Section.Kind.OTHER:
                del self.fields["title"]
        else:
            taken = set(
                Section.objects.filter(postmortem=postmortem)
                .exclude(kind="other")
                .values_list("kind", flat=True)
            )
            self.fields["kind"].choices = [
                choice for choice in Section.Kind.choices if choice[0] not in taken
            ]


class ParticipantForm(PartForm):
    WIDTHS = {"user": "half", "name": "half"}

    class Meta(PartForm.Meta):
        model = Participant
        fields = ["user", "name", "function"]
        labels = {"user": "Person with an account", "name": "or somebody else"}

    def clean(self):
        super().clean()
        user = self.cleaned_data.get("user")
        others = Participant.objects.filter(postmortem=self.postmortem, user=user).exclude(
            pk=self.instance.pk
        )
        if user and others.exists():
            self.add_error("user", f"{user} is already on the list.")
        if not user and not self.cleaned_data.get("name") and "user" not in self.errors:
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
        if (
            Milestone.objects.filter(postmortem=self.postmortem, type=type_)
            .exclude(pk=self.instance.pk)
            .exists()
        ):
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

    def __init__(self, postmortem, *args, instance=None, **options):
        super().__init__(postmortem, *args, instance=instance, **options)
        if instance and instance.value is not None:
            self.initial["value"] = f"{instance.value.normalize():f}"


class TimelineEntryForm(TimedForm):
    WIDTHS = {"when": "third", "day": "third", "zone": "third", "kind": "third", "participant": "third", "source": "third",
              "until": "third"}  # fmt: skip
    MORE = ("until", "participant", "source", "evidence", "believed", "is_key_moment")

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
        labels = {"participant": "Who", "believed": "What was believed at the time", "text": "What happened"}

    field_order = ["when", "which", "day", "zone", "text", "kind", "until", "participant", "source", "believed", "evidence",
                   "is_key_moment"]  # fmt: skip

    def __init__(self, postmortem, *args, instance=None, last=None, **options):
        super().__init__(postmortem, *args, instance=instance, last=last, **options)
        if instance and instance.until:
            self.initial["until"] = as_typed(instance.until, instance.zone, instance.precision)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("until"):
            self._clean_until(cleaned)
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
            self.add_error(
                "until", "The clocks changed at this time; write it with its offset, such as 02:30 +01:00."
            )
        except ValidationError as error:
            self.add_error("until", error)
        else:
            if end.at < start.at:
                self.add_error(
                    "until", "It ends before it starts. If it ended on the next day, write the date too."
                )
            self.until_at = end.at

    def _end(self, text, start):
        from postmortems.forms.times import parse

        return parse(text, start.local.date(), start.zone)

    def values(self):
        values = super().values()
        values["until"] = getattr(self, "until_at", None) if values["until"] else None
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
        labels = {"statement": "What contributed", "role": "What it did", "defence": "What should have stood in the way",
                  "no_countermeasure_because": "No countermeasure, because …"}  # fmt: skip

    field_order = [
        "statement",
        "role",
        "category",
        "layer",
        "defence",
        "theme_name",
        "no_countermeasure_because",
    ]

    def __init__(self, postmortem, *args, instance=None, **options):
        super().__init__(postmortem, *args, instance=instance, **options)
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
    WIDTHS = {"kind": "third", "strength": "third", "priority": "third", "owner": "third", "team": "third", "due_on": "third",
              "ticket": "two-thirds", "check_on": "third"}  # fmt: skip
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

    def __init__(self, postmortem, *args, instance=None, **options):
        super().__init__(postmortem, *args, instance=instance, **options)
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
        FactorForm,
        ObservationForm,
        LearningForm,
        CountermeasureForm,
    )
}

__all__ = ["COMMON_ZONES", "PART_FORMS", "PartForm"]
