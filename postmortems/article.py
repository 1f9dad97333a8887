"""Article: a whole postmortem loaded for reading, in the order in which it is read. Constant queries, no rendering."""

import datetime
from functools import cached_property

from kb.lib import instants
from postmortems import timeline
from postmortems.desk import GROUPS
from postmortems.durations import MINUTE, in_words
from postmortems.figures import Figure, figures_of
from postmortems.history import handed_out
from postmortems.models import Observation, Postmortem
from postmortems.models.evidence import embedded_in
from postmortems.strip import Strip, strip_of

WITH = (
    "authors", "teams", "services", "conditions", "tags", "section_set", "milestone_set", "impactmeasure_set",
    "participant_set__user", "timelineentry_set", "perspective_set", "question_set",
    "contributingfactor_set__theme", "observation_set__countermeasures",
    "contributingfactor_set__countermeasures", "learning_set__services", "learning_set__tags",
    "countermeasure_set__owner", "countermeasure_set__team", "review_set__reviewer", "evidence_set__attachment",
)  # fmt: skip
WRITTEN = ("add", "change", "remove", "move", "restore", "shift", "zone")  # what changes the text that is read
CALLED = {kind: group.title for kind, group in GROUPS.items()} | {"postmortem": "Details", "section": "The story"}
BEFORE_THE_STORY = ("summary", "background")
ICONS = {"went_well": "well", "went_poorly": "poorly", "lucky": "lucky", "surprised": "surprised"}


