"""The language coach at work on a postmortem: which text is read as which field, and what people answered.

Nothing is stored but answers, and nothing here knows who wrote what.
"""

from dataclasses import dataclass, field

from postmortems.coach import check_wording, find, good_marks, normal
from postmortems.models import PART_MODELS, CoachAnswer, CoachException

HANDFUL = 5
EVIDENCE = {"chat", "alert", "deploy", "log", "ticket"}  # sources of entries that nobody here put into words
READ_AS = {  # kind of part → {its field: the coach's field}
    "section": {"text": "other"},
    "impact": {"how": "impact"},
    "milestone": {"note": "timeline"},
    "entry": {"text": "timeline", "believed": "perspectives"},
    "perspective": {"text": "perspectives"},
    "question": {"text": "other", "answer": "other"},
    "factor": {"statement": "factors"},
    "observation": {"text": "other"},
    "learning": {"claim": "learnings", "why_it_matters": "learnings", "what_to_do_differently": "learnings"},
    "countermeasure": {"statement": "countermeasures"},
    "details": {"title": "summary", "takeaway": "summary", "nothing_new_because": "learnings"},
}
SECTIONS = {"summary": "summary", "impact": "impact", "detection": "narrative", "narrative": "narrative",
            "resolution": "narrative"}  # fmt: skip


@dataclass(slots=True)
class Note:
    """A finding in a part, with the answer it has."""

    finding: object
    answer: CoachAnswer | None = None

    @property
    def words(self):
        return normal(self.finding.text)


@dataclass(slots=True)
class Margin:
    """What stands beside one part: open notes (strongest first), kept ones, remarks on a countermeasure, praise."""

    part: object
    open: list = field(default_factory=list)
    kept: list = field(default_factory=list)
    remarks: list = field(default_factory=list)
    good: list = field(default_factory=list)

    @property
    def handful(self):
        return self.open[:HANDFUL]

    @property
    def more(self):
        return max(0, len(self.open) - HANDFUL)

    def __bool__(self):
        return bool(self.open or self.kept or self.remarks or self.good)


class Coach:
    """Reads the parts of one postmortem. Three queries, whatever is read: names, exceptions, answers."""

    def __init__(self, postmortem):
        self.postmortem = postmortem
        people = postmortem.participant_set.select_related("user")
        self.names = [str(person) for person in people if person.user_id or person.name]
        self.allowed = CoachException.known()
        self.answers = {(one.part_uid, one.rule, one.words): one for one in postmortem.coach_answers.all()}

    def margin(self, part, texts=None):
        """The Margin of a part, or of the postmortem's own details; `texts` {field: text} are what is being typed."""
        margin = Margin(part)
        for name, place in read_as(part).items():
            text = (texts or {}).get(name, getattr(part, name, "")) or ""
            self._read(margin, text, place)
        margin.open.sort(key=lambda note: (*note.finding.strength[:1], note.finding.start))
        margin.good += marks_of(part)
        return margin

    def _read(self, margin, text, place):
        if not text.strip():
            return
        for finding in find(text, place, self.names, self.allowed):
            note = Note(finding)
            note.answer = self.answers.get((margin.part.uid, finding.rule.id, note.words))
            if note.answer is None:
                margin.open.append(note)
            elif note.answer.kind == CoachAnswer.Kind.KEPT:
                margin.kept.append(note)
        if place == "countermeasures":
            margin.remarks += check_wording(text)
        margin.good += [mark for mark in good_marks(text) if mark not in margin.good]

    def margins(self):
        """The Margins of everything that is written, details first; those without a word are left out. Nine queries."""
        parts = [self.postmortem]
        for kind in READ_AS:
            if kind in PART_MODELS:
                parts += PART_MODELS[kind].objects.filter(postmortem=self.postmortem)
        margins = [self.margin(part) for part in parts]
        return [margin for margin in margins if margin.open or margin.kept or margin.remarks]


def kind_of(part):
    return getattr(part, "KIND", "") or "details"


def read_as(part):
    """{field: the coach's field} of a part: a section by its kind, an observation by what it is about."""
    kind = kind_of(part)
    if kind == "section":
        return {"text": SECTIONS.get(part.kind, "other")}
    if kind == "observation":
        return {"text": part.kind}
    if kind == "entry" and part.source in EVIDENCE:
        return {"believed": "perspectives"}
    return READ_AS.get(kind, {})


def marks_of(part):
    """What is good about a part beside its words."""
    kind = kind_of(part)
    if kind == "factor" and part.role == "reduced_harm":
        return ["tells what reduced the harm"]
    if kind == "entry":
        told = [("what was believed beside what was so", part.believed), ("its evidence", part.evidence)]
        return [f"tells {what}" for what, is_there in told if is_there]
    return []


def about_comment(text):
    """One sentence about a question in a comment that sounds like an accusation; "" for every other comment."""
    accusing = next((finding for finding in find(text, "comment") if finding.rule.id == "B2"), None)
    words = " ".join(accusing.text.split()) if accusing else ""
    return f"“{words}” may sound like an accusation. {accusing.rule.question}" if accusing else ""


def by_family(margins):
    """[(family in plain language, how many)] of the open notes, most first: for the reviewer, and of nobody."""
    counts = {}
    for margin in margins:
        for note in margin.open:
            counts[note.finding.rule.plain] = counts.get(note.finding.rule.plain, 0) + 1
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
