"""What people fill in on the subscriptions page."""

import difflib
import re

from django import forms
from django.urls import reverse

from kb.accounts.models import Team
from kb.digests.interests import WATCHED, suggested_label
from kb.digests.models import Subscription
from postmortems.models import Postmortem, Service, Tag
from postmortems.vocabulary import known_to
from search.query import parse

VOCABULARIES = {"service": Service, "team": Team, "tag": Tag}


class ScheduleForm(forms.ModelForm):
    class Meta:
        model = Subscription
        fields = ("weekday", "hour", "zone")
        widgets = {"zone": forms.TextInput(attrs={"list": "zones", "autocomplete": "off"})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.auto_id = f"id_{self.instance.uid}_%s"

    def save(self):
        """Through the verb, which also finds the next scheduled moment."""
        chosen = {name: self.cleaned_data[name] for name in self.Meta.fields}
        subscription = Subscription.objects.get(pk=self.instance.pk)
        subscription.reschedule(**chosen)
        return subscription


class InterestForm(forms.Form):
    """One interest, chosen by kind and name or typed as a query. `cleaned_data` then has `query` and `label`."""

    KINDS = (
        ("service", "A service"),
        ("team", "A team"),
        ("tag", "A tag"),
        ("postmortem", "One postmortem"),
        ("query", "A search"),
        ("everything", "Everything"),
    )
    kind = forms.ChoiceField(label="Follow", choices=KINDS)
    value = forms.CharField(label="Which", max_length=300, required=False)

    def __init__(self, *args, reader, subscription=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.reader = reader
        uid = subscription.uid if subscription else "new"
        self.auto_id = f"id_{uid}_%s"
        self.fields["value"].widget.attrs |= {"list": "names", "autocomplete": "off"}
        # Each element that explains stands on its own: nothing is inherited from the form.
        explains = {"hx-get": reverse("explain_interest"), "hx-include": "closest form", "hx-params": "kind,value"}
        target = {"hx-target": f"#explanation-{uid}", "hx-sync": "closest form:replace"}
        self.fields["value"].widget.attrs |= explains | target | {"hx-trigger": "input changed delay:400ms"}
        self.fields["kind"].widget.attrs |= explains | target | {"hx-trigger": "change"}

    def clean(self):
        data = super().clean()
        kind, value = data.get("kind"), " ".join(data.get("value", "").split())
        if kind is None or self.errors:
            return data
        if kind == "everything":
            return data | {"query": "", "label": "Everything"}
        if not value:
            self.add_error("value", "Say which one.")
            return data
        query, label = getattr(self, f"_{kind if kind not in VOCABULARIES else 'named'}")(kind, value)
        return data | {"query": query, "label": label}

    def _named(self, kind, value):
        """A service, team or tag that the reader may know of, by name or address word; a near miss is asked about."""
        rows = list(known_to(self.reader, VOCABULARIES[kind]).values_list("name", "slug"))
        wanted = value.casefold().removeprefix(f"{kind}:").strip('"')
        for name, slug in rows:
            if wanted in (name.casefold(), slug.casefold()):
                return f"{kind}:{slug}", name
        near = difflib.get_close_matches(value, [name for name, _ in rows], n=1)
        self.add_error("value", f"There is no {kind} “{value}”." + (f" Did you mean {near[0]}?" if near else ""))
        return "", ""

    def _postmortem(self, kind, value):
        """PM-12, 12 or its address; only one that the reader may see."""
        number = re.search(r"(?:PM-)?(\d{1,9})/?$", value, re.IGNORECASE)
        found = number and Postmortem.objects.visible_to(self.reader).filter(number=int(number[1])).first()
        if not found:
            self.add_error("value", "Write a reference such as PM-12 of a postmortem that you can see.")
            return "", ""
        return found.reference, found.reference

    def _query(self, kind, value):
        if WATCHED.fullmatch(value):
            return self._postmortem(kind, value)
        asked = parse(value)
        if not (asked.words or asked.required or asked.excluded):
            self.add_error("value", "There is no word in this search.")
        return value, suggested_label(value)
