"""The documents that a page of search shows: what `documents.load` gives, by plain rows instead of objects.

A page shows 20 postmortems with some 50 rows each; as objects they would cost more than the whole search. A test
holds these documents and those of `documents.documents_of` to be the same, audiences apart (nobody asks here: what
comes in has been checked).
"""

from collections import defaultdict

from django.urls import reverse

from postmortems.models import (
    ContributingFactor,
    Countermeasure,
    Evidence,
    ImpactMeasure,
    Learning,
    Observation,
    Perspective,
    Postmortem,
    Question,
    Section,
    TimelineEntry,
)
from search.document import Document
from search.document import Section as Passage

PART_OF_SECTION = {"summary": "summary", "impact": "impact"}  # other kinds are narrative
EXCERPT = 20_000  # characters of an excerpt that are searched
LABELS = (("service", "services"), ("service", "conditions"), ("team", "teams"), ("tag", "tags"))


def documents(uids):
    """Documents of {kind: uids}, in no order; about 20 queries for any number of them."""
    if uids.get("postmortem"):
        yield from _postmortems(uids["postmortem"])
    for kind, make in (("learning", _learnings), ("countermeasure", _countermeasures)):
        if uids.get(kind):
            yield from make(uids[kind])


def _joined(*texts, by="\n"):
    return by.join(filter(None, texts))


def evidence_text(caption, alt, excerpt, name):
    """What a piece of evidence is found by; of a log the beginning, which is what a page of it would show."""
    return _joined(caption, alt, excerpt[:EXCERPT], name)


def _rows(model, pks, *fields):
    """(postmortem, anchor, *fields) in the order of the page."""
    rows = model.objects.filter(postmortem__in=pks).order_by(*model._meta.ordering or ("position", "pk"))
    for pk, uid, *values in rows.values_list("postmortem_id", "uid", *fields):
        yield pk, f"{model.KIND}-{uid}", values


def _texts(postmortems):
    """{pk: passages} of whole postmortems."""
    found, pks = defaultdict(list), [p.pk for p in postmortems]

    def put(pk, part, anchor, text):
        found[pk].append(Passage(part, anchor, text))

    for p in postmortems:
        if p.takeaway:
            put(p.pk, "takeaway", "takeaway", p.takeaway)
    for pk, anchor, (kind, title, text) in _rows(Section, pks, "kind", "title", "text"):
        if text:
            put(pk, PART_OF_SECTION.get(kind, "narrative"), anchor, _joined(title, text, by="\n\n"))
    for pk, anchor, (metric, value, unit, how) in _rows(ImpactMeasure, pks, "metric", "value", "unit", "how"):
        amount = ImpactMeasure(value=value, unit=unit).amount
        put(pk, "impact", anchor, f"{metric}: {amount} {how}".strip())
    for pk, anchor, texts in _rows(TimelineEntry, pks, "text", "believed"):
        put(pk, "timeline", anchor, _joined(*texts))
    for pk, anchor, (text,) in _rows(Perspective, pks, "text"):
        put(pk, "perspectives", anchor, text)
    for pk, anchor, texts in _rows(Question, pks, "text", "answer"):
        put(pk, "questions", anchor, _joined(*texts))
    for pk, anchor, (statement, theme) in _rows(ContributingFactor, pks, "statement", "theme__name"):
        put(pk, "factors", anchor, f"{statement} ({theme})" if theme else statement)
    for pk, anchor, (text,) in _rows(Observation, pks, "text"):
        put(pk, "observations", anchor, text)
    fields = ("caption", "alt", "excerpt", "attachment__name")
    for pk, anchor, texts in _rows(Evidence, pks, *fields):
        if text := evidence_text(*texts):
            put(pk, "evidence", anchor, text)
    for pk, anchor, texts in _rows(Learning, pks, "claim", "why_it_matters", "what_to_do_differently"):
        put(pk, "learnings", anchor, _joined(*texts, by="\n\n"))
    for pk, anchor, texts in _rows(Countermeasure, pks, "statement", "expected_outcome"):
        put(pk, "countermeasures", anchor, _joined(*texts))
    return found


