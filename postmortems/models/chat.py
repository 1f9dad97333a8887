"""A chat on its way into a timeline: what somebody gave, kept for a while (ChatUpload), and what was made of it, which
can be taken back as one (ChatImport)."""

import json
import zlib
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from kb.lib.uids import new_uid
from postmortems.importing.chat.message import Message
from postmortems.importing.chat.suggestions import fitting
from postmortems.importing.files import Refused
from postmortems.models.parts import plain_line
from postmortems.models.people import Participant
from postmortems.models.timeline import TimelineEntry

KEPT = timedelta(days=7)
MOST = 5  # uploads of one person; an older one makes room
MAX_PACKED = 20_000_000  # bytes
FIELDS = (
    "text precision typed author author_key email channel kind key thread link edited files plain file line".split()
)


class ChatUploadQuerySet(models.QuerySet):
    def of(self, user):
        """What this person gave; nobody else sees it."""
        return self.filter(by=user, at__gt=timezone.now() - KEPT)

    def overdue(self, now):
        return self.filter(at__lte=now - KEPT)


class ChatUpload(models.Model):
    """Messages that one person gave for one postmortem, seen by this person alone and gone after a week. The file that
    they came from is not kept. `picked`: places of the messages that were chosen so far."""

    uid = models.CharField(max_length=12, unique=True, default=new_uid, editable=False)
    postmortem = models.ForeignKey("postmortems.Postmortem", models.CASCADE, related_name="chat_uploads")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    name = plain_line(200)
    format = models.CharField(max_length=12)
    zone = models.CharField(max_length=60)
    count = models.PositiveIntegerField()
    faults = models.JSONField(default=list)
    picked = models.JSONField(default=list)
    hints = models.JSONField(default=dict, help_text="{place: names of the rules that would suggest it}")
    packed = models.BinaryField()

    objects = ChatUploadQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.name} ({self.count})"

    @classmethod
    def keep(cls, postmortem, by, name, zone, reading):
        """Keep what was read. Raises Refused if that is too much. About 2 s for 50,000 messages."""
        packed = zlib.compress(json.dumps([_row(message) for message in reading.messages]).encode(), 5)
        if len(packed) > MAX_PACKED:
            raise Refused(f"{name} holds more text than can be kept; choose a channel or a span of time.")
        with transaction.atomic():
            upload = cls.objects.create(
                postmortem=postmortem, by=by, name=name[:200], format=reading.format, zone=zone, packed=packed,
                hints={place: names for place, m in enumerate(reading.messages) if (names := fitting(m))},
                count=len(reading.messages), faults=[str(fault)[:300] for fault in reading.faults[:200]],
            )  # fmt: skip
            older = cls.objects.filter(by=by).order_by("-pk").values_list("pk", flat=True)[MOST:]
            cls.objects.filter(pk__in=list(older)).delete()
        return upload

    def messages(self):
        """All of them, in order; their place in the list is what `picked` names. About 0.4 s for 50,000."""
        return [_message(row) for row in json.loads(zlib.decompress(self.packed))]

    def pick(self, places):
        """Remember which messages are chosen."""
        self.picked = sorted(place for place in set(places) if 0 <= place < self.count)
        self.save(update_fields=["picked"])


def _row(message):
    return [message.at.isoformat() if message.at else None, *(getattr(message, name) for name in FIELDS)]


def _message(row):
    values = dict(zip(FIELDS, row[1:], strict=True))
    values["files"] = [tuple(file) for file in values["files"]]
    return Message(at=datetime.fromisoformat(row[0]) if row[0] else None, **values)


class ChatImport(models.Model):
    """What one acceptance made: rows as [uid, version right after]. Taken back as one, what was edited since apart."""

    uid = models.CharField(max_length=12, unique=True, default=new_uid, editable=False)
    postmortem = models.ForeignKey("postmortems.Postmortem", models.CASCADE, related_name="chat_imports")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    name = plain_line(200)
    entries = models.JSONField(default=list)
    participants = models.JSONField(default=list)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return f"{len(self.entries)} from {self.name}"

    def undo(self, by):
        """Remove the rows that nobody edited or used since; (removed, kept) numbers of entries. Once only."""
        with transaction.atomic():
            claimed = type(self).objects.filter(pk=self.pk, undone_at=None).update(undone_at=timezone.now())
            if not claimed:
                return 0, 0
            removed, kept, told = self._remove(TimelineEntry, self.entries)
            *_, people = self._remove(Participant, self.participants)
            if told or people:
                self.postmortem.note_changes(by, "remove", [*told, *people])
        self.refresh_from_db(fields=["undone_at"])
        return removed, kept

    def _remove(self, model, made):
        """(removed, kept, what the history is told). A row that something points at by now is in use, and stays."""
        versions = dict(made)
        rows = list(model.objects.filter(postmortem=self.postmortem, uid__in=versions))
        found = [(row, row.as_kept()) for row in rows if row.version == versions[row.uid]]
        told = [(row, row.as_data(), {}, kept) for row, kept in found if not kept["links"]]
        model.objects.filter(pk__in=[row.pk for row, *_ in told]).delete()
        return len(told), len(rows) - len(told), told
