"""Fields that point at other things: by slug, by user name, by reference or by uid; never by primary key."""

import re
from dataclasses import dataclass

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kb.accounts.models import Team, User
from postmortems.models import PART_MODELS, Attachment, OldAddress
from postmortems.models.catalog import slug_of

MOST = 100
STRINGS = {"type": "array", "items": {"type": "string"}, "maxItems": MOST}
STRING_OR_NULL = {"type": ["string", "null"]}
PLACE = re.compile(r"#([1-9]\d{0,3})")


class Pointer(serializers.Field):
    """One JSON string that names a row, or null. Subclasses find the row and say its name."""

    default_error_messages = {"string": "Write one string.", "list": "Write a list of at most {most} strings."}

    def __init__(self, **options):
        options.setdefault("allow_null", True)
        super().__init__(required=False, **options)

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("string")
        return self.find([data])[0]

    def to_representation(self, row):
        return self.name_of(row)


class Pointers(Pointer):
    """A list of names; one query for all of them."""

    def __init__(self, **options):
        super().__init__(allow_null=False, **options)

    def to_internal_value(self, data):
        if not isinstance(data, list) or len(data) > MOST or not all(isinstance(item, str) for item in data):
            self.fail("list", most=MOST)
        return self.find(list(dict.fromkeys(data))) if data else []

    def to_representation(self, rows):
        return [self.name_of(row) for row in rows.all()]


class _ByName:
    def missing(self, name):
        raise serializers.ValidationError(f"There is no {self.word} “{name}” to choose here.")


class _BySlug(_ByName):
    def __init__(self, model, **options):
        self.model = model
        super().__init__(**options)

    @property
    def word(self):
        return self.model._meta.verbose_name

    def name_of(self, row):
        return row.slug

    def find(self, slugs):
        found = {row.slug: row for row in self.model.objects.filter(slug__in=slugs)}
        for slug in slugs:
            found.setdefault(slug, None)
            if found[slug] is None:
                found[slug] = self._moved(slug) or self.missing(slug)
        return list(dict.fromkeys(found[slug] for slug in slugs))

    def _moved(self, slug):
        uid = OldAddress.objects.filter(kind=self.model._meta.model_name, slug=slug).values_list("target_uid").first()
        return self.model.objects.filter(uid=uid[0]).first() if uid and self.model.__name__ != "Severity" else None


@extend_schema_field(STRING_OR_NULL)
class Slug(_BySlug, Pointer):
    """A service, team or severity by its slug; slugs of before a rename work, too."""


@extend_schema_field(STRINGS)
class Slugs(_BySlug, Pointers):
    pass


@dataclass(frozen=True)
class Wanted:
    """Rows of a vocabulary that grows by use; made, where missing, in the transaction that needs them."""

    model: type
    names: tuple
    many: bool

    def rows(self):
        rows = list(dict.fromkeys(self.model.objects.many_named(self.names)))
        return rows if self.many else rows[0]


class _Growing(_BySlug):
    """A name that nobody used before makes a new one. So an answer never tells whether a hidden one exists."""

    def find(self, names):
        for name in names:
            if not name.strip() or len(name) > 80 or slug_of(name) == "unnamed":
                raise serializers.ValidationError(f"“{name[:90]}” is no name for a {self.word}: 1 to 80 characters.")
        return [Wanted(self.model, tuple(names), isinstance(self, Pointers))]


@extend_schema_field({**STRING_OR_NULL, "maxLength": 80})
class NewSlug(_Growing, Pointer):
    pass


@extend_schema_field({**STRINGS, "items": {"type": "string", "maxLength": 80}})
class NewSlugs(_Growing, Pointers):
    def to_internal_value(self, data):
        found = super().to_internal_value(data)
        return found[0] if found else []


class _ByUser(_ByName):
    word = "person"

    def name_of(self, user):
        return user.username

    def find(self, names):
        found = {user.username: user for user in User.objects.people().filter(username__in=names)}
        return [found.get(name) or self.missing(name) for name in names]


@extend_schema_field(STRING_OR_NULL)
class Person(_ByUser, Pointer):
    """Somebody by user name; in requests only people who can sign in."""


@extend_schema_field(STRINGS)
class People(_ByUser, Pointers):
    pass


@dataclass(frozen=True)
class Place:
    """The row at `index` of the list `kind` in the same request."""

    kind: str
    index: int


class _ByUid(_ByName):
    """A part of the same postmortem by its uid; while a postmortem is created, `#2` is the second in that list."""

    def __init__(self, kind, **options):
        self.kind = kind
        super().__init__(**options)

    @property
    def word(self):
        return f"{self.kind} of this postmortem"

    def name_of(self, row):
        return row.uid

    def find(self, uids):
        sizes = self.context.get("sizes")
        if sizes is not None:
            return [self._place(uid, sizes.get(self.kind, 0)) for uid in uids]
        rows = PART_MODELS[self.kind].objects.filter(postmortem=self.context.get("postmortem"), uid__in=uids)
        found = {row.uid: row for row in rows}
        return [found.get(uid) or self.missing(uid) for uid in uids]

    def _place(self, text, size):
        match = PLACE.fullmatch(text)
        if not match or int(match[1]) > size:
            raise serializers.ValidationError(f"“{text}” names no {self.kind} of this request; write #1 for the first.")
        return Place(self.kind, int(match[1]) - 1)


@extend_schema_field(STRING_OR_NULL)
class Own(_ByUid, Pointer):
    pass


@extend_schema_field(STRING_OR_NULL)
class OwnFile(_ByName, Pointer):
    """A file attached to the same postmortem, by its uid."""

    word = "attachment of this postmortem"

    def name_of(self, row):
        return row.uid

    def find(self, uids):
        rows = Attachment.objects.filter(postmortem=self.context.get("postmortem"), uid__in=uids)
        found = {row.uid: row for row in rows}
        return [found.get(uid) or self.missing(uid) for uid in uids]


@extend_schema_field(STRINGS)
class Owns(_ByUid, Pointers):
    pass


@extend_schema_field(STRING_OR_NULL)
class CountermeasureReference(Pointer):
    """CM-7, read only; null where its postmortem is hidden from whoever asks."""

    def __init__(self, **options):
        super().__init__(read_only=True, **options)

    def name_of(self, row):
        return row.reference if row.postmortem.can(self.context["request"].user, "read") else None


def settled(fields, made=None):
    """`fields` with what was only named turned into rows: new tags and themes, and places in `made` {kind: [row]}.
    Inside the transaction that writes them."""

    def settle(value):
        if isinstance(value, Wanted):
            return value.rows()
        if isinstance(value, Place):
            return made[value.kind][value.index]
        return [settle(item) for item in value] if isinstance(value, list) else value

    return {name: settle(value) for name, value in fields.items()}


def team():
    return Slug(model=Team)
