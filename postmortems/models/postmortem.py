"""Postmortem: the whole, with its few fields of its own; everything else hangs on it as parts."""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.validators import URLValidator
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from kb.accounts.models import Team
from kb.events.record import consumers_of, record, request_delivery
from kb.lib.addresses import address
from postmortems.models.catalog import Service, Severity, Tag
from postmortems.models.changes import Change
from postmortems.models.numbers import next_numbers
from postmortems.models.parts import Conflict, Versioned, plain_line, rendered
from postmortems.models.states import States
from postmortems.models.time import zone_field
from postmortems.models.visibility import OPEN, Access, trash_q, visible_q

TRASH_KEPT = timedelta(days=30)


class PostmortemQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What `user` may see, trash apart."""
        return self.filter(visible_q(user))

    def in_trash_of(self, user):
        return self.filter(trash_q(user))

    def published(self):
        return self.filter(status="published", trashed_at=None)

    def drafts(self):
        return self.filter(status__in=["draft", "in_review"], trashed_at=None)

    def open_to_everybody(self):
        """Published or archived for the whole organization."""
        return self.filter(status__in=OPEN, visibility="organization", trashed_at=None)

    def became_visible(self, since, until):
        """Announced in this period: visible to the organization since a moment in (since, until], not imported."""
        return self.open_to_everybody().filter(
            visible_since__gt=since, visible_since__lte=until, origin=Postmortem.Origin.WRITTEN
        )

    def written_by(self, user):
        return self.filter(
            models.Q(owner=user)
            | models.Q(pk__in=self.model.authors.through.objects.filter(user=user).values("postmortem"))
        )

    def for_cards(self):
        """With what a line in a list shows; a constant number of queries."""
        return self.select_related("severity", "owner").prefetch_related("services", "teams", "tags")

    def overdue_in_trash(self, now):
        return self.filter(trashed_at__lt=now - TRASH_KEPT)


class Postmortem(States, Versioned):
    class Kind(models.TextChoices):
        INCIDENT = "incident", "Incident"
        NEAR_MISS = "near_miss", "Near miss"
        EXERCISE = "exercise", "Exercise"
        PLANNED_CHANGE = "planned_change", "Planned change gone odd"

    class Depth(models.TextChoices):
        NOTE = "note", "Note"
        STANDARD = "standard", "Standard"
        DEEP = "deep", "Deep"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        PUBLISHED = "published", "Published"
        ARCHIVED = "archived", "Archived"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Visibility(models.TextChoices):
        ORGANIZATION = "organization", "Organization"
        RESTRICTED = "restricted", "Restricted"

    class Origin(models.TextChoices):
        WRITTEN = "written", "Written here"
        IMPORTED = "imported", "Imported"

    class Trigger(models.TextChoices):
        """SRE Workbook, appendix C, and five more."""

        BINARY_PUSH = "binary_push", "Binary push"
        CONFIGURATION_PUSH = "configuration_push", "Configuration push"
        USER_BEHAVIOUR_CHANGE = "user_behaviour_change", "User behaviour change"
        PROCESSING_PIPELINE = "processing_pipeline", "Processing pipeline"
        PROVIDER_CHANGE = "provider_change", "Provider change"
        PERFORMANCE_DECAY = "performance_decay", "Performance decay"
        CAPACITY = "capacity", "Capacity"
        HARDWARE = "hardware", "Hardware"
        CERTIFICATE_OR_CLOCK_EXPIRY = "certificate_or_clock_expiry", "Certificate or clock expiry"
        SECURITY_EVENT = "security_event", "Security event"
        EXERCISE = "exercise", "Exercise"
        UNKNOWN = "unknown", "Unknown"

    KIND = "postmortem"
    MARKDOWN = {"takeaway": "inline", "nothing_new_because": "inline"}
    HIDDEN = Versioned.HIDDEN | {
        "number",
        "status",
        "visibility",
        "origin",
        "details_version",
        "published_at",
        "visible_since",
        "withdrawn_because",
        "trashed_at",
        "trashed_by",
        "created_by",
    }

    number = models.PositiveIntegerField(unique=True, editable=False)
    title = plain_line(200, blank=False)
    takeaway = plain_line(400)
    takeaway_html = models.TextField(blank=True, editable=False)
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.INCIDENT)
    depth = models.CharField(max_length=10, choices=Depth.choices, default=Depth.STANDARD)
    severity = models.ForeignKey(Severity, models.PROTECT, null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT, editable=False)
    visibility = models.CharField(
        max_length=12, choices=Visibility.choices, default=Visibility.ORGANIZATION, editable=False
    )
    origin = models.CharField(max_length=8, choices=Origin.choices, default=Origin.WRITTEN, editable=False)
    trigger = models.CharField(max_length=30, choices=Trigger.choices, blank=True)
    zone = zone_field("the zone that the incident is told in")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="owned")
    facilitator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="facilitated"
    )
    authors = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="authored", blank=True)
    teams = models.ManyToManyField(Team, related_name="postmortems", blank=True)
    services = models.ManyToManyField(Service, related_name="postmortems", blank=True)
    conditions = models.ManyToManyField(
        Service, related_name="conditions", blank=True, verbose_name="services where the conditions lay"
    )
    tags = models.ManyToManyField(Tag, related_name="postmortems", blank=True)
    source_url = models.CharField(
        "source link", max_length=2000, blank=True, validators=[URLValidator(["http", "https"])]
    )
    language = models.CharField(max_length=12, default="en")
    due_on = models.DateField("due date", null=True, blank=True)
    fixed_from = models.DateField("countermeasures soak until", null=True, blank=True)
    nothing_new_because = plain_line(400)
    nothing_new_because_html = models.TextField(blank=True, editable=False)
    details_version = models.PositiveIntegerField(default=1, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    published_at = models.DateTimeField(null=True, editable=False)
    visible_since = models.DateTimeField(null=True, editable=False, db_index=True)
    withdrawn_because = models.TextField(blank=True, editable=False)
    trashed_at = models.DateTimeField(null=True, editable=False, db_index=True)
    trashed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )

    objects = PostmortemQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        indexes = [
            models.Index(fields=["status", "visibility", "trashed_at", "-published_at"], name="of_one_state"),
            models.Index(fields=["owner", "status"]),
            # Lists read what everybody may see in this order and count it without touching the rows.
            models.Index(
                fields=["visibility", "trashed_at", "-published_at", "-number", "status"], name="readable_newest"
            ),
        ]

    def __str__(self):
        return f"{self.reference} {self.title}"

    @property
    def reference(self):
        return f"PM-{self.number}"

    def get_absolute_url(self):
        return address("postmortem", self.reference)

    def access(self, user):
        """What `user` may do with it: `.read`, `.comment`, `.write`, `.lead`, `.review`, `.restore`."""
        return Access(user, self)

    def can(self, user, verb):
        return bool(self.access(user)[verb])

    def break_glasses(self):
        """Who opened it by break-glass, the latest first; everybody who may read it sees them. One query."""
        return self.named_set.filter(break_glass=True).select_related("user").order_by("-at")

    @property
    def is_imported(self):
        return self.origin == self.Origin.IMPORTED

    @property
    def is_live(self):
        """Whether others than its writers read it, so that typing is kept apart until Save."""
        return self.status in OPEN

    @property
    def is_open(self):
        return self.status in OPEN and self.visibility == self.Visibility.ORGANIZATION and not self.trashed_at

    def part_at(self, anchor):
        """The section or row with this anchor ("entry-k3vq8zr2mw5t"), or None. One query."""
        from postmortems.models import PART_MODELS

        kind, _, uid = anchor.partition("-")
        return PART_MODELS[kind].objects.filter(postmortem=self, uid=uid).first() if kind in PART_MODELS else None

    # --- writing ----------------------------------------------------------------------------------------------

    @classmethod
    def start(cls, by, title, **fields):
        """A new draft of `by`: a title is enough. Also adds the sections of its depth. Raises ValidationError."""
        from postmortems.models.sections import Section

        many = {f.name for f in cls._meta.many_to_many}
        columns = rendered({k: v for k, v in fields.items() if k not in many}, cls.MARKDOWN)
        columns = {"zone": by.zone if by else "UTC", "owner": by, **columns}
        postmortem = cls(title=title.strip(), created_by=by, number=0, **columns)
        postmortem.full_clean(exclude=["number"])
        with transaction.atomic():
            postmortem.number = next_numbers("postmortem")[0]
            postmortem.save(force_insert=True)
            for name in many & fields.keys():
                getattr(postmortem, name).set(fields[name])
            if "teams" not in fields and by:
                postmortem.teams.set(by.teams.all())
            Section.lay_out(postmortem)
            Change.objects.write(postmortem, by, postmortem, "add", {}, {"title": postmortem.title})
            record("postmortem.started", actor=by, subject=f"postmortem:{postmortem.uid}", group=postmortem.uid)
        return postmortem

    def change_details(self, by, version, *, action="change", **fields):
        """Write fields of the head if `version` is still their version (`details_version`); else raise Conflict.

        A new depth brings the sections that it lacks. Raises PermissionDenied for `led_fields` of others.
        """
        from postmortems.models.sections import Section

        if by is not None and self.led_fields() & fields.keys() and not self.access(by).lead:
            raise PermissionDenied("Who owns it, and who writes a restricted one, is for its owner to decide.")
        fields = rendered(fields, self.MARKDOWN)
        columns, many = self._split(fields)
        names = [name for name in self.data_fields() if name in fields]
        with transaction.atomic():
            current = type(self).objects.get(pk=self.pk)
            if current.details_version != version:
                raise Conflict(current)
            before = current.as_data(names)
            for name, value in columns.items():
                setattr(current, name, value)
            current.full_clean(exclude=["number"])
            claimed = (
                type(self)
                .objects.filter(pk=self.pk, details_version=version)
                .update(details_version=F("details_version") + 1, **{name: getattr(current, name) for name in columns})
            )
            if not claimed:
                raise Conflict(type(self).objects.get(pk=self.pk))
            for name, value in many.items():
                getattr(current, name).set(value)
            self.refresh_from_db()
            if "depth" in columns and columns["depth"] != before["depth"]:
                Section.lay_out(self)
            self.note_change(by, self, action, before, self.as_data(names))
        return self

    def led_fields(self):
        """Names of the fields that decide who may read or lead it: only who leads it changes them."""
        return {"owner", "authors", "teams"} if self.visibility == self.Visibility.RESTRICTED else {"owner"}

    def note_change(self, by, part, action, before, after, kept=None):
        """One acknowledged write to any part: version + 1, one Change, one to-do per consumer of changes. Returns the
        Change; `kept` is what a removed part needs to come back (Part.as_kept)."""
        now = timezone.now()
        type(self).objects.filter(pk=self.pk).update(version=F("version") + 1, updated_at=now)
        self.refresh_from_db(fields=["version", "updated_at"])
        change = Change.objects.write(self, by, part, action, before, after, kept)
        request_delivery(consumers_of(self._kind_of_change()), [f"postmortem:{self.uid}"])
        return change

    def note_changes(self, by, action, told):
        """One acknowledged write to many parts: version + 1, and a Change for each of `told`, [(part, before, after,
        kept)], with that version, by which they can be found together. Inside the transaction that writes them."""
        type(self).objects.filter(pk=self.pk).update(version=F("version") + 1, updated_at=timezone.now())
        self.refresh_from_db(fields=["version", "updated_at"])
        Change.objects.write_many(self, by, action, told)
        request_delivery(consumers_of(self._kind_of_change()), [f"postmortem:{self.uid}"])

    def _kind_of_change(self):
        """“revised” is a change of what people read already; “changed” is one on the desk."""
        return "postmortem.revised" if self.status in OPEN else "postmortem.changed"

    def hand_over(self, to, by):
        """A new owner, for instance because the old one left."""
        with transaction.atomic():
            before = self.owner
            type(self).objects.filter(pk=self.pk).update(owner=to, details_version=F("details_version") + 1)
            self.owner = to
            self.note_change(by, self, "owner", {"owner": as_uid(before)}, {"owner": as_uid(to)})
            record("postmortem.handed_over", actor=by, subject=f"postmortem:{self.uid}", group=self.uid)

    def as_aggregate(self):
        """Everything people wrote, as JSON: {"postmortem": {...}, "section": [...], …}; a query or two per kind."""
        from postmortems.models import PART_MODELS

        parts = {
            kind: [{"uid": row.uid, **row.as_data()} for row in model.rows_with_data(self)]
            for kind, model in PART_MODELS.items()
        }
        head = {"uid": self.uid, "number": self.number, "status": self.status, "visibility": self.visibility}
        return {"postmortem": {**head, **self.as_data()}, **parts}


def as_uid(user):
    return user.uid if user else None
