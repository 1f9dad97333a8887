"""The writing desk: which groups of rows a postmortem is written in, what each asks, and how they are loaded."""

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Group:
    """Rows of one kind. `anchor` is where the gate's checklist points; `question` is its one prompt."""

    kind: str
    anchor: str
    title: str
    question: str
    add: str
    one: str

    @property
    def row_template(self) -> str:
        return f"postmortems/writing/rows/{self.kind}.html"

    @property
    def is_timed(self) -> bool:
        return self.kind in ("entry", "milestone", "evidence")


DEEPER = ("perspective", "question")

GROUPS = {
    group.kind: group
    for group in (
        Group("section", "sections", "The story", "", "Add a section", "section"),
        Group(
            "impact",
            "impact",
            "Impact in numbers",
            "What was lost, for whom, and how well do we know it?",
            "Add a number",
            "number",
        ),
        Group(
            "participant",
            "people",
            "People in the event",
            "Who took part, and in which function?",
            "Add a person",
            "person",
        ),
        Group(
            "milestone",
            "milestones",
            "Key times",
            "When did it begin, when did we notice, when was it over?",
            "Set a key time",
            "key time",
        ),
        Group(
            "entry", "timeline", "Timeline", "What did people see and do, in their own order?", "Add an entry", "entry"
        ),
        Group(
            "perspective",
            "perspectives",
            "Perspectives",
            "How did it look from where each person stood?",
            "Add a perspective",
            "perspective",
        ),
        Group("question", "questions", "Questions", "What do we still want to know?", "Add a question", "question"),
        Group(
            "evidence",
            "evidence",
            "Evidence",
            "What shows it: a graph, a log, a chat, with what is to be seen?",
            "Add evidence",
            "piece of evidence",
        ),
        Group(
            "factor",
            "factors",
            "Contributing factors",
            "What made this possible, and what made it sensible at the time?",
            "Add a factor",
            "factor",
        ),
        Group(
            "observation",
            "observations",
            "What else we noticed",
            "What went well, what went poorly, where were we lucky?",
            "Add an observation",
            "observation",
        ),
        Group(
            "countermeasure",
            "countermeasures",
            "Countermeasures",
            "What will be different, and how will we know?",
            "Add a countermeasure",
            "countermeasure",
        ),
        Group(
            "learning",
            "learnings",
            "Learnings",
            "What would somebody in another team want to know from this?",
            "Add a learning",
            "learning",
        ),
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


def loaded(postmortem: Postmortem, kind: str) -> list:
    """rows_of() as a list whose rows know their postmortem without asking again."""
    rows = list(rows_of(postmortem, kind))
    for row in rows:
        row.postmortem = postmortem
    return rows


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
    """[(group, rows)] of everything that can be written in; about a dozen queries whatever the size.

    A note is not asked for perspectives and questions, but shows those that it has."""
    found = [(group, loaded(postmortem, kind)) for kind, group in GROUPS.items()]
    return [(group, rows) for group, rows in found if rows or postmortem.depth != "note" or group.kind not in DEEPER]


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
