"""Sections: the prose of a postmortem, one row each; and which of them a depth starts with."""

from django.db import models

from postmortems.models.evidence import UNDESCRIBED
from postmortems.models.parts import STEP, Part, long_text, plain_line


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
    # One question per section: how and what, never why.
    PROMPTS = {
        "summary": "What happened, in three sentences that somebody from another team understands?",
        "background": "What does one need to know about the system to follow the story?",
        "impact": "Who could not do what, for how long, and how do we know?",
        "detection": "How did we notice, and what would have let us notice sooner?",
        "narrative": "What happened, in the order in which people saw it? What made this sensible at the time?",
        "resolution": "What brought the service back, and how did we know that it was back?",
        "other": "What else should somebody who was not there know?",
    }
    LAYOUTS = {
        "note": ["narrative"],
        "standard": ["summary", "impact", "detection", "narrative", "resolution"],
        "deep": ["summary", "background", "impact", "detection", "narrative", "resolution"],
    }

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

    @property
    def prompt(self):
        return self.PROMPTS[self.kind]

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
        people added besides comes after. One query and one insert, and one update where a note grows."""
        kinds = cls.LAYOUTS[postmortem.depth]
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
