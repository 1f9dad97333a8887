"""Evidence: what was kept of the event, as an excerpt, a file or a link; and Attachment, the files themselves."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.utils import timezone

from kb.lib.plain_text import validate_plain_text
from kb.lib.uids import new_uid
from postmortems.models.parts import long_text, plain_line
from postmortems.models.time import TimedPart

DESCRIBE = "Describe this picture"  # stands in a text until somebody writes what is to be seen
EMBEDDED = re.compile(r'src="/attachments/([a-z0-9]{12})/"')
UNDESCRIBED = re.compile(rf"!\[\s*(?:{DESCRIBE})?\s*\]\(/attachments/")


class Attachment(models.Model):
    """A file of a postmortem: never changed, stored under a made-up name, gone only with a purge.

    Readers get it while a row of evidence holds it; those who write, always: so what was removed can come back.
    """

    uid = models.CharField(max_length=12, unique=True, default=new_uid, editable=False)
    postmortem = models.ForeignKey("postmortems.Postmortem", models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    stored = models.CharField(max_length=40, unique=True)  # its name in DATA_DIR/attachments
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return f"/attachments/{self.uid}/"  # what texts name it by, so it never changes

    @property
    def is_picture(self):
        return self.media_type.startswith("image/")


class Evidence(TimedPart):
    """`at` is when it was captured; `about` the anchor of the section or row that it belongs to, "" for the whole."""

    class Kind(models.TextChoices):
        CHAT = "chat", "Chat excerpt"
        GRAPH = "graph", "Graph"
        LOG = "log", "Log"
        CONFIG = "config", "Configuration"
        TICKET = "ticket", "Ticket"
        RUNBOOK = "runbook", "Runbook"

    KIND = "evidence"
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.LOG)
    caption = plain_line(300)
    excerpt = long_text()
    link = models.CharField(max_length=2000, blank=True, validators=[URLValidator(["http", "https"])])
    attachment = models.ForeignKey(
        Attachment, models.SET_NULL, null=True, blank=True, related_name="evidence", verbose_name="file"
    )
    alt = plain_line(500, verbose_name="description for those who cannot see it")
    about = models.CharField("belongs to", max_length=40, blank=True, validators=[validate_plain_text])

    class Meta(TimedPart.Meta):
        verbose_name = "evidence"
        verbose_name_plural = "evidence"

    def __str__(self):
        return self.caption or (self.attachment.name if self.attachment else "") or self.get_kind_display()

    def clean(self):
        if not (self.excerpt.strip() or self.link or self.attachment_id):
            raise ValidationError("Evidence holds something: an excerpt, a file or a link.")

    @property
    def picture(self):
        """Its attachment if browsers can draw it."""
        return self.attachment if self.attachment and self.attachment.is_picture else None

    @property
    def lacks_alt(self):
        return bool(self.picture and not self.alt.strip())


def embedded_in(html):
    """Uids of the attachments that a rendered text shows."""
    return set(EMBEDDED.findall(html))
