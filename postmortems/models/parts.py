"""Part: a section or row of a postmortem, with its own version, checked on every save.

The three verbs `add`, `change` and `remove` render outside of the transaction, then write the row, its Change, the
postmortem's new version and the to-dos of the index in one transaction. Nothing else writes parts, bulk import apart.
"""

import datetime
import decimal

from django.core.validators import MaxLengthValidator
from django.db import models, transaction
from django.db.models import F, Max
from django.utils import timezone

from kb.lib import markdown
from kb.lib.plain_text import validate_not_blank, validate_plain_text
from kb.lib.uids import new_uid

STEP = 1024  # distance of neighbouring positions, so that a row can move in between without touching others
LONG = 100_000  # characters of one text, at most


class Conflict(Exception):
    """Somebody saved this part after it was read. `current` is the part as it is now (None: removed)."""

    def __init__(self, current, message="This part was changed after you opened it."):
        super().__init__(message)
        self.current = current


def plain_line(length, *, blank=True, **options):
    """A one-line text field with our checks."""
    empty = {"default": ""} if blank else {}
    return models.CharField(max_length=length, blank=blank, validators=_validators(blank), **empty, **options)


def long_text(*, blank=True, **options):
    """A Markdown or plain text field of at most LONG characters."""
    validators = [*_validators(blank), MaxLengthValidator(LONG)]  # a TextField's own limit holds in forms only
    return models.TextField(max_length=LONG, blank=blank, validators=validators, **options)


def _validators(blank):
    return [validate_plain_text] if blank else [validate_plain_text, validate_not_blank]


def rendered(fields, markdown_fields):
    """`fields` plus `<name>_html` for each Markdown field among them; one round trip to the renderer.

    HTML that is there already stays: who writes many rows in one transaction renders them all before it.
    """
    names = [name for name in markdown_fields if name in fields and f"{name}_html" not in fields]
    if not names:
        return fields
    htmls = markdown.render_many([(fields[name], markdown_fields[name] == "inline") for name in names])
    return {**fields, **{f"{n}_html": h for n, h in zip(names, htmls, strict=True)}, "renderer": markdown.RENDERER}


def as_json(value):
    """A field's value as JSON keeps it: uids for rows, ISO 8601 for times."""
    if isinstance(value, models.Model):
        return getattr(value, "uid", None) or getattr(value, "slug", None) or str(value.pk)
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, (list, tuple, set, models.QuerySet)):
        return sorted(as_json(item) for item in value)
    return value


