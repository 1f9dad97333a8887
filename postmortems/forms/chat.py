"""From chat: what is given (ChatForm), which messages are shown (SpanForm), who speaks in them (PeopleForm)."""

import datetime

from django import forms
from django.utils import timezone

from kb.lib import instants
from kb.lib.plain_text import validate_plain_text
from postmortems.forms.fields import COMMON_ZONES, PersonField
from postmortems.importing.chat.bundle import Bundle, open_file, open_text
from postmortems.importing.chat.entries import Author, Person
from postmortems.importing.chat.reading import FORMATS, Reading, read
from postmortems.importing.files import Refused
from postmortems.models import ChatUpload, Participant, TimelineEntry

MAX_UPLOAD = 64_000_000  # bytes
MAX_TEXT = 800_000  # characters of pasted text; a request without its files has at most 2.5 MB
NAMES = {"slack": "Slack export", "irc": "IRC log", "mattermost": "Mattermost export", "text": "Copied text"}


class ChatForm(forms.Form):
    """A file or pasted text, and what it does not tell itself."""

    text = forms.CharField(
        label="Paste the chat", required=False, max_length=MAX_TEXT, strip=False,
        error_messages={"max_length": f"This is more than {MAX_TEXT:,} characters; save it as a file and choose that."},
        widget=forms.Textarea(attrs={"rows": 8, "placeholder": "[14:03] ada: checkout is down"}),
    )  # fmt: skip
    file = forms.FileField(
        label="or choose a file", required=False,
        help_text="A Slack export (.zip), IRC logs (text or .zip), a Mattermost export (.jsonl, .csv, .json).",
    )  # fmt: skip
    zone = forms.CharField(
        label="Time zone", max_length=60, required=False, validators=[instants.validate_zone],
        help_text="for times that do not tell theirs",
    )  # fmt: skip
    day = forms.DateField(
        label="Day", required=False, help_text="of the first line, if there are only clock times",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    format = forms.ChoiceField(
        label="Format", required=False,
        choices=[("auto", "Find out"), *((name, NAMES[name]) for name in FORMATS)],
    )  # fmt: skip
    links = forms.URLField(
        label="Address of your workspace", required=False, max_length=300, assume_scheme="https",
        help_text="for links back, such as https://acme.slack.com",
    )  # fmt: skip

    zone.suggestions = lambda: COMMON_ZONES
    zone.css = day.css = format.css = "third"
    text.css = "writing"

    def __init__(self, postmortem, *args, **options):
        self.postmortem = postmortem
        super().__init__(*args, auto_id="chat-%s", **options)
        self.fields["zone"].widget.attrs |= {"list": "chat-zone-list", "autocomplete": "off"}
        self.fields["text"].widget.attrs.pop("maxlength", None)  # browsers would cut what is pasted, and not say so
        self.initial |= {"zone": postmortem.zone, "day": _day_of(postmortem), "format": "auto"}

    def clean_text(self):
        return self.cleaned_data["text"].replace("\r\n", "\n").replace("\r", "\n")

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file and file.size > MAX_UPLOAD:
            raise forms.ValidationError(
                f"{file.name} has {file.size / 1e6:,.0f} MB; at most {MAX_UPLOAD / 1e6:.0f} MB are taken. "
                "Export one channel or a few days."
            )
        return file

    def clean(self):
        super().clean()
        cleaned = self.cleaned_data
        if not cleaned.get("file") and not (cleaned.get("text") or "").strip() and not self.errors:
            self.add_error("text", "Paste some chat or choose a file.")
        return cleaned

    def keep(self, user) -> ChatUpload | None:
        """Read it and keep the messages; None, and an error at its field, where that cannot be."""
        file = self.cleaned_data.get("file")
        field, name = ("file", file.name) if file else ("text", "Pasted text")
        zone = self.cleaned_data.get("zone") or self.postmortem.zone
        try:
            with self._bundle(file) as bundle:
                found = self._read(bundle, zone)
            if not found.messages:
                raise Refused(_nothing(found, name))
            return ChatUpload.keep(self.postmortem, user, _plain(name), zone, found)
        except Refused as fault:
            self.add_error(field, f"{fault} Nothing was imported.")
            return None

    def _bundle(self, file) -> Bundle:
        return open_file(file.file, _plain(file.name)) if file else open_text(self.cleaned_data["text"])

    def _read(self, bundle: Bundle, zone: str) -> Reading:
        cleaned = self.cleaned_data
        return read(
            bundle, cleaned.get("format") or "auto", zone=zone, day=cleaned.get("day"),
            link_base=cleaned.get("links", ""),
        )  # fmt: skip


def _nothing(found: Reading, name: str) -> str:
    first = f" The first fault: {found.faults[0]}" if found.faults else ""
    return f"{name} holds no messages that Andon can read.{first}"


def _plain(name: str) -> str:
    """The name of an upload without what no page can show."""
    return "".join(sign if sign.isprintable() else "·" for sign in name)[:200]


def _day_of(postmortem) -> datetime.date:
    """The day of the first key time or entry, else today; in the incident's zone."""
    zone = instants.zone(postmortem.zone)
    for rows in (postmortem.milestone_set, postmortem.timelineentry_set):
        if first := rows.exclude(at=None).order_by("at").first():
            return first.at.astimezone(zone).date()
    return timezone.localdate(timezone=zone)


class SpanForm(forms.Form):
    """Which messages are shown. Times are those of the upload's zone."""

    channel = forms.ChoiceField(label="Channel", required=False)
    since = forms.CharField(label="From", required=False, max_length=40)
    until = forms.CharField(label="Until", required=False, max_length=40)
    words = forms.CharField(label="Words", required=False, max_length=100)
    only = forms.ChoiceField(
        label="Show", required=False,
        choices=[
            ("", "Everything said"), ("suggested", "Suggestions"), ("picked", "Picked"), ("all", "Joins, too"),
        ],
    )  # fmt: skip

    def __init__(self, channels, *args, **options):
        super().__init__(*args, auto_id="span-%s", **options)
        self.fields["channel"].choices = [("", "All channels")] + [
            (name, f"{name or '(unnamed)'} ({count:,})") for name, count in channels
        ]
        for name in ("since", "until"):
            self.fields[name].widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def clean_since(self):
        return _moment(self.cleaned_data["since"])

    def clean_until(self):
        return _moment(self.cleaned_data["until"])


def _moment(text: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(text).replace(tzinfo=None) if text else None
    except ValueError:
        raise forms.ValidationError(f"“{text}” is no time; use 2026-03-02T14:00.") from None


SHOWN_AS = [("name", "By name"), ("function", "By function only"), ("nobody", "Not at all")]


class AuthorForm(forms.Form):
    """Who one author of the chat becomes."""

    shown = forms.ChoiceField(label="Show", choices=SHOWN_AS)
    account = PersonField(label="Account", required=False)
    name = forms.CharField(label="Name", required=False, max_length=120, validators=[validate_plain_text])
    function = forms.ChoiceField(label="Function", choices=Participant.Function.choices)

    def __init__(self, author: Author, number: int, *args, **options):
        self.author = author
        super().__init__(*args, prefix=f"p{number}", **options)
        self.fields["account"].widget.attrs |= {"list": "accounts", "autocomplete": "off"}
        self.initial = {
            "shown": "nobody" if author.is_bot else "name",
            "account": author.user, "name": author.name[:120], "function": Participant.Function.RESPONDER,
        }  # fmt: skip
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{author.name}: {field.label.lower()}"

    def person(self) -> Person:
        cleaned = self.cleaned_data
        if cleaned["shown"] == "nobody":
            return Person(is_nobody=True)
        if cleaned["shown"] == "function":
            return Person(function=cleaned["function"])
        user = cleaned["account"]
        return Person(user=user, name="" if user else cleaned["name"] or self.author.name, function=cleaned["function"])


KINDS = TimelineEntry.Kind.choices
