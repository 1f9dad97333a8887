"""Vocabularies that people edit: services, tags, themes and severities; and the old addresses they leave behind."""

import re

from django.db import models
from django.utils.text import slugify

from kb.accounts.models import Team
from kb.lib.addresses import address
from kb.lib.plain_text import validate_plain_text
from kb.lib.uids import new_uid
from postmortems.models.prompts import Prompt


class VocabularyQuerySet(models.QuerySet):
    def named(self, name):
        """The one with this name or slug, made if missing (imports make hundreds of them)."""
        return self.many_named([name])[0]

    def many_named(self, names):
        """Rows for `names`, in their order, made where missing. Two or three queries for any number."""
        slugs = [slug_of(name) for name in names]
        found = {row.slug: row for row in self.filter(slug__in=set(slugs))}
        missing = {slug: name for slug, name in zip(slugs, names, strict=True) if slug not in found}
        if missing:
            moved = OldAddress.objects.filter(kind=self.model.KIND, slug__in=missing).values_list("slug", "target_uid")
            targets = {row.uid: row for row in self.filter(uid__in=[uid for _, uid in moved])}
            found |= {slug: targets[uid] for slug, uid in moved if uid in targets}
            new = [self.model(name=name[:80], slug=slug) for slug, name in missing.items() if slug not in found]
            self.bulk_create(new, ignore_conflicts=True)
            found |= {row.slug: row for row in self.filter(slug__in=[row.slug for row in new])}
        return [found[slug] for slug in slugs]


def slug_of(name):
    """The address word of a name; names without a single letter or digit in ASCII keep their Unicode letters.

    Signs that tell names apart are spelled out: C, C++ and C# are three.
    """
    name = re.sub(r"(?<=\w)#", " sharp", re.sub(r"\+", " plus ", name))
    return (slugify(name) or slugify(name, allow_unicode=True) or "unnamed")[:80]


class Vocabulary(models.Model):
    uid = models.CharField(max_length=12, unique=True, default=new_uid, editable=False)
    name = models.CharField(max_length=80, validators=[validate_plain_text])
    slug = models.SlugField(max_length=80, unique=True, allow_unicode=True)
    about = models.CharField(max_length=300, blank=True, validators=[validate_plain_text])

    KIND = ""
    objects = VocabularyQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return address(self.KIND, self.slug)


class Service(Vocabulary):
    """Something that runs and that an incident can affect."""

    KIND = "service"
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="services")


class Tag(Vocabulary):
    class Kind(models.TextChoices):
        TOPIC = "topic", "Topic"
        TECHNOLOGY = "technology", "Technology"
        PRACTICE = "practice", "Practice"

    KIND = "tag"
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.TOPIC)


class Theme(Vocabulary):
    """What contributing factors of several postmortems have in common, so that it can be counted."""

    KIND = "theme"


class Severity(models.Model):
    slug = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=40, validators=[validate_plain_text])
    about = models.CharField(max_length=200, blank=True, validators=[validate_plain_text])
    rank = models.PositiveSmallIntegerField(default=1, help_text="1 is the most severe")
    depth = models.CharField(
        "suggested depth", max_length=10, blank=True, choices=Prompt.Depth.choices,
        help_text="what a new postmortem of this severity begins as, unless its writer chooses",
    )  # fmt: skip
    due_days = models.PositiveSmallIntegerField(
        "days for a countermeasure",
        default=60,
        help_text="suggested as its due date, counted from the day it is written",
    )
    check_days = models.PositiveSmallIntegerField(
        "days until the effect check", default=30, help_text="from the day that a countermeasure is done"
    )

    class Meta:
        ordering = ["rank"]
        verbose_name_plural = "severities"

    def __str__(self):
        return self.name


class OldAddress(models.Model):
    """A slug that a rename or merge gave up; pages redirect from it for good."""

    kind = models.CharField(max_length=10)
    slug = models.SlugField(max_length=80, allow_unicode=True)
    target_uid = models.CharField(max_length=12)

    class Meta:
        verbose_name_plural = "old addresses"
        constraints = [models.UniqueConstraint(fields=["kind", "slug"], name="one_target_per_old_address")]

    def __str__(self):
        return f"{self.kind}/{self.slug}"
