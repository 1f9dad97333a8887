"""Everything that may interest anybody in a span of time, loaded once for a whole batch of subscriptions."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models.functions import Greatest

from kb.digests.interests import picker
from postmortems.catalog_changes import moved_slugs
from postmortems.documents import load
from postmortems.models import Countermeasure, Learning, Postmortem
from search.document import Document

MOST_OVERDUE = 500  # that are looked at, the latest dates first


@dataclass(frozen=True)
class Item:
    """One thing to tell. `kind` is learning, published, done, overdue or restricted.

    at      when it became visible to the organization, or was published for the few who may read it
    due_on  of an overdue countermeasure, whose `at` is None
    parent  the document of its postmortem; the same as `document` for published and restricted
    """

    kind: str
    document: Document
    parent: Document
    at: datetime | None = None
    due_on: date | None = None


@dataclass
class Pool:
    """The items of a span, what is called otherwise by now, and for each query seen so far the items that it picks."""

    items: tuple[Item, ...] = ()
    moved: dict[tuple[str, str], str] = field(default_factory=dict)
    picked: dict[str, frozenset[int]] = field(default_factory=dict)

    def picked_by(self, query):
        """Positions in `items`; each query is matched once, however many people ask it."""
        if query not in self.picked:
            picks = picker(query, self.moved)
            self.picked[query] = frozenset(
                place for place, item in enumerate(self.items) if picks(item.document, item.parent)
            )
        return self.picked[query]


def gather(since, until, last_day):
    """The Pool of (since, until], with what was due before `last_day`. Six to ten queries, and those of the documents.

    Only what the whole organization may see, and never what was imported; the restricted ones are for those whose
    audience fits, and are only counted.
    """
    found = [*_became_visible(since, until), *_restricted(since, until), *_overdue(last_day)]
    documents = {document.key: document for document in load(sorted({group for _, _, group, _, _ in found}))}
    items = []
    for kind, key, group, at, due_on in found:
        document, parent = documents.get(key), documents.get(("postmortem", group))
        if document and parent:
            items.append(Item(kind, document, parent, at, due_on))
    return Pool(tuple(items), moved_slugs())


def _told():
    """Postmortems whose content may stand in a digest."""
    return Postmortem.objects.open_to_everybody().filter(origin=Postmortem.Origin.WRITTEN)


def _became_visible(since, until):
    """(kind, key, group, at, None) of new postmortems, learnings and completed countermeasures.

    What was added to a postmortem later became visible then; what was in it before, together with it.
    """
    for uid, at in Postmortem.objects.became_visible(since, until).values_list("uid", "visible_since"):
        yield "published", ("postmortem", uid), uid, at, None
    done = Countermeasure.objects.filter(status__in=("done", "verified"))
    sources = (
        ("learning", "learning", Learning.objects.all(), "created_at"),
        ("done", "countermeasure", done, "done_at"),
    )
    for kind, word, rows, moment in sources:
        rows = rows.filter(postmortem__in=_told()).annotate(seen_at=Greatest(moment, "postmortem__visible_since"))
        rows = rows.filter(seen_at__gt=since, seen_at__lte=until).order_by("pk")
        for uid, group, at in rows.values_list("uid", "postmortem__uid", "seen_at"):
            yield kind, (word, uid), group, at, None


def _overdue(last_day):
    rows = Countermeasure.objects.overdue(last_day).filter(postmortem__in=_told()).order_by("-due_on", "pk")
    for uid, group, due_on in rows.values_list("uid", "postmortem__uid", "due_on")[:MOST_OVERDUE]:
        yield "overdue", ("countermeasure", uid), group, None, due_on


def _restricted(since, until):
    rows = Postmortem.objects.filter(
        visibility="restricted",
        status__in=("published", "archived"),
        trashed_at=None,
        origin="written",
        published_at__gt=since,
        published_at__lte=until,
    )
    for uid, at in rows.order_by("pk").values_list("uid", "published_at"):
        yield "restricted", ("postmortem", uid), uid, at, None
