"""One search as a page needs it: parse → engine → re-check in the database → hits with passages.

The reader's audience is part of the question to the engine; everything private, and everything that
changed since it was indexed, is asked of the database before anything is counted; the documents
shown are read from the database as that reader sees them. The number of queries does not depend on
how much is found.
"""

import logging
import math
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth import get_user_model
from django.utils.safestring import SafeString

from kb.accounts.audiences import audiences_of
from search import fallback
from search.document import KINDS
from search.engines import engine
from search.engines.base import Ask, Broken, Found, Key
from search.engines.base import Hit as Place
from search.passages import Marker, Passage
from search.query import Query, parse
from search.sheet import Sheet
from search.subjects import changed_groups, subjects

log = logging.getLogger(__name__)
PER_PAGE = 20
LAST_PAGE = 500
ORDERS = ("relevance", "newest")
KIND_LABELS = {"postmortem": "Postmortems", "learning": "Learnings", "countermeasure": "Countermeasures"}
FACETS = {"service": "Service", "severity": "Severity", "tag": "Tag", "team": "Team", "theme": "Theme"}
VALUES = 8  # of a facet, most frequent first; those of the query always


@dataclass(frozen=True)
class Hit:
    """One document found, as shown. `title` and `takeaway` are HTML with the matches marked."""

    kind: str
    id: str
    reference: str
    url: str
    title: SafeString
    takeaway: SafeString
    severity: str
    status: str
    status_label: str
    services: tuple[tuple[str, str], ...]
    when: datetime
    source: str
    score: float
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class FacetValue:
    """One value with its count among the hits, and the text of the search that a click leads to."""

    value: str
    label: str
    count: int
    text: str
    chosen: bool


@dataclass(frozen=True)
class Facet:
    field: str
    label: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True)
class Tab:
    kind: str
    label: str
    total: int


@dataclass(frozen=True)
class Results:
    """The answer to one search. `is_rebuilding`: the index is away; `total` and facets are then of
    what could be looked at. `looser`: (text, total) of searches that ask for less and find."""

    query: Query
    kind: str
    order: str
    page: int
    pages: int
    total: int
    hits: tuple[Hit, ...]
    facets: tuple[Facet, ...]
    tabs: tuple[Tab, ...]
    notes: tuple[str, ...]
    looser: tuple[tuple[str, int], ...]
    is_rebuilding: bool
    milliseconds: float


def search_for(user, text: str, *, kind: str = "postmortem", page: int = 1, order: str = "relevance") -> Results:
    """What `user` finds; see `any_reader` for what everybody does.

    Never raises for any text, kind, page or order: what does not exist becomes the nearest there is.
    """
    started = time.perf_counter()
    query = present(user, parse(text))
    kind = kind if kind in KINDS else KINDS[0]
    order = order if order in ORDERS else ORDERS[0]
    page = min(max(1, page), LAST_PAGE)
    found, page, is_rebuilding = _found(user, query, kind, page, order)
    sheets = shown(user, found.hits)
    marker = Marker(found.query)
    hidden = sum(place.key not in sheets for place in found.hits)
    total = found.total - hidden
    labels = _labels(found, sheets.values())
    return Results(
        query=query,
        kind=kind,
        order=order,
        page=page,
        pages=min(LAST_PAGE, max(1, math.ceil(total / PER_PAGE))),
        total=total,
        hits=tuple(_hit(p, sheets[p.key], marker, labels) for p in found.hits if p.key in sheets),
        facets=tuple(_facets(found, query, labels)),
        tabs=tuple(Tab(k, KIND_LABELS[k], found.totals[k] - hidden * (k == kind)) for k in KINDS if k in found.totals),
        notes=found.query.notes,
        looser=() if total or is_rebuilding else tuple(_looser(user, query, kind)),
        is_rebuilding=is_rebuilding,
        milliseconds=1000 * (time.perf_counter() - started),
    )


def present(user, query: Query) -> Query:
    """With the present values of filters that were renamed to something `user` may know. A few queries, or none."""
    moved = subjects().moved(user, query.filters())
    if not moved:
        return query
    notes = tuple(f"{field}:{old} is now {field}:{new}." for (field, old), new in sorted(moved.items()))
    now = parse(query.rewritten(moved))
    return replace(now, notes=(*notes, *now.notes))


