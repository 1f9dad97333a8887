"""One line, `14:03 PST alert fired` and Enter, becomes an entry of the timeline; several lines become several."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from kb.lib import instants, moments
from kb.lib.plain_text import validate_plain_text
from postmortems.forms.fields import ProseField
from postmortems.forms.times import ask_which, context_of
from postmortems.importing.pasted import rows_of
from postmortems.models import TimelineEntry
from postmortems.models.batches import MOST
from postmortems.models.parts import LONG


class QuickEntryForm(forms.Form):
    """`before` is the row that `+5m`, the day and the zone are counted from: the one added last, else the last one."""

    line = ProseField(
        label="Time and what happened",
        max_length=LONG,
        validators=[validate_plain_text],
        widget=forms.Textarea(
            attrs={"rows": 1, "data-one-line-save": "", "placeholder": "14:03 what happened", "autocomplete": "off"}
        ),
    )
    day = forms.DateField(
        label="Day", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    kind = forms.ChoiceField(label="Kind", choices=TimelineEntry.Kind.choices, initial="observation")
    which = forms.ChoiceField(label="Which one?", required=False, widget=forms.RadioSelect,
                              choices=[("first", "The first"), ("second", "The second")])  # fmt: skip

    asks_which = False

    def __init__(self, postmortem, data=None, before=None, day=None):
        super().__init__(data, auto_id="new-entry-%s")
        self.postmortem, self.before, self.offer, self.remark = postmortem, before, (), ""
        self.zone = before.zone if before else postmortem.zone
        today = timezone.localdate(timezone=instants.zone(postmortem.zone))
        self.initial["day"] = before.day if before else day or today

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("line"):
            return cleaned
        context = context_of(cleaned.get("day"), self.zone, self.before)
        as_one = "as_one" in self.data
        if "\n" in cleaned["line"].strip() and not as_one:
            self._offer(cleaned["line"], context)
        else:
            self._read(cleaned["line"].strip(), context)
        return cleaned

    def _read(self, text, context):
        first, newline, more = text.partition("\n")
        try:
            moment, rest = moments.split(first, context, self.cleaned_data.get("which", ""))
        except instants.ClockChange as question:
            return ask_which(self, question)
        except moments.NotUnderstood as error:
            return self.add_error("line", str(error))
        if moment and not (rest + more).strip():
            return self.add_error("line", "Write behind the time what happened.")
        self.moment, self.text, self.remark = moment, (rest + newline + more).strip(), moment.remark if moment else ""
        return None

    def _offer(self, text, context):
        """Many lines: what they would become, to be looked at first."""
        self.offer = rows_of(text, context)
        for row in self.offer:
            told = instants.Instant(row["at"], row["zone"], row["precision"], row["approximate"])
            row["shown"] = instants.format_instant(told) if row["at"] else ""
        if len(self.offer) > MOST:
            raise ValidationError(
                f"These are {len(self.offer)} entries; at most {MOST} at once. Paste it in parts or import a file."
            )

    @property
    def is_accepted(self):
        """The offer was looked at: `pick` names the rows that were chosen."""
        return bool(self.offer) and "accept" in self.data

    def picked(self):
        """The rows of the offer that were chosen, as batches.add() takes them."""
        picks = {int(text) for text in self.data.getlist("pick") if text.isascii() and text.isdigit() and len(text) < 6}
        people = {str(person).casefold(): person for person in self.postmortem.participant_set.select_related("user")}
        rows = [dict(row) for place, row in enumerate(self.offer) if place in picks]
        for row in rows:
            who = row.pop("who", "")
            row["participant"] = people.get(who.casefold())
            row["kind"] = self.cleaned_data["kind"]
            row.pop("shown", None)
            if who and not row["participant"]:
                row["text"] = f"{who}: {row['text']}"
        return rows

    def values(self):
        """{field: value} of the one entry."""
        moment = self.moment or moments.Moment(instants.Instant(None, self.zone, "unknown"))
        start = moment.start
        return {
            "text": self.text, "kind": self.cleaned_data["kind"], "at": start.at, "zone": start.zone,
            "precision": start.precision, "approximate": start.approximate, "typed": start.typed,
            "until": moment.until.at if moment.until else None,
        }  # fmt: skip


def quick_entry_for(postmortem, data=None, entries=None, milestones=(), before=None):
    """The form as it stands under the timeline. `entries` and `milestones`: the loaded rows, if they are; else the last
    row with a time is asked for."""
    named = data.get("after", "") if data else ""
    rows = TimelineEntry.objects.filter(postmortem=postmortem).exclude(at=None)
    if before is None and named:
        before = rows.filter(uid=named).first()
    if before is None:
        before = rows.last() if entries is None else next((row for row in reversed(entries) if row.at), None)
    first = next((row.day for row in milestones if row.at), None)
    return QuickEntryForm(postmortem, data, before, first)
