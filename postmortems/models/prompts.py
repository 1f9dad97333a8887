"""Prompts: what the desk asks for at each depth, and with which question. Data that administrators edit.

One question per part, asked where one writes: how and what, never why, since "why" asks for a reason and finds a
person. What the table does not say, defaults() do; a new installation has them all as rows.
"""

from django.db import models

from postmortems.models.parts import plain_line

SECTION = "section"
QUESTIONS = {  # (part, kind of section) → question
    (SECTION, "summary"): "What happened, in three sentences that somebody from another team understands?",
    (SECTION, "background"): "What does one need to know about the system to follow the story?",
    (SECTION, "impact"): "Who could not do what, for how long, and how do we know?",
    (SECTION, "detection"): "How did we notice, and what would have let us notice sooner?",
    (SECTION, "narrative"): "How did it unfold for those who were there, and what made each step sensible at the time?",
    (SECTION, "resolution"): "What brought the service back, and how did we know that it was back?",
    (SECTION, "other"): "What else is good to know for somebody who was not there?",
    ("impact", ""): "What was lost, for whom, and how well do we know it?",
    ("participant", ""): "Who took part, and in which function?",
    ("milestone", ""): "When did it begin, when did we notice, when was it over?",
    ("entry", ""): "What did people see and do, in their own order?",
    ("perspective", ""): "How did it look from where each person stood?",
    ("question", ""): "What do we still want to know?",
    ("evidence", ""): "What shows it: a graph, a log, a chat, with what is to be seen?",
    ("factor", ""): "What made this possible, and what made it sensible at the time?",
    ("observation", ""): "What went well, what went poorly, where were we lucky?",
    ("countermeasure", ""): "What will be different, and how will we know?",
    ("learning", ""): "What would somebody in another team want to know from this?",
}
NOTE = [(SECTION, "narrative"), ("entry", ""), ("learning", "")]
STANDARD = [key for key in QUESTIONS if key not in ((SECTION, "background"), (SECTION, "other"))]
DEEP = [key for key in QUESTIONS if key != (SECTION, "other")]
SHOWN = {"note": NOTE, "standard": STANDARD, "deep": DEEP}


def defaults():
    """The rows of a new installation, as dicts: every part at every depth, shown or not."""
    for depth, shown in SHOWN.items():
        for place, (part, section) in enumerate(QUESTIONS, start=1):
            key = (part, section)
            yield {"depth": depth, "part": part, "section": section, "place": place, "shown": key in shown,
                   "question": QUESTIONS[key]}  # fmt: skip


class Prompt(models.Model):
    """What one depth asks of one part: sections by their kind, all other parts as a group."""

    class Depth(models.TextChoices):
        NOTE = "note", "Note"
        STANDARD = "standard", "Standard"
        DEEP = "deep", "Deep"

    depth = models.CharField(max_length=10, choices=Depth.choices)
    part = models.CharField(max_length=20)
    section = models.CharField("kind of section", max_length=12, blank=True)
    question = plain_line(200, blank=False, help_text="one question: how or what, never why")
    shown = models.BooleanField(default=True, help_text="what is not shown can still be added")
    place = models.PositiveSmallIntegerField(default=1, help_text="the order of the sections")

    class Meta:
        ordering = ["depth", "place", "pk"]
        constraints = [models.UniqueConstraint(fields=["depth", "part", "section"], name="one_prompt_for_each_part")]

    def __str__(self):
        return f"{self.get_depth_display()}: {self.section or self.part}"


class Guide:
    """What the desk asks at one depth. `Guide.of(postmortem)` reads it with one query."""

    def __init__(self, depth, rows=()):
        found = {(d["part"], d["section"]): d for d in defaults() if d["depth"] == depth}
        found |= {(row["part"], row["section"]): row for row in rows}
        self.rows = found

    @classmethod
    def of(cls, postmortem):
        fields = ("part", "section", "question", "shown", "place")
        return cls(postmortem.depth, Prompt.objects.filter(depth=postmortem.depth).values(*fields))

    def question(self, part, section=""):
        row = self.rows.get((part, section))
        return row["question"] if row else ""

    def shows(self, part, section=""):
        row = self.rows.get((part, section))
        return row is None or row["shown"]

    @property
    def sections(self):
        """The kinds of sections that a postmortem of this depth begins with, in their order."""
        rows = [row for (part, _), row in self.rows.items() if part == SECTION and row["shown"]]
        return [row["section"] for row in sorted(rows, key=lambda row: row["place"])]

    def hides(self, section):
        """Whether an empty section stays out of sight: what somebody wrote, skipped or added is always shown."""
        return (
            section.is_empty
            and not (section.skipped_because or section.title)
            and not self.shows(SECTION, section.kind)
        )
