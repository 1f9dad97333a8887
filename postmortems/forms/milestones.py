"""The table of key times: a small form per type of milestone, each with its version; and one set from an entry."""

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from kb.lib.plain_text import validate_plain_text
from postmortems.forms.parts import MilestoneForm
from postmortems.models import Conflict, Milestone


class KeyTimeForm(MilestoneForm):
    """One line of the table. Empty: there is no such milestone, or it shall go."""

    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    note = forms.CharField(required=False, max_length=300, validators=[validate_plain_text])

    class Meta(MilestoneForm.Meta):
        fields = []

    def __init__(self, postmortem, user, type_, label, *args, instance=None, **options):
        self.type, self.type_label = type_, label
        super().__init__(postmortem, user, *args, instance=instance, prefix=type_, **options)
        self.auto_id = f"key-{type_}-%s"
        self.initial |= {
            "version": instance.version if instance else None,
            "note": instance.note if instance else "",
        }
        for name in ("when", "day", "zone", "note"):
            self.fields[name].widget.attrs["aria-label"] = (
                f"{label}: {self.fields[name].label or name}".lower().capitalize()
            )
        self.fields["zone"].widget.attrs["list"] = "key-zones"

    def clean(self):
        super(MilestoneForm, self).clean()

    def values(self):
        values = super().values()
        values.pop("version", None)
        return values

    @property
    def is_touched(self):
        return bool({"when", "day", "which", "note"} & set(self.changed_data)) or (
            bool(self["when"].value()) and "zone" in self.changed_data
        )

    def save(self, by):
        """Add, change or remove the milestone, as the fields say. True if it was saved; else it has an error."""
        values, version, row = self.values(), self.cleaned_data.get("version"), self.instance
        empty = not self.cleaned_data.get("when") and not values.get("note")
        try:
            if not row.pk and version:
                raise Conflict(None)
            if not row.pk:
                if not empty:
                    Milestone.add(self.postmortem, by, type=self.type, **values)
            elif empty:
                self.removal = row.remove(by, version)
            else:
                row.change(by, version, **values)
        except Conflict as conflict:
            return self._ask(conflict.current)
        except ValidationError as error:
            self.take_errors(error)
            return False
        except IntegrityError:  # two people set it at the same moment
            return self._ask(Milestone.objects.filter(postmortem=self.postmortem, type=self.type).first())
        return True

    def _ask(self, current):
        """Somebody was faster: say what stands there now, keep what was typed, and take it over it the next time."""
        now = f"set to {current.local_text}" if current else "removed"
        self.add_error(None, f"Meanwhile this was {now}. Yours is not saved; saving again puts yours there.")
        self.data = self.data.copy()
        self.data[self.add_prefix("version")] = current.version if current else ""
        self.is_conflict = True
        return False


class KeyTimesForm:
    """The eleven lines together."""

    def __init__(self, postmortem, user, data=None):
        found = {row.type: row for row in Milestone.objects.filter(postmortem=postmortem)}
        last = next((row for row in reversed(list(found.values())) if row.at), None)
        for row in found.values():
            row.postmortem = postmortem
        self.postmortem, self.is_bound = postmortem, data is not None
        self.lines = [
            KeyTimeForm(
                postmortem,
                user,
                type_,
                label,
                data,
                instance=found.get(type_),
                **({} if type_ in found else {"last": last}),
            )
            for type_, label in Milestone.Type.choices
        ]

    def save(self, by):
        """Save the touched lines; True if all of them could be."""
        touched = [line for line in self.lines if line.is_touched]
        saved = [line.is_valid() and line.save(by) for line in touched]  # every one of them is tried
        return all(saved)

    @property
    def removals(self):
        """The Changes of the lines that were cleared."""
        return [line.removal for line in self.lines if getattr(line, "removal", None)]

    @property
    def status(self):
        if not self.is_bound:
            return 200
        return 409 if any(getattr(line, "is_conflict", False) for line in self.lines) else 422


KEYS = {  # type → the single key that sets it from a row
    "began": "b", "started": "s", "detected": "d", "declared": "c", "engaged": "e", "diagnosed": "g", "mitigated": "m",
    "recovered": "r", "resolved": "v", "communicated": "u", "closed": "z",
}  # fmt: skip


class MarkForm(forms.Form):
    """Which milestone follows this entry. A type that is set elsewhere comes with the version that was read."""

    type = forms.ChoiceField(choices=Milestone.Type.choices)
    version = forms.IntegerField(required=False, min_value=1)

    def __init__(self, entry, data=None):
        super().__init__(data, auto_id=f"{entry.anchor}-%s")
        self.entry = entry
        self.found = {row.type: row for row in Milestone.objects.filter(postmortem=entry.postmortem)}

    @property
    def choices(self):
        """[(type, label, key, milestone or None, whether it follows this entry)] in the order in which they come."""
        return [
            (type_, label, KEYS[type_], row := self.found.get(type_), bool(row and row.entry_id == self.entry.pk))
            for type_, label in Milestone.Type.choices
        ]

    @property
    def asked(self):
        """The milestone that stands elsewhere, of the type that was asked for."""
        return self.found.get(self.cleaned_data.get("type")) if self.is_bound and self.is_valid() else None

    def save(self, by):
        """Set it, move it here or take it off; (what happened in words, entries that had it before)."""
        type_, version = self.cleaned_data["type"], self.cleaned_data.get("version")
        row, label = self.found.get(type_), Milestone.Type(type_).label
        if row is None:
            row = Milestone.add(self.entry.postmortem, by, type=type_, entry=self.entry)
            return f"{label}: {row.local_text}.", []
        if version is None:
            raise Conflict(row)
        if row.entry_id == self.entry.pk:
            row.remove(by, version)
            return f"{label} is taken off.", []
        before = [row.entry] if row.entry else []
        row.change(by, version, entry=self.entry, **self.entry.told())
        return f"{label}: {row.local_text}.", before