def _slugs(model, field, pks):
    """{pk: slugs} of a many-to-many field, in the order of its vocabulary."""
    related = model._meta.get_field(field)
    order = [f"{field}__{name}" for name in related.related_model._meta.ordering]
    found = defaultdict(list)
    rows = model.objects.filter(pk__in=pks, **{f"{field}__isnull": False}).order_by(*order)
    for pk, slug in rows.values_list("pk", f"{field}__slug"):
        found[pk].append(slug)
    return found


def _facets(postmortems):
    """{pk: facets} as `documents` indexes them."""
    pks = [p.pk for p in postmortems]
    labels = [(facet, _slugs(Postmortem, field, pks)) for facet, field in LABELS]
    themes = defaultdict(list)
    rows = ContributingFactor.objects.filter(postmortem__in=pks, theme__isnull=False).order_by("position", "pk")
    for pk, slug in rows.values_list("postmortem_id", "theme__slug"):
        themes[pk].append(slug)
    found = {}
    for p in postmortems:
        values = {"service": [], "team": [], "tag": []}
        for facet, slugs in labels:
            values[facet] += slugs[p.pk]
        found[p.pk] = {
            **{facet: tuple(dict.fromkeys(slugs)) for facet, slugs in values.items()},
            "severity": (p.severity.slug,) if p.severity else (),
            "status": (p.status,),
            "kind": (p.kind,),
            "trigger": (p.trigger,) if p.trigger else (),
            "theme": tuple(dict.fromkeys(themes[p.pk])),
            "owner": (p.owner.username.lower(),) if p.owner else (),
        }
    return found


def _shared(p):
    source = getattr(p, "import_source", None)
    return {
        "group": p.uid,
        "version": p.version,
        "audiences": frozenset(),
        "is_open": p.is_open,
        "when": p.visible_since or p.published_at or p.created_at,
        "source": source.key if source else "",
    }


def _postmortems(uids):
    rows = list(Postmortem.objects.filter(uid__in=uids).select_related("severity", "owner", "import_source"))
    texts, facets = _texts(rows), _facets(rows)
    for p in rows:
        yield Document(
            kind="postmortem",
            id=p.uid,
            reference=p.reference,
            title=p.title,
            sections=tuple(texts[p.pk]),
            facets=facets[p.pk],
            url=reverse("postmortem", args=[p.reference]),
            **_shared(p),
        )


def _children(model, uids, *related):
    """(row, its postmortem's facets, what it shares with its postmortem)."""
    path = ("postmortem__severity", "postmortem__owner", "postmortem__import_source")
    rows = list(model.objects.filter(uid__in=uids).select_related(*path, *related))
    facets = _facets(list({row.postmortem_id: row.postmortem for row in rows}.values()))
    for row in rows:
        yield row, facets[row.postmortem_id], {**_shared(row.postmortem), "identifiers": (row.postmortem.reference,)}


def _learnings(uids):
    rows = list(_children(Learning, uids))
    pks = [row.pk for row, *_ in rows]
    services, tags = (_slugs(Learning, field, pks) for field in ("services", "tags"))
    for row, facets, shared in rows:
        own = {
            "service": tuple(dict.fromkeys([*facets["service"], *services[row.pk]])),
            "tag": tuple(dict.fromkeys([*facets["tag"], *tags[row.pk]])),
        }
        texts = filter(None, [row.why_it_matters, row.what_to_do_differently])
        yield Document(
            kind="learning",
            id=row.uid,
            reference=row.reference,
            title=row.claim,
            url=row.get_absolute_url(),
            sections=tuple(Passage("learnings", "", text) for text in texts),
            facets={**facets, **own},
            **shared,
        )


def _countermeasures(uids):
    for row, facets, shared in _children(Countermeasure, uids, "owner", "team"):
        own = {
            "team": tuple(dict.fromkeys([*facets["team"], *([row.team.slug] if row.team else [])])),
            "status": (row.status,),
            "owner": (row.owner.username.lower(),) if row.owner else (),
        }
        expected = (Passage("countermeasures", "", row.expected_outcome),) if row.expected_outcome else ()
        yield Document(
            kind="countermeasure",
            id=row.uid,
            reference=row.reference,
            title=row.statement[:300],
            url=row.get_absolute_url(),
            sections=expected,
            facets={**facets, **own},
            **shared,
        )
