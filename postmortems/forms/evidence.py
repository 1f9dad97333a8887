"""Evidence as a form: a file, an excerpt or a link, what it shows, and what it belongs to."""

from django import forms
from django.core.exceptions import ValidationError

from kb.lib.file_kinds import Refused
from kb.lib.uploads import TOO_LARGE
from postmortems import attachments
from postmortems.forms.base import PartForm, TimedForm
from postmortems.models import Evidence, Section, TimelineEntry

ACCEPTED = "image/png,image/jpeg,image/gif,image/webp,application/pdf,text/*,.log,.json,.csv,.yaml,.yml,.conf"


class EvidenceForm(TimedForm):
    WIDTHS = {"kind": "third", "about": "two-thirds", "when": "third", "day": "third", "zone": "third"}
    MORE = ("when", "which", "day", "zone", "about")

    file = forms.FileField(
        label="File",
        required=False,
        max_length=500,
        help_text="A picture, a log, text, JSON, CSV or PDF. Pictures lose their notes of place and camera.",
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )
    about = forms.ChoiceField(label="Belongs to", required=False)

    class Meta(PartForm.Meta):
        model = Evidence
        fields = ["kind", "caption", "alt", "excerpt", "link", "about"]
        labels = {"caption": "What it shows", "alt": "Description for those who cannot see the picture",
                  "excerpt": "or an excerpt", "link": "or a link", "kind": "It is"}  # fmt: skip
        help_texts = {"alt": "what the line does, and when; not “graph of latency”"}

    field_order = ["kind", "caption", "file", "alt", "excerpt", "link", "about", "when", "which", "day", "zone"]

    def __init__(self, postmortem, user, *args, instance=None, last=None, **options):
        super().__init__(postmortem, user, *args, instance=instance, last=last, **options)
        self.upload_fault, self.refusal = None, 0
        self.fields["about"].choices = [("", "The whole"), *anchors_of(postmortem)]
        if instance and instance.attachment:
            self.fields["file"].label = f"Another file than “{instance.attachment.name}”"

    @property
    def opens_more(self):
        """The zone is always filled in; it alone opens nothing."""
        return any(
            field.errors or (field.name not in ("zone", "which") and field.value()) for field in self.more_fields
        )

    def clean_about(self):
        return self.cleaned_data.get("about") or ""

    def clean_link(self):
        return self.cleaned_data["link"].strip()

    def clean_file(self):
        """What the upload itself could not take is told where the file was chosen."""
        if self.upload_fault:
            word, name = self.upload_fault
            self.refusal = 413 if word == TOO_LARGE else 507
            raise ValidationError(attachments.too_large(name) if word == TOO_LARGE else attachments.NO_ROOM)
        return self.cleaned_data.get("file")

    def clean(self):
        cleaned = super().clean()
        held = self.instance.attachment_id or cleaned.get("file")
        if not self.errors and not (held or cleaned.get("excerpt", "").strip() or cleaned.get("link")):
            self.add_error(None, "Choose a file, paste an excerpt or give a link.")
        return cleaned

    def values(self):
        """Stores the file; raises ValidationError where it is not taken."""
        values = super().values()
        file = values.pop("file")
        if file:
            try:
                values["attachment"] = attachments.store(self.postmortem, self.user, file)
            except Refused as refusal:
                self.refusal = refusal.status
                raise ValidationError({"file": f"{refusal} Choose the file again; what you typed is kept."}) from None
        return values


def anchors_of(postmortem):
    """[(anchor, name)] of what evidence can belong to; two queries."""
    sections = [(section.anchor, section.heading) for section in Section.objects.filter(postmortem=postmortem)]
    entries = TimelineEntry.objects.filter(postmortem=postmortem).only("uid", "text", "at", "zone", "precision")
    return sections + [
        (entry.anchor, f"{entry.local_text if entry.at else 'Entry'}: {entry}"[:90]) for entry in entries
    ]
