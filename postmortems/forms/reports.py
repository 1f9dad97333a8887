"""A report that becomes structure: what is given (ReportForm), and each part as it can be put right (ReviewForm)."""

from pathlib import PurePosixPath

from django import forms
from django.core.exceptions import ValidationError

from kb.accounts.models import User
from kb.lib import instants, moments
from kb.lib.plain_text import validate_plain_text
from postmortems.forms.fields import COMMON_ZONES, ProseField, label_of, people_called
from postmortems.importing.files import Refused, decode
from postmortems.importing.markdown import Reading
from postmortems.importing.reports.draft import Choices
from postmortems.importing.reports.lifting import item_text
from postmortems.importing.reports.rows import people_named

MAX_BYTES = 400_000  # a report of thirty sheets has thirty thousand
MOST_ROWS, MOST_ITEMS = 200, 60  # that can be put right on one page; more come in as they are


class ReportForm(forms.Form):
    """Pasted text or a file."""

    text = forms.CharField(
        label="Paste the report", required=False, strip=False, max_length=MAX_BYTES,
        widget=forms.Textarea(attrs={"rows": 12, "placeholder": "# Queue full\n\n## Timeline (UTC)\n- 10:03 Alert …"}),
    )  # fmt: skip
    file = forms.FileField(label="or choose a file", required=False, help_text="Markdown (.md) or plain text.")
    name = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    text.css = "writing"

    def clean(self):
        """`source` and `name` of what was given."""
        cleaned = super().clean()
        file = cleaned.get("file")
        field = "file" if file else "text"
        if file and file.size > MAX_BYTES:
            self.add_error(
                "file", f"It has {file.size / 1e3:,.0f} kB; at most {MAX_BYTES / 1e3:.0f} kB are taken here."
            )
        elif not file and not (cleaned.get("text") or "").strip():
            if not self.errors:
                self.add_error("text", "Paste a report or choose a file.")
        elif not self.errors:
            try:
                cleaned["source"] = decode(file.read() if file else cleaned["text"].encode())
            except Refused as fault:
                self.add_error(field, f"{fault} Nothing was imported.")
            except UnicodeEncodeError:
                self.add_error(field, "It holds characters that are none. Nothing was imported.")
        name = PurePosixPath(file.name).name if file else cleaned.get("name") or "report.md"
        cleaned["name"] = "".join(c for c in name if c.isprintable())[:200] or "report.md"
        return cleaned


