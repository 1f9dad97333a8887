"""The writing desk: which groups of rows a postmortem is written in, what each asks, and how they are loaded."""

from dataclasses import dataclass, replace

from django.db.models import Prefetch, QuerySet

from postmortems.models import (
    PART_MODELS,
    ContributingFactor,
    Countermeasure,
    Milestone,
    Observation,
    Postmortem,
    WorkingCopy,
)
from postmortems.models.prompts import Guide


@dataclass(frozen=True)
class Group:
    """Rows of one kind. `anchor` is where the gate's checklist points; `question` its one prompt (see Guide)."""

    kind: str
    anchor: str
    title: str
    add: str
    one: str
    question: str = ""

    @property
    def row_template(self) -> str:
        return f"postmortems/writing/rows/{self.kind}.html"

    @property
    def is_timed(self) -> bool:
        return self.kind in ("entry", "milestone", "evidence")


GROUPS = {
    group.kind: group
    for group in (
        Group("section", "sections", "The story", "Add a section", "section"),
        Group("impact", "impact", "Impact in numbers", "Add a number", "number"),
        Group("participant", "people", "People in the event", "Add a person", "person"),
        Group("milestone", "milestones", "Key times", "Set a key time", "key time"),
        Group("entry", "timeline", "Timeline", "Add an entry", "entry"),
        Group("perspective", "perspectives", "Perspectives", "Add a perspective", "perspective"),
        Group("question", "questions", "Questions", "Add a question", "question"),
        Group("evidence", "evidence", "Evidence", "Add evidence", "piece of evidence"),
        Group("factor", "factors", "Contributing factors", "Add a factor", "factor"),
        Group("observation", "observations", "What else we noticed", "Add an observation", "observation"),
        Group("countermeasure", "countermeasures", "Countermeasures", "Add a countermeasure", "countermeasure"),
        Group("learning", "learnings", "Learnings", "Add a learning", "learning"),
    )
}


def rows_of(postmortem: Postmortem, kind: str) -> QuerySet:
    """The rows of one kind with what a line shows of them; one query, and one per many-to-many relation."""
    rows = PART_MODELS[kind].objects.filter(postmortem=postmortem)
    if kind == "participant":
        rows = rows.select_related("user")
    elif kind == "entry":
        rows = rows.select_related("participant__user")
    elif kind == "perspective":
        rows = rows.select_related("participant__user")
    elif kind == "question":
        rows = rows.select_related("entry")
    elif kind == "evidence":
        rows = rows.select_related("attachment")
    elif kind == "factor":
        rows = rows.select_related("theme").prefetch_related(_numbers_of_answers())
    elif kind == "observation":
        rows = rows.prefetch_related(_numbers_of_answers())
    elif kind == "learning":
        rows = rows.prefetch_related("services", "tags")
    elif kind == "countermeasure":
        rows = rows.select_related("owner", "team", "superseded_by").prefetch_related(
            Prefetch("factors", ContributingFactor.objects.only("uid", "statement")),
            Prefetch("observations", Observation.objects.only("uid", "text")),
        )
    return rows


def _numbers_of_answers() -> Prefetch:
    return Prefetch("countermeasures", Countermeasure.objects.only("number", "postmortem_id"))


def guided(postmortem: Postmortem, kind: str, guide: Guide | None = None) -> Group:
    """The group with the question that the postmortem's depth asks; one query without a `guide`."""
    return replace(GROUPS[kind], question=(guide or Guide.of(postmortem)).question(kind))


def loaded(postmortem: Postmortem, kind: str, guide: Guide | None = None) -> list:
    """rows_of() as a list whose rows know their postmortem without asking again. Sections know their question, and
    those that this depth does not ask for are left out while they are empty and nobody is writing in them."""
    rows = list(rows_of(postmortem, kind))
    for row in rows:
        row.postmortem = postmortem
    return _asked(postmortem, rows, guide or Guide.of(postmortem)) if kind == "section" else rows


def _asked(postmortem, sections, guide):
    hidden = {section.uid for section in sections if guide.hides(section)}
    if hidden:
        hidden -= set(postmortem.working_copies.filter(part_uid__in=hidden).values_list("part_uid", flat=True))
    for section in sections:
        section.prompt = guide.question("section", section.kind)
    return [section for section in sections if section.uid not in hidden]


def milestones_of(rows: list[Milestone]) -> list[tuple[str, str, Milestone | None]]:
    """(type, label, row or None) for every type of milestone, in the order in which they usually come."""
    found = {row.type: row for row in rows}
    return [(type_, label, found.get(type_)) for type_, label in Milestone.Type.choices]


def with_working_copies(postmortem: Postmortem, person, desk: list) -> list[WorkingCopy]:
    """Give every row of the desk, and the postmortem, `kept`: what this person typed there and did not make live.

    Returns those whose part somebody removed meanwhile. One query.
    """
    copies = {copy.part_uid: copy for copy in postmortem.working_copies.filter(person=person)}
    for part in [postmortem, *(row for _, rows in desk for row in rows)]:
        part.kept = copies.pop(part.uid, None)
    return list(copies.values())


def desk_of(postmortem: Postmortem) -> list[tuple[Group, list]]:
    """[(group, rows)] of everything that its depth asks for, and of what it has besides; about a dozen queries."""
    guide = Guide.of(postmortem)
    found = [(guided(postmortem, kind, guide), loaded(postmortem, kind, guide)) for kind in GROUPS]
    return [(group, rows) for group, rows in found if rows or guide.shows(group.kind)]


def further_groups(desk: list[tuple[Group, list]]) -> list[Group]:
    """What this depth does not ask for and can still be added; pure."""
    shown = {group.kind for group, _ in desk}
    return [group for kind, group in GROUPS.items() if kind not in shown]


VERBS = {  # verb → (what the button says, what is said after it)
    "accept": ("Accept", "Accepted."),
    "start": ("Start", "In progress."),
    "complete": ("Done", "Done. Say what to expect and when to look, so that its effect can be checked."),
    "check_effect": ("Check its effect", "Noted."),
    "decline": ("Decline …", "Declined; the reason stays with it."),
    "supersede": ("Replace …", "Superseded."),
    "reopen": ("Reopen", "Open again."),
}
ASKING = ("check_effect", "decline", "supersede")  # these want to know something first


def verbs_of(countermeasure: Countermeasure) -> list[tuple[str, str, bool]]:
    """[(verb, label, whether it asks something first)] that fit its state; pure."""
    moves = {**Countermeasure.MOVES, "check_effect": ({"done"}, "")}
    return [
        (verb, label, verb in ASKING) for verb, (label, _) in VERBS.items() if countermeasure.status in moves[verb][0]
    ]