class Article:
    """`zone` is the zone its times are told in; the incident's own unless said otherwise."""

    def __init__(self, postmortem: Postmortem, zone: datetime.tzinfo | None = None, clock: str = "incident"):
        self.postmortem, self.clock = postmortem, clock
        self.zone = zone or instants.zone(postmortem.zone)

    @classmethod
    def load(cls, pk: int, zone: datetime.tzinfo | None = None, clock: str = "incident") -> "Article":
        """About twenty queries, whatever the size."""
        heads = Postmortem.objects.select_related("severity", "owner", "facilitator")
        return cls(heads.prefetch_related(*WITH).get(pk=pk), zone, clock)

    @cached_property
    def sections(self) -> list:
        found = [row for row in self.postmortem.section_set.all() if row.text_html or row.skipped_because]
        for section in found:
            section.proofs = self.proofs.get(section.anchor, ())
        return found

    @cached_property
    def evidence(self) -> list:
        """The pieces of evidence; each knows whether a text shows it already, and the heading of what it is about."""
        texts = "".join(section.text_html for section in self.postmortem.section_set.all())
        headings = {section.anchor: section.heading for section in self.postmortem.section_set.all()}
        shown, rows = embedded_in(texts), list(self.postmortem.evidence_set.all())
        for row in rows:
            row.is_shown = bool(row.attachment and row.attachment.uid in shown)
            row.about_name = headings.get(row.about, "an entry of the timeline" if row.about else "")
        return rows

    @cached_property
    def proofs(self) -> dict[str, list]:
        """{anchor: evidence about this section or entry}."""
        found = {}
        for row in self.evidence:
            found.setdefault(row.about, []).append(row)
        return found

    @property
    def impact(self) -> list:
        return [section for section in self.sections if section.kind == "impact"]

    @property
    def before(self) -> list:
        return [section for section in self.sections if section.kind in BEFORE_THE_STORY]

    @property
    def after(self) -> list:
        return [section for section in self.sections if section.kind not in (*BEFORE_THE_STORY, "impact")]

    @cached_property
    def measures(self) -> list:
        return list(self.postmortem.impactmeasure_set.all())

    @cached_property
    def learnings(self) -> list:
        return list(self.postmortem.learning_set.all())

    @cached_property
    def figures(self) -> list[tuple[Figure, str]]:
        """[(figure, its length in words)] of those that can be told."""
        found = figures_of(self.postmortem.milestone_set.all(), self.postmortem.published_at)
        return [
            (figure, in_words(figure.value.total_seconds(), MINUTE)) for figure in found if figure.value is not None
        ]

    @cached_property
    def spans(self) -> list[timeline.Span]:
        return timeline.spans(self.postmortem.milestone_set.all())

    @cached_property
    def strip(self) -> Strip | None:
        return strip_of(self.postmortem.timelineentry_set.all(), self.postmortem.milestone_set.all(), self.zone)

    @cached_property
    def lines(self) -> list[timeline.Line]:
        entries, asked = list(self.postmortem.timelineentry_set.all()), {}
        for question in self.questions:
            asked.setdefault(question.entry_id, []).append(question)
        for entry in entries:
            entry.who = self._people.get(entry.participant_id)
            entry.asked = asked.get(entry.pk, ())
            entry.proofs = self.proofs.get(entry.anchor, ())
        return list(timeline.lines(entries, self.postmortem.milestone_set.all(), self.zone))

    @cached_property
    def perspectives(self) -> list:
        """Each with `participant` out of the ones that are loaded already."""
        rows = list(self.postmortem.perspective_set.all())
        for row in rows:
            row.participant = self._people.get(row.participant_id)
        return rows

    @cached_property
    def questions(self) -> list:
        """Each with `about`, the anchor of its entry."""
        anchors = {entry.pk: entry.anchor for entry in self.postmortem.timelineentry_set.all()}
        rows = list(self.postmortem.question_set.all())
        for row in rows:
            row.about = anchors.get(row.entry_id, "")
        return rows

    @cached_property
    def _people(self) -> dict:
        return {person.pk: person for person in self.postmortem.participant_set.all()}

    @cached_property
    def factors(self) -> list:
        return list(self.postmortem.contributingfactor_set.all())

    @property
    def has_themes(self) -> bool:
        return any(factor.theme_id for factor in self.factors)

    @cached_property
    def observations(self) -> list[tuple[str, str, list]]:
        """[(heading, icon, rows)] of the kinds that have rows; all kinds have the same rank."""
        rows = list(self.postmortem.observation_set.all())
        groups = (
            (label, ICONS[kind], [row for row in rows if row.kind == kind]) for kind, label in Observation.Kind.choices
        )
        return [group for group in groups if group[2]]

    @cached_property
    def countermeasures(self) -> list:
        return list(self.postmortem.countermeasure_set.all())

    @cached_property
    def changed(self) -> tuple[datetime.datetime, list[str]] | None:
        """(when last, headings of what was changed) since its readers were given it; None if nothing was."""
        since = self.postmortem.changes.filter(version__gt=handed_out(self.postmortem), action__in=WRITTEN)
        rows = list(since.values_list("part_kind", "part_uid", "at"))
        headings = {section.uid: section.heading for section in self.postmortem.section_set.all()}
        names = [headings.get(uid) or CALLED.get(kind, "") for kind, uid, _ in rows]
        named = list(dict.fromkeys(name for name in names if name))
        return (max(at for *_, at in rows).astimezone(self.zone), named) if named else None

    @property
    def only_weaker(self) -> bool:
        """Answered, but by weaker measures alone: said on the page, never blocked."""
        live = [row for row in self.countermeasures if row.status not in ("declined", "superseded")]
        return bool(live) and all(row.strength == "weaker" for row in live)

    @property
    def approvals(self) -> list:
        return [review for review in self.postmortem.review_set.all() if review.outcome == "approved"]

    @cached_property
    def incident_day(self) -> datetime.datetime | None:
        """When impact began, else the first thing known, in the article's zone."""
        times = {mark.type: mark.at for mark in self.postmortem.milestone_set.all() if mark.at}
        first = times.get("started") or times.get("detected") or min(times.values(), default=None)
        return first.astimezone(self.zone) if first else None

    @property
    def contents(self) -> list[tuple[str, str]]:
        """[(anchor, heading)] in reading order."""
        found = [("impact", "Impact")] if self.impact or self.measures else []
        if self.learnings or self.postmortem.nothing_new_because:
            found.append(("learnings", "Learnings"))
        found += [(section.anchor, section.heading) for section in self.before]
        found += [("timeline", "Timeline")] if self.lines else []
        found += [(section.anchor, section.heading) for section in self.after]
        for anchor, heading, there in (
            ("perspectives", "Perspectives", self.perspectives), ("questions", "Questions", self.questions),
            ("factors", "Contributing factors", self.factors), ("observations", "Observations", self.observations),
            ("countermeasures", "Countermeasures", self.countermeasures), ("evidence", "Evidence", self.evidence),
        ):  # fmt: skip
            found += [(anchor, heading)] if there else []
        return found