def ask_for(user, query: Query, kind: str, **options) -> Ask:
    """The question to the engine in the name of `user`. What changed is read before the index is,
    so that nothing restricted meanwhile slips through between the two."""
    suspects = changed_groups()
    return Ask(
        query=query,
        audiences=audiences_of(user),
        kind=kind,
        visible=lambda keys: subjects().visible(user, keys),
        suspects=suspects,
        **options,
    )


def any_reader():
    """Nobody in particular: a reader without any relation, who sees what every reader sees."""
    return get_user_model()(pk=-1, username="", role="reader")


def shown(user, places: Collection[Place]) -> dict[Key, Sheet]:
    """What stands at these places as `user` may see it now; what he may not is absent."""
    return subjects().sheets(user, [place.key for place in places]) if places else {}


def _found(user, query: Query, kind: str, page: int, order: str) -> tuple[Found, int, bool]:
    """The answer, the page it is of, and whether it came from the database for want of an index."""
    ask = ask_for(user, query, kind, limit=PER_PAGE, order=order, facets=tuple(FACETS), kinds=KINDS)
    try:
        found = engine().search(replace(ask, offset=PER_PAGE * (page - 1)))
        if page > 1 and not found.hits and found.total:
            page = min(LAST_PAGE, math.ceil(found.total / PER_PAGE))
            found = engine().search(replace(ask, offset=PER_PAGE * (page - 1)))
        return found, page, False
    except Broken as error:
        log.warning("Searching without an index: %s", error)
        engine().report_broken()
        offset = PER_PAGE * (page - 1)
        return fallback.search(user, query, kind, offset, PER_PAGE, tuple(FACETS)), page, True


def _hit(place: Place, sheet: Sheet, marker: Marker, labels: dict) -> Hit:
    return Hit(
        kind=sheet.kind,
        id=sheet.id,
        reference=sheet.reference,
        url=sheet.url,
        title=marker.marked(sheet.title),
        takeaway=marker.marked(sheet.takeaway),
        severity=sheet.severity,
        status=sheet.status,
        status_label=labels["status"].get(sheet.status, sheet.status),
        services=tuple((slug, labels["service"].get(slug, slug)) for slug in _services(sheet)),
        when=sheet.when,
        source=sheet.source,
        score=place.score,
        passages=tuple(marker.passages(sheet)),
    )


def _services(sheet: Sheet) -> tuple[str, ...]:
    return sheet.labels.get("service", ())[:4]


def _labels(found: Found, sheets: Collection[Sheet]) -> dict[str, dict[str, str]]:
    """field → value → label, for everything the page names. One query."""
    wanted = {field: set(_first(counts)) for field, counts in found.facets.items()}
    wanted["status"] = {sheet.status for sheet in sheets}
    wanted["service"] |= {slug for sheet in sheets for slug in _services(sheet)}
    chosen = [atom for group in found.query.required for atom in group if hasattr(atom, "field")]
    for atom in chosen:
        wanted.get(atom.field, set()).add(atom.value)
    return subjects().facet_labels(wanted)


def _first(counts: dict[str, int]) -> list[str]:
    return sorted(counts, key=lambda value: (-counts[value], value))[:VALUES]


def _facets(found: Found, query: Query, labels: dict) -> Iterable[Facet]:
    for field, label in FACETS.items():
        counts = found.facets.get(field, {})
        # Chosen ones stand here whether anything of the kind exists or not, and have their name only
        # with a hit: else the answer would tell of words that only secrets use.
        chosen = sorted({a.value for group in query.required for a in group if getattr(a, "field", "") == field})
        values = dict.fromkeys((*chosen, *_first(counts)))
        if not chosen and len(values) < 2 and found.total == sum(counts.values()):
            continue  # one value that every hit has tells nothing
        if values:
            # A value that no hit has keeps its slug: its name might tell of something unseen.
            named = {v: labels[field].get(v, v) if v in counts else v for v in values}
            yield Facet(field, label, tuple(
                FacetValue(v, name, counts.get(v, 0), query.toggled(field, v), v in chosen)
                for v, name in named.items()
            ))  # fmt: skip


def _looser(user, query: Query, kind: str) -> Iterable[tuple[str, int]]:
    for text in query.looser():
        try:
            total = engine().search(ask_for(user, parse(text), kind, limit=0)).total
        except Broken:
            return
        if total:
            yield text, total
