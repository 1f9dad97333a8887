"""Fields that the writing forms share: prose, people, and names out of a vocabulary. No primary key leaves in them."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from kb.accounts.models import Team, User
from kb.lib.plain_text import validate_plain_text
from postmortems.models import Service, Tag
from postmortems.vocabulary import known_to

MOST_NAMES = 50
SUGGESTED = 200
USERNAME = re.compile(r"\(([^()\s]+)\)\s*$")
COMMON_ZONES = [
    "UTC", "Europe/London", "Europe/Berlin", "Europe/Paris", "Europe/Helsinki", "America/New_York", "America/Chicago",
    "America/Denver", "America/Los_Angeles", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo",
    "Australia/Sydney",
]  # fmt: skip


class ProseField(forms.CharField):
    """A long text, kept as it was typed but for its line ends; only spaces count as nothing."""

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, *args, **options):
        super().__init__(*args, strip=False, **options)

    def to_python(self, value):
        text = super().to_python(value).replace("\r\n", "\n").replace("\r", "\n")
        return text if text.strip() else ""


class PeopleField(forms.CharField):
    """People by name or user name, separated by commas; gives a list of User. One query for all of them.

    Where two people share a name, the user name in brackets says who is meant.
    """

    many = True

    def __init__(self, *args, max_length=4000, **options):
        super().__init__(*args, max_length=max_length, **options)
        self.current = []  # people who are in it already may stay, even if they left

    def prepare_value(self, value):
        if isinstance(value, str) or value is None:
            return value
        return ", ".join(label_of(user) for user in ([value] if isinstance(value, User) else value))

    def clean(self, value):
        names = names_in(super().clean(value))
        known = {label_of(user).lower(): user for user in self.current}
        wanted = [name for name in names if name.lower() not in known]
        found = people_called(wanted) if wanted else {}
        people = [known.get(name.lower()) or only_one(name, found[name]) for name in names]
        return list(dict.fromkeys(people))

    def suggestions(self):
        return [label_of(user) for user in User.objects.people()[:SUGGESTED]]


class PersonField(PeopleField):
    """One person, or None."""

    many = False

    def clean(self, value):
        people = super().clean(value)
        if len(people) > 1:
            raise ValidationError("Name one person.")
        return people[0] if people else None


def label_of(user):
    """`Ada Author (ada)`: what a person field shows, and understands."""
    return f"{user.name} ({user.username})" if user.name else user.username


def people_called(names):
    """{name: [users]} for every name, by user name or full name, whatever the case. One query."""
    keys = {name: (match[1] if (match := USERNAME.search(name)) else name).lower() for name in names}
    either = Q()
    for key in set(keys.values()):
        either |= Q(username__iexact=key) | Q(name__iexact=key)
    users = list(User.objects.people().filter(either))
    return {
        name: [u for u in users if u.username.lower() == key] or [u for u in users if u.name.lower() == key]
        for name, key in keys.items()
    }


def only_one(name, users):
    if not users:
        raise ValidationError(f"Nobody here is called “{name}”. Use the full name or the user name.")
    if len(users) > 1:
        raise ValidationError(
            f"Several people are called “{name}”; use the user name: "
            + ", ".join(user.username for user in users)
            + "."
        )
    return users[0]


class NamesField(forms.CharField):
    """Names from a vocabulary, separated by commas; gives a list of str. New names are made when the form is saved.

    `resolve(names)` turns them into rows: nothing is made while a form is only being checked.
    """

    def __init__(self, model, *args, many=True, creates=True, **options):
        super().__init__(*args, max_length=4000, **options)
        self.model, self.many, self.creates = model, many, creates

    def prepare_value(self, value):
        if isinstance(value, str) or value is None:
            return value
        return ", ".join(row.name for row in ([value] if isinstance(value, models.Model) else value))

    def clean(self, value):
        names = names_in(super().clean(value), self.many)
        for name in names:
            validate_plain_text(name)
            if len(name) > 80:
                raise ValidationError(f"“{name[:30]}…” has {len(name)} characters; a name has 80 at most.")
        if not self.creates and names:
            self.resolve(names)
        return names

    def resolve(self, names):
        """Rows for `names` in their order; for a single name the row or None. Raises ValidationError."""
        if not self.creates:
            return self._existing(names)
        rows = list(dict.fromkeys(self.model.objects.many_named(names))) if names else []
        return rows if self.many else (rows[0] if rows else None)

    def _existing(self, names):
        found = {}
        for row in self.model.objects.filter(Q(name__in=names) | Q(slug__in=[name.lower() for name in names])):
            found |= {row.name.lower(): row, row.slug: row}
        unknown = [name for name in names if name.lower() not in found]
        if unknown:
            raise ValidationError(f"There is no {self.model._meta.verbose_name} “{unknown[0]}”.")
        rows = list(dict.fromkeys(found[name.lower()] for name in names))
        return rows if self.many else (rows[0] if rows else None)

    def suggestions(self):
        """Names that `user` may know: what stands only where he may not read is not offered."""
        return list(known_to(self.user, self.model).values_list("name", flat=True)[:SUGGESTED])


def names_in(text, many=True):
    """The names of a comma-separated text, each once, in order."""
    names = [" ".join(name.split()) for name in (re.split(r"[,\n;]", text) if many else [text])]
    names = list({name.casefold(): name for name in reversed(names) if name}.values())[::-1]
    if len(names) > MOST_NAMES:
        raise ValidationError(f"These are {len(names)} names; {MOST_NAMES} at most.")
    return names


def as_form_field(db_field, **options):
    """The form field of a model field; used as `formfield_callback` by all writing forms."""
    target = getattr(db_field, "related_model", None)
    words = {"label": options.get("label") or label(db_field), "help_text": options.get("help_text", "")}
    many = isinstance(db_field, models.ManyToManyField)
    if target is User:
        return (PeopleField if many else PersonField)(required=False, **words)
    if target in (Service, Tag, Team):
        return NamesField(target, required=False, many=many, creates=target is not Team, **words)
    if isinstance(db_field, models.ForeignKey):
        key = "slug" if target._meta.model_name == "severity" else "uid"
        return db_field.formfield(to_field_name=key, empty_label="–", **options)
    if isinstance(db_field, models.ManyToManyField):
        return db_field.formfield(to_field_name="uid", widget=forms.CheckboxSelectMultiple, **options)
    if isinstance(db_field, (models.CharField, models.TextField)) and not db_field.choices:
        options["validators"] = db_field._validators  # a form checks the text itself, before anything is rendered
    if isinstance(db_field, models.TextField):
        return db_field.formfield(form_class=ProseField, **options)
    if isinstance(db_field, models.DateField) and not isinstance(db_field, models.DateTimeField):
        return db_field.formfield(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)
    return db_field.formfield(**options)


def label(db_field):
    text = str(db_field.verbose_name)
    return text[:1].upper() + text[1:]
