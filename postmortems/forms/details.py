"""The head of a postmortem: its start with a title, and the details that may come later."""

from django import forms

from kb.accounts.models import Team
from kb.lib.plain_text import validate_plain_text
from postmortems.forms.base import PartForm
from postmortems.forms.fields import NamesField
from postmortems.models import Postmortem, Service, Severity


class NewForm(forms.Form):
    """A title is enough; the rest is folded away."""

    title = forms.CharField(
        max_length=200,
        label="What happened, in a few words?",
        validators=[validate_plain_text],
        widget=forms.TextInput(
            attrs={
                "autofocus": True,
                "autocomplete": "off",
                "placeholder": "Card payments failed for 40 minutes",
            }
        ),
    )
    severity = forms.ModelChoiceField(Severity.objects.all(), required=False, to_field_name="slug", empty_label="–")
    depth = forms.ChoiceField(
        choices=[("", "As the severity suggests"), *Postmortem.Depth.choices],
        required=False,
        help_text="A note can grow into more at any time.",
    )
    kind = forms.ChoiceField(choices=Postmortem.Kind.choices, initial="incident", required=False)
    services = NamesField(Service, label="Services affected", required=False)
    teams = NamesField(Team, required=False, creates=False, help_text="Your own, if you leave it empty.")
    restricted = forms.BooleanField(required=False, label="Restricted: only the people named on it and security")

    def __init__(self, user, *args, **options):
        super().__init__(*args, **options)
        for name in ("services", "teams"):
            self.fields[name].user = user
            self.fields[name].widget.attrs |= {
                "list": f"id_{name}-list",
                "autocomplete": "off",
                "data-names": "",
            }

    @property
    def more_fields(self):
        return [self[name] for name in ("severity", "depth", "kind", "services", "teams")]

    def start(self, by):
        """The new draft of `by`. Raises ValidationError."""
        values = {name: value for name, value in self.cleaned_data.items() if value}
        severity, restricted = values.get("severity"), values.pop("restricted", False)
        if severity and severity.depth:
            values.setdefault("depth", severity.depth)
        title = values.pop("title")
        for name in {"services", "teams"} & values.keys():
            values[name] = self.fields[name].resolve(values[name])
        if restricted:
            values["visibility"] = Postmortem.Visibility.RESTRICTED
        return Postmortem.start(by, title, **values)


class DetailsForm(PartForm):
    """Everything of the postmortem itself. Who owns a postmortem, and who writes a restricted one, decides about who
    sees it: those fields are for its lead."""

    WIDTHS = dict.fromkeys(
        (
            "kind",
            "depth",
            "severity",
            "trigger",
            "zone",
            "due_on",
            "owner",
            "facilitator",
            "authors",
            "teams",
            "services",
            "conditions",
            "tags",
            "source_url",
            "language",
            "fixed_from",
        ),
        "half",
    )
    MORE = (
        "conditions",
        "facilitator",
        "source_url",
        "due_on",
        "fixed_from",
        "language",
        "nothing_new_because",
    )

    class Meta(PartForm.Meta):
        model = Postmortem
        fields = [
            "title",
            "takeaway",
            "severity",
            "depth",
            "kind",
            "trigger",
            "zone",
            "owner",
            "authors",
            "teams",
            "services",
            "conditions",
            "tags",
            "facilitator",
            "due_on",
            "fixed_from",
            "source_url",
            "language",
            "nothing_new_because",
        ]
        labels = {
            "conditions": "Services where the conditions lay",
            "services": "Services affected",
            "zone": "Time zone",
            "nothing_new_because": "Nothing new was learned, because …",
        }
        help_texts = {
            "takeaway": "One sentence: what should somebody take away who reads nothing else?",
            "zone": "that the incident is told in",
            "fixed_from": "the list of countermeasures may still change until then",
        }
        widgets = {"takeaway": forms.Textarea(attrs={"rows": 2, "data-counter": "", "data-one-line": ""})}

    def __init__(self, postmortem, user, *args, **options):
        options.setdefault("instance", Postmortem.objects.get(pk=postmortem.pk))
        super().__init__(postmortem, user, *args, **options)
        severity = self.instance.severity
        if severity and severity.depth not in ("", self.instance.depth):
            self.fields["depth"].help_text = f"{severity} suggests {severity.get_depth_display().lower()}."
        if not postmortem.access(user).lead:
            for name in postmortem.led_fields():
                del self.fields[name]

    def clean_takeaway(self):
        return " ".join(self.cleaned_data["takeaway"].split())

    def save_as(self, by, version):
        """Write it by the verb. Raises Conflict and ValidationError."""
        return self.postmortem.change_details(by, version, **self.values())