class EntryForm(forms.Form):
    """One event: taken or not, its time and its words."""

    keep = forms.BooleanField(label="Take over", required=False)
    when = forms.CharField(label="Time", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    text = ProseField(
        label="What happened", max_length=100_000, validators=[validate_plain_text],
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(self, row, zone, *args, **options):
        self.row, self.zone = row, row.moment.zone or zone
        super().__init__(*args, prefix=f"e{row.line}", auto_id="report-%s", **options)
        self.initial = {"keep": True, "when": self.shown(), "text": row.text}
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{field.label}, line {row.line}"

    def shown(self) -> str:
        """The time as it was understood, in a form that is understood again."""
        moment = self.row.moment
        if moment.at is None:
            return ""
        day = f"{moment.at:%Y-%m-%d}"
        clock = {"day": "", "second": f" {moment.at:%H:%M:%S}"}.get(moment.precision, f" {moment.at:%H:%M}")
        until = f"-{moment.until:%H:%M}" if moment.until and clock and moment.until.date() == moment.at.date() else ""
        return f"{'~' if moment.approximate else ''}{day}{clock}{until}"

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("keep"):
            self._errors = forms.utils.ErrorDict()
            return cleaned
        if "when" in cleaned and cleaned["when"] != self.shown():
            try:
                cleaned["moment"] = moments.read(cleaned["when"], moments.Context(self.zone, self._day()))
            except (moments.NotUnderstood, instants.ClockChange) as fault:
                self.add_error("when", str(fault))
        return cleaned

    def _day(self):
        return self.row.moment.at.date() if self.row.moment.at else None

    def changed(self) -> dict:
        """The fields of the entry that were put right."""
        cleaned = self.cleaned_data
        text = cleaned["text"].replace("\r\n", "\n").replace("\r", "\n").strip()
        out = {"text": text} if text and text != self.row.text else {}
        if moment := cleaned.get("moment"):
            start = moment.start
            out |= {"at": start.at, "zone": start.zone, "precision": start.precision, "approximate": start.approximate}
            out |= {"typed": cleaned["when"], "until": moment.until.at if moment.until else None}
        return out


class ItemForm(forms.Form):
    """One action: taken or not, its words, its owner, its day and whether it is done."""

    keep = forms.BooleanField(label="Take over", required=False)
    text = ProseField(
        label="Action", max_length=100_000, validators=[validate_plain_text],
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    owner = forms.CharField(label="Owner", required=False, max_length=200)
    due = forms.DateField(
        label="Due", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    done = forms.BooleanField(label="Done", required=False)

    def __init__(self, item, due, owner, *args, **options):
        self.item, self.said = item, item_text(item)
        super().__init__(*args, prefix=f"a{item.line}", auto_id="report-%s", **options)
        self.initial = {"keep": True, "text": self.said, "owner": owner, "due": due, "done": bool(item.done)}
        self.fields["owner"].widget.attrs |= {"list": "report-people", "autocomplete": "off"}
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{field.label}, line {item.line}"

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("keep"):
            self._errors = forms.utils.ErrorDict()
        elif cleaned.get("owner"):
            try:
                found = people_called([cleaned["owner"]])[cleaned["owner"]]
            except ValidationError:
                found = []
            if len(found) == 1:
                cleaned["user"] = found[0]
            else:
                self.add_error("owner", "Nobody here is called so. Leave it empty, or choose one of the people.")
        return cleaned

    def changed(self) -> dict:
        """The fields of the countermeasure as they stand on the page."""
        cleaned = self.cleaned_data
        text = cleaned["text"].replace("\r\n", "\n").replace("\r", "\n").strip()
        out = {"owner": cleaned.get("user"), "due_on": cleaned["due"]}
        out |= {"status": "done" if cleaned["done"] else "proposed"}
        return out | ({"statement": text} if text and text != self.said.strip() else {})


class ReviewForm(forms.Form):
    """The whole preview: the title, the zone, and a form for each part."""

    title = forms.CharField(max_length=200, validators=[validate_plain_text])
    zone = forms.CharField(
        label="Time zone", max_length=60, validators=[instants.validate_zone],
        help_text="for times whose zone the report does not name",
    )  # fmt: skip
    zone.suggestions = lambda: COMMON_ZONES
    zone.css, title.css = "third", "two-thirds"

    def __init__(self, reading: Reading, data=None, *, zone="UTC"):
        super().__init__(data, auto_id="report-%s")
        self.reading, lifted = reading, reading.lifted
        self.initial = {"title": reading.title, "zone": lifted.recognized.zone or zone}
        self.fields["zone"].widget.attrs |= {"list": "report-zone-list", "autocomplete": "off"}
        told = data.get("zone", "") if data is not None else self.initial["zone"]
        known = told if _is_zone(told) else zone
        people = people_named([lifted])
        self.entries = [EntryForm(row, known, data) for row in lifted.rows[:MOST_ROWS]]
        self.items = [
            ItemForm(item, lifted.recognized.due_of(item), _label(people.get((item.owner or "").lower())), data)
            for item in lifted.items[:MOST_ITEMS]
        ]
        self.more = len(lifted.rows) - len(self.entries), len(lifted.items) - len(self.items)
        self.others = [(f"f{one.line}", one, self._kept(f"f{one.line}")) for one in lifted.findings]
        self.figures = [(f"i{one.line}", one, self._kept(f"i{one.line}")) for one in lifted.figures]
        self.milestones = [
            (f"m-{mark.type}", mark, self._kept(f"m-{mark.type}")) for mark in lifted.recognized.milestones
        ]

    def _kept(self, name: str) -> bool:
        return not self.is_bound or name in self.data

    def is_valid(self) -> bool:
        return all([super().is_valid(), *(form.is_valid() for form in [*self.entries, *self.items])])

    def choices(self) -> Choices:
        """What was decided, of a valid form."""
        left = {form.row.line for form in self.entries if not form.cleaned_data["keep"]}
        left |= {form.item.line for form in self.items if not form.cleaned_data["keep"]}
        left |= {one.line for _, one, kept in [*self.others, *self.figures] if not kept}
        return Choices(
            title=self.cleaned_data["title"],
            zone=self.cleaned_data["zone"],
            without=frozenset(left),
            entries={form.row.line: form.changed() for form in self.entries if form.cleaned_data["keep"]},
            items={form.item.line: form.changed() for form in self.items if form.cleaned_data["keep"]},
            no_milestones=frozenset(mark.type for _, mark, kept in self.milestones if not kept),
        )


def _is_zone(text: str) -> bool:
    try:
        instants.zone(text)
    except ValueError:
        return False
    return True


def _label(user: User | None) -> str:
    return label_of(user) if user else ""
