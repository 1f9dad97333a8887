"""What the forms of all parts share: no primary keys, related rows only from the same postmortem, times as typed."""

from django import forms

from kb.lib import instants
from postmortems.forms.fields import NamesField, PeopleField, as_form_field
from postmortems.forms.times import TimeFields, as_typed, clean_time, is_complete


class PartForm(forms.ModelForm):
    """The base of all: fields without primary keys, related rows only from the same postmortem."""

    WIDTHS = {}  # field → third, half, two-thirds; anything else takes the whole width
    MORE = ()  # fields that are folded away until they are wanted
    PARSED = frozenset({"zone"})  # text that only means something as a whole
    asks_which = False
    kept = {}  # what a working copy holds: {name: [texts]}

    class Meta:
        formfield_callback = as_form_field
        fields = []

    def __init__(self, postmortem, user, *args, instance=None, **options):
        self.postmortem, self.user = postmortem, user
        prefix = getattr(instance, "anchor", "details") if instance else f"new-{self._meta.model.KIND}"
        super().__init__(*args, instance=instance, auto_id=f"{prefix}-%s", **options)
        for name, field in self.fields.items():
            field.css = self.WIDTHS.get(name, "")
            field.is_block = self._meta.model.MARKDOWN.get(name) == "block"
            if isinstance(field, forms.ModelChoiceField) and hasattr(field.queryset.model, "postmortem"):
                field.queryset = field.queryset.filter(postmortem=postmortem)
            field.user = user
            if getattr(field, "choices", None) and next(iter(field.choices))[0] == "":
                field.choices = (
                    [("", "–"), *list(field.choices)[1:]] if not hasattr(field, "queryset") else field.choices
                )
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
        return [field for field in self.visible_fields() if field.name not in self.MORE and self._is_shown(field)]

    @property
    def more_fields(self):
        return [field for field in self.visible_fields() if field.name in self.MORE]

    @property
    def autosaved(self):
        """Names of the fields that are saved while they are typed: free text, nothing that is chosen or parsed."""
        return [name for name in self.free_text if name in self.data]

    @property
    def free_text(self):
        data = set(self._meta.model.data_fields()) - self.PARSED
        return [name for name in self.fields if name in data and is_free_text(self.fields[name])]

    @property
    def bases(self):
        """[(name, text)]: what the writer began with, sent along so that two changes of it can be brought into one."""
        if not self.instance.pk:
            return []
        told = self.data or {name: texts[0] for name, texts in self.kept.items() if texts}
        names = {f"base-{name}": getattr(self.instance, name) for name in self.free_text}
        return [(name, told.get(name, text)) for name, text in names.items()]

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
        found = error.error_dict if hasattr(error, "error_dict") else {None: error.error_list}
        for name, errors in found.items():
            for one in errors:
                self.add_error(name if name in self.fields else None, one)


def is_free_text(field):
    return isinstance(field, forms.CharField) and not isinstance(field, (NamesField, PeopleField))


class TimedForm(PartForm, TimeFields):
    """A part at a time. `when`, `day`, `zone` and `which` become at, zone, precision, approximate and typed."""

    def __init__(self, postmortem, user, *args, instance=None, last=None, **options):
        super().__init__(postmortem, user, *args, instance=instance, **options)
        self.fields["zone"].widget.attrs |= {"list": f"{self.auto_id % 'zone'}-list"}
        told, self.last = instance or last, last
        self.initial.setdefault("zone", postmortem.zone)
        if told:
            self.initial["zone"] = told.zone
            self.initial["day"] = told.day
        if instance:
            self.initial["when"] = as_typed(
                instance.at, instance.zone, instance.precision, instance.typed, instance.approximate
            )
        if is_complete(self.initial.get("when")):
            self.initial["day"] = None

    def clean_zone(self):
        """None given: the one that stands there, or that of the postmortem."""
        return self.cleaned_data["zone"] or self.initial["zone"]

    def clean(self):
        super().clean()
        cleaned = self.cleaned_data
        self.instant, self.moment = None, None
        if self.keeps_time:
            row = self.instance
            self.instant = instants.Instant(row.at, row.zone, row.precision, row.approximate, row.typed)
        elif "zone" in cleaned and "day" in cleaned:
            self.moment = clean_time(
                self,
                text=cleaned.get("when", ""),
                day=cleaned["day"],
                zone=cleaned["zone"],
                which=cleaned.get("which", ""),
                before=self.last,
            )
            self.instant = self.moment and self.moment.start
        return cleaned

    @property
    def keeps_time(self):
        """The time was not touched: what is stored may be more exact than what the fields show."""
        touched = {"when", "day", "which"} & set(self.changed_data)
        return self.instance.pk and not touched and self.cleaned_data.get("zone") == self.initial["zone"]

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
