"""Edition: a digest as it may be read now. References become words; what is no longer for everybody is left out."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import nh3
from django.utils.html import escape

from kb.digests.wording import headline_of, listed, long_day, sentence_of
from kb.lib.mail import one_line, plain
from kb.lib.weeks import local_day
from postmortems.models import Countermeasure, Learning, Postmortem, Tag

INLINE = nh3.Cleaner(tags={"code", "em", "strong"})  # a claim becomes a link, so it may hold none
LONGEST = 240
EVERYTHING = "everything"  # the reason of an empty query


@dataclass(frozen=True)
class Source:
    """Where an item comes from."""

    reference: str
    title: str
    url: str
    services: tuple[str, ...]
    day: date

    def __str__(self):
        """`PM-12 Checkout answered slowly`."""
        return f"{self.reference} {self.title}"

    @property
    def context(self):
        """`Checkout and Payments, 12 November 2025`."""
        return ", ".join(filter(None, [listed(self.services), long_day(self.day)]))


@dataclass(frozen=True)
class Entry:
    """One item. `html` is safe, inline and without links; `text` the same in plain words; `more` one more sentence."""

    kind: str
    reference: str
    url: str
    html: str
    text: str
    source: Source
    why: tuple[str, ...]
    topics: tuple[str, ...] = ()
    more: str = ""
    team: str = ""
    day: date | None = None
    is_new: bool = False
    state: str = ""

    @property
    def because(self):
        """Why the reader gets it: `Because you follow Payments and everything.`"""
        return f"Because you follow {listed(sorted(self.why, key=lambda label: label == EVERYTHING))}."

    @property
    def standing(self):
        """Of a countermeasure: `Payments, due 3 November 2025, now done`."""
        day = f"{'due' if self.kind == 'overdue' else 'done'} {long_day(self.day)}" if self.day else ""
        text = ", ".join(filter(None, [self.team, day, self.state and f"now {self.state}"]))
        return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Edition:
    """`days`: first and last day of the period. `restricted`: references, for those alone who may read them."""

    week: str
    days: tuple[date, date]
    learnings: tuple[Entry, ...]
    published: tuple[Entry, ...]
    done: tuple[Entry, ...]
    overdue: tuple[Entry, ...]
    restricted: tuple[str, ...] = ()

    @cached_property
    def headline(self):
        return headline_of(self)

    @property
    def subject(self):
        return f"{self.headline} – {self.week}"

    @cached_property
    def sentence(self):
        return sentence_of(self)

    @property
    def is_empty(self):
        return not (self.learnings or self.published or self.done or self.overdue or self.restricted)


def groups_of(digests):
    """Uids of all postmortems that the digests tell of, restricted ones apart."""
    kinds = ("learning", "published", "done", "overdue")
    return {entry["group"] for digest in digests for kind in kinds for entry in digest.content[kind]}


def versions_of(digest):
    """What of a digest everybody may see now, as {(uid, version)}: while it is equal, so is the edition. One query."""
    seen = Postmortem.objects.open_to_everybody().filter(uid__in=groups_of([digest]))
    return frozenset(seen.values_list("uid", "version"))


def restricted_for(reader, digests):
    """{uid: reference} of the restricted postmortems in the digests that `reader` may see now. One query or none."""
    uids = {uid for digest in digests for uid in digest.content["restricted"]}
    if not uids or reader is None:
        return {}
    rows = Postmortem.objects.visible_to(reader).filter(uid__in=uids, visibility="restricted").order_by("number")
    return {row.uid: row.reference for row in rows.only("uid", "number")}


def read_editions(digests, reader=None):
    """An Edition for each digest, in order. About eight queries for any number of them."""
    found = _Found(digests)
    restricted = restricted_for(reader, digests)
    return [found.edition(digest, restricted) for digest in digests]


class _Found:
    """The rows that the digests point to, if the whole organization may see them now."""

    def __init__(self, digests):
        rows = Postmortem.objects.open_to_everybody().filter(uid__in=groups_of(digests))
        self.postmortems = {p.uid: p for p in rows.prefetch_related("services", "tags")}
        ids = {kind: {e["id"] for d in digests for e in d.content[kind]} for kind in ("learning", "done", "overdue")}
        learnings = Learning.objects.filter(uid__in=ids["learning"]).prefetch_related("tags")
        uids = ids["done"] | ids["overdue"]
        measures = Countermeasure.objects.filter(uid__in=uids).select_related("team")
        self.rows = {row.uid: row for row in [*learnings, *measures]}

    def edition(self, digest, restricted):
        def entries(kind, make):
            return tuple(
                make(entry, self.rows.get(entry["id"]), self._source(entry["group"], digest.zone), digest.zone)
                for entry in digest.content[kind]
                if entry["group"] in self.postmortems and (kind == "published" or entry["id"] in self.rows)
            )

        return Edition(
            week=digest.week,
            days=digest.days,
            learnings=entries("learning", self._learning),
            published=entries("published", self._published),
            done=entries("done", self._measure),
            overdue=entries("overdue", self._measure),
            restricted=tuple(restricted[uid] for uid in digest.content["restricted"] if uid in restricted),
        )

    def _learning(self, entry, row, source, zone):
        postmortem = self.postmortems[entry["group"]]
        topics = row.tags.all() or postmortem.tags.all() or postmortem.services.all()
        return Entry(
            kind="learning",
            reference=row.reference,
            url=f"/{row.reference}/",
            html=INLINE.clean(row.claim_html),
            text=plain(row.claim_html),
            more=_short(plain(row.what_to_do_differently_html)),
            source=source,
            why=tuple(entry["why"]),
            topics=tuple(dict.fromkeys(spoken(topic) for topic in topics)),
        )

    def _published(self, entry, row, source, zone):
        postmortem = self.postmortems[entry["group"]]
        html = postmortem.takeaway_html or f"Nothing new: {postmortem.nothing_new_because_html}"
        return Entry(
            kind="published",
            reference=source.reference,
            url=source.url,
            html=INLINE.clean(html),
            text=plain(html),
            source=source,
            why=tuple(entry["why"]),
        )

    def _measure(self, entry, row, source, zone):
        text = _short(plain(row.statement_html))
        kind = "overdue" if "new" in entry else "done"
        return Entry(
            kind=kind,
            reference=row.reference,
            url=f"/{row.reference}/",
            html=escape(text),
            text=text,
            source=source,
            why=tuple(entry["why"]),
            team=row.team.name if row.team else "",
            day=row.due_on if kind == "overdue" else row.done_at and local_day(row.done_at, zone),
            is_new=entry.get("new", False),
            # The page outlives the week: what was past due then may be done by now.
            state=row.get_status_display().lower() if row.is_open == (kind == "done") else "",
        )

    def _source(self, group, zone):
        postmortem = self.postmortems[group]
        return Source(
            reference=postmortem.reference,
            title=one_line(postmortem.title),
            url=f"/{postmortem.reference}/",
            services=tuple(service.name for service in postmortem.services.all()),
            day=local_day(postmortem.visible_since, zone),
        )


def spoken(topic):
    """A tag's or service's name inside a sentence: `retries and timeouts`, but `PostgreSQL`, `TLS`, `Checkout`."""
    is_word = isinstance(topic, Tag) and topic.kind != Tag.Kind.TECHNOLOGY and topic.name[1:].islower()
    return topic.name.lower() if is_word else topic.name


def _short(text):
    """The beginning, cut between words."""
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST].rsplit(" ", 1)[0].rstrip(",;:.") + " …"
