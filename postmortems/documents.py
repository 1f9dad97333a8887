"""What of a postmortem goes into the search index, and who may see what comes out of it.

This module is settings.SEARCH_SUBJECTS: search calls it by its dotted path and knows no model of ours.
"""

from django.db.models import Prefetch
from django.db.models.functions import Lower

from kb.accounts.models import Team, User
from postmortems import shown
from postmortems.models import (
    ContributingFactor,
    Countermeasure,
    Evidence,
    ImpactMeasure,
    ImportSource,
    Learning,
    Observation,
    Perspective,
    Postmortem,
    Question,
    Review,
    Section,
    Service,
    Severity,
    Tag,
    Theme,
    TimelineEntry,
)
from postmortems.models.people import Named
from postmortems.models.visibility import audiences_for
from postmortems.sheets import keep, kept, unkept  # noqa: F401 - search calls them here
from postmortems.sight import Sight
from postmortems.vocabulary import moved, names_of  # noqa: F401 - the same
from search.document import Document
from search.document import Section as Passage
from search.sheet import Sheet

BATCH = 200


def _loaded():
    """Postmortems with everything a document needs: about 20 queries for any number of them."""
    rows = {
        "section_set": Section,
        "impactmeasure_set": ImpactMeasure,
        "timelineentry_set": TimelineEntry,
        "perspective_set": Perspective,
        "question_set": Question,
        "observation_set": Observation,
    }
    return (
        Postmortem.objects.filter(trashed_at=None)
        .select_related("severity", "owner", "import_source")
        .prefetch_related(
            *(Prefetch(name, model.objects.order_by("position", "pk")) for name, model in rows.items()),
            Prefetch("contributingfactor_set", ContributingFactor.objects.select_related("theme")),
            Prefetch("evidence_set", Evidence.objects.select_related("attachment")),
            Prefetch("learning_set", Learning.objects.prefetch_related("services", "tags")),
            Prefetch("countermeasure_set", Countermeasure.objects.select_related("owner", "team")),
            Prefetch("review_set", Review.objects.select_related("reviewer")),
            Prefetch("named_set", Named.objects.select_related("user", "team")),
            "authors",
            "teams",
            "services",
            "conditions",
            "tags",
        )
    )


def load(groups):
    """All documents of the postmortems with these uids; those in the trash or gone yield nothing."""
    groups = list(groups)
    for start in range(0, len(groups), BATCH):
        for postmortem in _loaded().filter(uid__in=groups[start : start + BATCH]):
            yield from documents_of(postmortem)


def groups():
    """Uids of all postmortems that belong into the index, oldest first."""
    return Postmortem.objects.filter(trashed_at=None).order_by("pk").values_list("uid", flat=True).iterator()


def versions():
    """{(kind, uid): version} of everything that belongs into the index; three queries."""
    found = {}
    for uid, version in Postmortem.objects.filter(trashed_at=None).values_list("uid", "version"):
        found["postmortem", uid] = version
    for kind, model in (("learning", Learning), ("countermeasure", Countermeasure)):
        rows = model.objects.filter(postmortem__trashed_at=None).values_list("uid", "postmortem__version")
        found |= {(kind, uid): version for uid, version in rows}
    return found


def visible(user, ids):
    """The subset of `ids`, pairs (kind, uid), that `user` may see now. At most four queries."""
    wanted = {}
    for kind, uid in ids:
        wanted.setdefault(kind, set()).add(uid)
    sight, seen = Sight(user), set()
    for kind, model, path in (
        ("postmortem", Postmortem, ""), ("learning", Learning, "postmortem__"),
        ("countermeasure", Countermeasure, "postmortem__"),
    ):  # fmt: skip
        if uids := wanted.get(kind):
            rows = model.objects.filter(sight(path), uid__in=uids).order_by().values_list("uid", flat=True)
            seen |= {(kind, uid) for uid in rows}
    return seen


def passages(user, ids):
    """{(kind, uid): Document} of those of `ids` that `user` may see, for snippets; what he may not see is absent."""
    uids = {}
    for kind, uid in visible(user, ids):
        uids.setdefault(kind, set()).add(uid)
    return {document.key: document for document in shown.documents(uids)}


def sheets(user, ids):
    """{(kind, uid): Sheet} of those of `ids` that `user` may see, as hits show them. Two queries; some twenty more for
    those that are not kept."""
    found = kept(Sight(user), [uid for _, uid in ids])
    if left := [key for key in ids if key not in found]:
        found |= {key: Sheet.of(document) for key, document in passages(user, left).items()}
    return found


def facet_labels(wanted):
    """{field: {value: what people call it}} of {field: values}; one query, and one for owners."""
    vocabularies = {"service": Service, "tag": Tag, "theme": Theme, "team": Team, "severity": Severity}
    names = names_of({vocabularies[field]: values for field, values in wanted.items() if field in vocabularies})
    return {
        field: names[vocabularies[field]] if field in vocabularies else _labels_of(field, values)
        for field, values in wanted.items()
    }


