"""The records of the domain, as ../../docs and ARCHITECTURE.md tell; one file per word."""

from postmortems.models.catalog import OldAddress, Service, Severity, Tag, Theme
from postmortems.models.changes import Change, ImportSource, Snapshot
from postmortems.models.chat import ChatImport, ChatUpload
from postmortems.models.coach import CoachAnswer, CoachException
from postmortems.models.comments import Comment
from postmortems.models.countermeasures import Countermeasure
from postmortems.models.debrief import Debrief, DebriefAnswer, FacilitationRequest
from postmortems.models.evidence import Attachment, Evidence
from postmortems.models.factors import ContributingFactor, Observation
from postmortems.models.fragments import Fragment
from postmortems.models.impact import ImpactMeasure
from postmortems.models.learnings import Learning
from postmortems.models.naming import FunctionsForNames
from postmortems.models.notices import Notice
from postmortems.models.numbers import Counter
from postmortems.models.parts import Conflict, Part
from postmortems.models.people import Named, Participant
from postmortems.models.perspectives import Perspective
from postmortems.models.postmortem import Postmortem
from postmortems.models.presences import Presence
from postmortems.models.prompts import Prompt
from postmortems.models.questions import Question
from postmortems.models.reviews import Review
from postmortems.models.sections import Section
from postmortems.models.sheets import KeptSheet
from postmortems.models.states import NotPossible
from postmortems.models.timeline import Milestone, TimelineEntry
from postmortems.models.working_copies import WorkingCopy

PART_MODELS = {
    model.KIND: model
    for model in (
        Section,
        Participant,
        Milestone,
        ImpactMeasure,
        TimelineEntry,
        Perspective,
        Question,
        ContributingFactor,
        Observation,
        Learning,
        Countermeasure,
        Evidence,
    )
}

__all__ = [
    "Attachment", "Change", "ChatImport", "ChatUpload", "CoachAnswer", "CoachException", "Comment", "Conflict",
    "ContributingFactor", "Counter", "Countermeasure", "Debrief", "DebriefAnswer", "Evidence",
    "FacilitationRequest",
    "Fragment", "FunctionsForNames", "ImpactMeasure", "ImportSource", "KeptSheet", "Learning", "Milestone", "Named",
    "NotPossible", "Notice", "Observation", "OldAddress", "PART_MODELS", "Part", "Participant", "Perspective",
    "Postmortem", "Presence", "Prompt", "Question", "Review", "Section", "Service", "Severity", "Snapshot", "Tag",
    "Theme", "TimelineEntry", "WorkingCopy",
]  # fmt: skip