class Versioned(models.Model):
    """What Part and Postmortem share: a uid, a version checked on save, and data for the history."""

    uid = models.CharField(max_length=12, unique=True, default=new_uid, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    renderer = models.PositiveSmallIntegerField(default=0, editable=False)

    MARKDOWN = {}  # field → "block" or "inline"
    HIDDEN = {"id", "uid", "version", "created_at", "updated_at", "renderer", "postmortem"}

    class Meta:
        abstract = True

    @classmethod
    def data_fields(cls):
        """Names of the fields that people fill in, in the order of the model."""
        meta = cls._meta
        html = {f"{name}_html" for name in cls.MARKDOWN}
        names = [f.name for f in meta.concrete_fields if f.name not in cls.HIDDEN | html]
        return names + [f.name for f in meta.many_to_many]

    def as_data(self, names=None):
        """{field: JSON value}, for Changes, Snapshots and the display of conflicts."""
        many = {f.name for f in self._meta.many_to_many}
        return {
            name: as_json(getattr(self, name).all() if name in many else getattr(self, name))
            for name in names or self.data_fields()
        }

    def _split(self, fields):
        many = {f.name for f in self._meta.many_to_many}
        columns = {name: value for name, value in fields.items() if name not in many}
        return columns, {name: value for name, value in fields.items() if name in many}


class Part(Versioned):
    postmortem = models.ForeignKey("postmortems.Postmortem", models.CASCADE, related_name="%(class)s_set")
    position = models.BigIntegerField(default=0, editable=False)

    KIND = ""  # the word for this part in addresses, changes and the API
    HIDDEN = Versioned.HIDDEN | {"position"}

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    @property
    def anchor(self):
        return f"{self.KIND}-{self.uid}"

    @property
    def reference(self):
        return self.postmortem.reference

    def get_absolute_url(self):
        return f"{self.postmortem.get_absolute_url()}#{self.anchor}"

    @classmethod
    def rows_with_data(cls, postmortem):
        """Its rows with everything that as_data() asks of them; one query, and one per many-to-many field."""
        names = set(cls.data_fields())
        one = [f.name for f in cls._meta.concrete_fields if f.is_relation and f.name in names]
        rows = cls.objects.filter(postmortem=postmortem).prefetch_related(*(f.name for f in cls._meta.many_to_many))
        return rows.select_related(*one) if one else rows

    @classmethod
    def add(cls, postmortem, by, **fields):
        """Create a row at the end (or where its time puts it); returns it. Raises ValidationError."""
        fields = rendered(fields, cls.MARKDOWN)
        part = cls(postmortem=postmortem)
        columns, many = part._split(fields)
        for name, value in columns.items():
            setattr(part, name, value)
        part.full_clean(exclude=["postmortem"])
        with transaction.atomic():
            part.take_place()
            part.on_add()
            part.save(force_insert=True)
            for name, value in many.items():
                getattr(part, name).set(value)
            postmortem.note_change(by, part, "add", {}, part.as_data())
        return part

    def change(self, by, version, *, action="change", **fields):
        """Write `fields` if the part still has `version`; else raise Conflict with the part as it is now.

        `action` is the word in the history: "change", or "restore" for what is put back from it.
        """
        fields = rendered(fields, self.MARKDOWN)
        columns, many = self._split(fields)
        names = [name for name in self.data_fields() if name in fields]
        with transaction.atomic():
            current = type(self).objects.select_related("postmortem").filter(pk=self.pk).first()
            if current is None or current.version != version:
                raise Conflict(current)
            before = current.as_data(names)
            for name, value in columns.items():
                setattr(current, name, value)
            current.full_clean(exclude=["postmortem", "uid"])  # the uid stays, so it need not be looked up
            if "at" in columns:
                current.take_place()
            stamp = {"version": version + 1, "updated_at": timezone.now(), "position": current.position}
            claimed = (
                type(self)
                .objects.filter(pk=self.pk, version=version)
                .update(**{name: getattr(current, name) for name in columns}, **stamp)
            )
            if not claimed:  # somebody was faster between our read and our write
                raise Conflict(type(self).objects.filter(pk=self.pk).first())
            for name, value in many.items():
                getattr(current, name).set(value)
            current.version, current.updated_at = stamp["version"], stamp["updated_at"]
            current.postmortem.note_change(by, current, action, before, current.as_data(names))
        self.__dict__.update(current.__dict__)
        return self

    def remove(self, by, version):
        """Delete the row if it still has `version`; returns the Change, whose `undo(by)` brings it back as it was."""
        with transaction.atomic():
            current = type(self).objects.select_for_update().filter(pk=self.pk).first()
            if current is None or current.version != version:
                raise Conflict(current)
            before, kept = current.as_data(), current.as_kept()
            current.delete()
            return self.postmortem.note_change(by, self, "remove", before, {}, kept)

    def as_kept(self):
        """What must come back with a removed row beside its data: {"hidden": {field: value}, "links": [[kind, field,
        uids of the rows that point at it]]}. One query per relation that leads to it."""
        apart = {"id", "uid", "postmortem", "renderer"}
        hidden = [f.name for f in self._meta.concrete_fields if f.name in self.HIDDEN - apart]
        links = []
        for relation in self._meta.related_objects:
            if issubclass(relation.related_model, Part):
                rows = relation.related_model.objects.filter(**{relation.field.name: self.pk})
                uids = list(rows.order_by("pk").values_list("uid", flat=True))
                links += [[relation.related_model.KIND, relation.field.name, uids]] if uids else []
        return {"hidden": {name: as_json(getattr(self, name)) for name in hidden}, "links": links}

    def move(self, by, after=None):
        """Put the row behind `after` (None: first). Rows with a time go where their time puts them instead."""
        with transaction.atomic():
            before = {"position": self.position}
            rows = list(
                type(self).objects.filter(postmortem=self.postmortem).exclude(pk=self.pk).order_by("position", "pk")
            )
            index = next((i + 1 for i, row in enumerate(rows) if after and row.pk == after.pk), 0)
            self.position = self._between(rows, index)
            type(self).objects.filter(pk=self.pk).update(position=self.position, version=F("version") + 1)
            self.refresh_from_db(fields=["version"])
            self.postmortem.note_change(by, self, "move", before, {"position": self.position})

    def take_place(self):
        """Set `position`: at the end, unless the row already has one. Timed rows override this."""
        if not self.position:
            last = type(self).objects.filter(postmortem=self.postmortem).aggregate(last=Max("position"))["last"]
            self.position = (last or 0) + STEP

    def on_add(self):
        """Hook for rows that need a number before their first save."""

    def _between(self, rows, index):
        """A position between rows[index-1] and rows[index]; respreads all rows where there is no room."""
        low = rows[index - 1].position if index else 0
        high = rows[index].position if index < len(rows) else low + 2 * STEP
        if high - low < 2:
            for place, row in enumerate(rows):
                row.position = (place + 1) * STEP
            type(self).objects.bulk_update(rows, ["position"])
            return self._between(rows, index)
        return (low + high) // 2
