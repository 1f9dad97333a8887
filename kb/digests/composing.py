"""Composing: which items of a pool go into one digest, and why. Pure and deterministic; no database, no clock."""

from dataclasses import dataclass
from datetime import datetime

from kb.lib.weeks import local_day

TOLD = ("learning", "published", "done", "overdue")


@dataclass(frozen=True)
class Wanted:
    """What one envelope asks for: pairs (query, label), the period (since, until], its calendar, and its reader."""

    interests: tuple[tuple[str, str], ...]
    since: datetime
    until: datetime
    zone: str
    audiences: frozenset[str]


def compose(pool, wanted):
    """The content of a digest as JSON data, or None where nothing is new.

    {"learning" | "published" | "done" | "overdue": [{"id", "group", "why": [label], …}], "restricted": [uid]}, all by
    uid. An item stands once, with all its reasons; an overdue one has "new": whether its date passed in this period.
    What is overdue for longer, or only that, is no reason to write.
    """
    reasons = _reasons(pool, wanted)
    chosen = [pool.items[place] for place in reasons]
    why = {id(pool.items[place]): labels for place, labels in reasons.items()}
    content = {kind: [] for kind in TOLD}
    for item in sorted(chosen, key=_order(chosen, why)):
        if item.kind in TOLD:
            content[item.kind].append(_entry(item, why[id(item)], wanted))
    groups = {entry["group"] for entry in content["learning"]}
    content["published"] = [entry for entry in content["published"] if entry["group"] not in groups]
    content["restricted"] = sorted(item.document.id for item in chosen if item.kind == "restricted")
    return content if _is_news(content) else None


def _reasons(pool, wanted):
    """{position: [label]} of the items in this period that an interest picks and the reader may know of."""
    last = local_day(wanted.until, wanted.zone)
    found = {}
    for query, label in wanted.interests:
        for place in sorted(pool.picked_by(query)):
            if _is_in(pool.items[place], wanted, last):
                found.setdefault(place, []).append(label)
    return found


def _is_in(item, wanted, last):
    if item.kind == "overdue":
        return item.due_on < last
    if item.kind == "restricted" and not item.document.audiences & wanted.audiences:
        return False
    return wanted.since < item.at <= wanted.until


def _order(chosen, why):
    """Postmortems that answer most interests first, then as they became visible; overdue ones latest date first."""
    weight = {}
    for item in chosen:
        weight[item.parent.id] = max(weight.get(item.parent.id, 0), len(why[id(item)]))

    def key(item):
        if item.kind == "overdue":
            return (0, -item.due_on.toordinal(), _number(item.document), 0)
        return (-weight[item.parent.id], item.at.timestamp(), _number(item.parent), _number(item.document))

    return key


def _number(document):
    return int(document.reference.partition("-")[2])


def _entry(item, why, wanted):
    entry = {"id": item.document.id, "group": item.parent.id, "why": why}
    if item.kind == "overdue":
        entry["new"] = item.due_on >= local_day(wanted.since, wanted.zone)
    return entry


def _is_news(content):
    return any(content[kind] for kind in ("learning", "published", "done", "restricted")) or any(
        entry["new"] for entry in content["overdue"]
    )
