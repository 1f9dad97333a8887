"""Sections: the prose of a postmortem, one row each; and which of them a depth starts with."""

from django.db import models
from django.utils.functional import cached_property

from postmortems.models.evidence import UNDESCRIBED
from postmortems.models.parts import STEP, Part, long_text, plain_line
from postmortems.models.prompts import Guide


class Section(Part):
    class Kind(models.TextChoices):
        SUMMARY = "summary", "Summary"
        BACKGROUND = "background", "Background"
        IMPACT = "impact", "Impact"
        DETECTION = "detection", "Detection"
        NARRATIVE = "narrative", "What happened"
        RESOLUTION = "resolution", "Resolution"
        OTHER = "other", "Other"

    KIND = "section"
    MARKDOWN = {"text": "block"}

    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.OTHER)
    title = plain_line(120, help_text="only for a section of the kind “other”")
    text = long_text()
    text_html = models.TextField(blank=True, editable=False)
    skipped_because = plain_line(300)

    def __str__(self):
        return self.heading

    @property
    def heading(self):
        return self.title or self.get_kind_display()

    @cached_property
    def prompt(self):
        """The question that this depth asks here; one query, unless the desk has set it."""
        return Guide.of(self.postmortem).question(self.KIND, self.kind)

    @property
    def lacks_alt(self):
        """Whether it shows a picture that nobody described."""
        return bool(UNDESCRIBED.search(self.text))

    @property
    def is_empty(self):
        return not self.text.strip()

    @classmethod
    def lay_out(cls, postmortem):
        """Make the empty sections of the postmortem's depth that it does not have yet, in the order of the depth; what
        people added besides comes after. Two queries and one insert, and one update where a note grows. Nothing is ever
        removed: what a smaller depth does not ask for is out of sight while it is empty (Guide.hides)."""
        kinds = Guide.of(postmortem).sections
        rows = list(cls.objects.filter(postmortem=postmortem))
        have = {row.kind for row in rows}
        rows.sort(key=lambda row: kinds.index(row.kind) if row.kind in kinds else len(kinds))
        for later, row in enumerate(rows):
            row.position = (kinds.index(row.kind) + 1 if row.kind in kinds else len(kinds) + later + 1) * STEP
        cls.objects.bulk_update(rows, ["position"])
        cls.objects.bulk_create(
            cls(postmortem=postmortem, kind=kind, position=(place + 1) * STEP)
            for place, kind in enumerate(kinds)
            if kind not in have
        )