def _labels_of(field, values):
    if field == "owner":
        people = User.objects.annotate(word=Lower("username")).filter(word__in=values)
        return {person.word: str(person) for person in people}
    choices = {
        "status": {**dict(Countermeasure.Status.choices), **dict(Postmortem.Status.choices)},
        "kind": dict(Postmortem.Kind.choices),
        "trigger": dict(Postmortem.Trigger.choices),
    }
    return {value: choices.get(field, {}).get(value, value) for value in values}


def documents_of(postmortem):
    """The document of a postmortem and those of its learnings and countermeasures. Pure, given `_loaded()`."""
    p = postmortem
    shared = {
        "group": p.uid,
        "version": p.version,
        "audiences": audiences_for(p),
        "is_open": p.is_open,
        "when": p.visible_since or p.published_at or p.created_at,
        "source": _source(p),
    }
    facets = _facets(p)
    yield Document(
        kind="postmortem",
        id=p.uid,
        reference=p.reference,
        title=p.title,
        sections=tuple(_passages(p)),
        facets=facets,
        url=p.get_absolute_url(),
        **shared,
    )
    shared = {**shared, "identifiers": (p.reference,)}
    for learning in p.learning_set.all():
        yield _learning(learning, facets, shared)
    for countermeasure in p.countermeasure_set.all():
        yield _countermeasure(countermeasure, facets, shared)


def _source(p):
    try:
        return p.import_source.key
    except ImportSource.DoesNotExist:
        return ""


def _facets(p):
    def slugs(rows):
        return tuple(dict.fromkeys(row.slug for row in rows))

    return {
        "service": slugs([*p.services.all(), *p.conditions.all()]),
        "team": slugs(p.teams.all()),
        "tag": slugs(p.tags.all()),
        "severity": (p.severity.slug,) if p.severity else (),
        "status": (p.status,),
        "kind": (p.kind,),
        "trigger": (p.trigger,) if p.trigger else (),
        "theme": slugs(f.theme for f in p.contributingfactor_set.all() if f.theme),
        "owner": (p.owner.username.lower(),) if p.owner else (),
    }


def _passages(p):
    if p.takeaway:
        yield Passage("takeaway", "takeaway", p.takeaway)
    for section in p.section_set.all():
        if section.text:
            text = f"{section.title}\n\n{section.text}" if section.title else section.text
            yield Passage(shown.PART_OF_SECTION.get(section.kind, "narrative"), section.anchor, text)
    for measure in p.impactmeasure_set.all():
        yield Passage("impact", measure.anchor, f"{measure.metric}: {measure.amount} {measure.how}".strip())
    for entry in p.timelineentry_set.all():
        yield Passage("timeline", entry.anchor, "\n".join(filter(None, [entry.text, entry.believed])))
    for perspective in p.perspective_set.all():
        yield Passage("perspectives", perspective.anchor, perspective.text)
    for question in p.question_set.all():
        yield Passage("questions", question.anchor, "\n".join(filter(None, [question.text, question.answer])))
    for factor in p.contributingfactor_set.all():
        theme = f" ({factor.theme.name})" if factor.theme else ""
        yield Passage("factors", factor.anchor, factor.statement + theme)
    for observation in p.observation_set.all():
        yield Passage("observations", observation.anchor, observation.text)
    for row in p.evidence_set.all():
        if text := shown.evidence_text(row.caption, row.alt, row.excerpt, row.attachment and row.attachment.name):
            yield Passage("evidence", row.anchor, text)
    for learning in p.learning_set.all():
        yield Passage("learnings", learning.anchor, _learning_text(learning))
    for countermeasure in p.countermeasure_set.all():
        text = "\n".join(filter(None, [countermeasure.statement, countermeasure.expected_outcome]))
        yield Passage("countermeasures", countermeasure.anchor, text)


def _learning_text(learning):
    return "\n\n".join(filter(None, [learning.claim, learning.why_it_matters, learning.what_to_do_differently]))


def _learning(learning, facets, shared):
    services = tuple(dict.fromkeys([*facets["service"], *(s.slug for s in learning.services.all())]))
    tags = tuple(dict.fromkeys([*facets["tag"], *(t.slug for t in learning.tags.all())]))
    texts = [("learnings", learning.why_it_matters), ("learnings", learning.what_to_do_differently)]
    return Document(
        kind="learning",
        id=learning.uid,
        reference=learning.reference,
        title=learning.claim,
        sections=tuple(Passage(part, "", text) for part, text in texts if text),
        facets={**facets, "service": services, "tag": tags},
        url=learning.get_absolute_url(),
        **shared,
    )


def _countermeasure(countermeasure, facets, shared):
    c = countermeasure
    teams = tuple(dict.fromkeys([*facets["team"], *([c.team.slug] if c.team else [])]))
    expected = (Passage("countermeasures", "", c.expected_outcome),) if c.expected_outcome else ()
    return Document(
        kind="countermeasure",
        id=c.uid,
        reference=c.reference,
        title=c.statement[:300],
        sections=expected,
        facets={
            **facets,
            "team": teams,
            "status": (c.status,),
            "owner": (c.owner.username.lower(),) if c.owner else (),
        },
        url=c.get_absolute_url(),
        **shared,
    )
