"""What was lifted out of a report → rows as build() takes them: entries, countermeasures, factors, observations …"""

import datetime
import re
from collections.abc import Iterable

from kb.accounts.models import User
from kb.lib import instants
from postmortems.importing.reports.actions import Item
from postmortems.importing.reports.lifting import Lifted, item_text
from postmortems.importing.reports.moments import Moment
from postmortems.models import ContributingFactor, Countermeasure, Milestone, Observation, TimelineEntry

KINDS = {  # what the first words of an action say of its kind; the first line that fits wins
    "investigate": r"investigat|look (?:in)?to|find out|figure out|explore|spike|check why|understand|analy[sz]e",
    "detect": r"\balert|\balarm|\bmonitor|dashboard|\bdetect|metrics?\b|notif|logging",
    "share": r"\btrain|\bteach|\bshare|\bannounce|\bcommunicat|\btell\b",
    "prepare": r"document|runbook|write (?:a|an|down)|guide|wiki|checklist|rehears|drill|playbook|process",
    "repair": r"^\W*(?:fix|repair|clean|restore|migrate|upgrade|replace|remove|revert)",
    "mitigate": r"rate limit|limit|rollback|roll back|fallback|failover|redundan|capacity|timeout|circuit",
}
KIND = [(kind, re.compile(words, re.I)) for kind, words in KINDS.items()]
ENTRY_KINDS = {"detected": TimelineEntry.Kind.DETECTION, "recovered": TimelineEntry.Kind.RECOVERY}
OBSERVED = {"went_well": Observation.Kind.WENT_WELL, "went_poorly": Observation.Kind.WENT_POORLY}
OBSERVED |= {"lucky": Observation.Kind.LUCKY}


def people_named(lifted: Iterable[Lifted]) -> dict[str, User]:
    """{name in lower case: User} for the owners named in reports, by username or full name; two queries."""
    names = {item.owner.lower() for one in lifted for item in one.items if item.owner}
    if not names:
        return {}
    found = {}
    for user in User.objects.filter(is_active=True, is_system=False).only("pk", "username", "name"):
        found |= {word: user for word in (user.name.lower(), user.username.lower()) if word in names}
    return found


def instant_fields(moment: Moment, zone: str) -> dict:
    """at, zone, precision, approximate and typed of a Moment; `zone` where the report names none."""
    name = moment.zone or zone
    precision = moment.precision if moment.at else "unknown"
    return {
        "at": _utc(moment.at, name),
        "zone": name,
        "precision": precision,
        "approximate": moment.approximate and moment.at is not None,
        "typed": moment.typed[:120],
    }


def _utc(naive: datetime.datetime | None, zone: str) -> datetime.datetime | None:
    """The instant; of a time that a change of clocks makes unclear the first of the two."""
    return naive and naive.replace(tzinfo=instants.zone(zone)).astimezone(datetime.UTC)


def rows_of(lifted: Lifted, people: dict[str, User], zone: str = "UTC") -> dict[str, list[dict]]:
    """{kind of PART_MODELS: rows}; `zone` is for times whose zone the report does not name."""
    zone = lifted.recognized.zone or zone
    marks = {mark.row.line: mark.type for mark in lifted.recognized.milestones if mark.row}
    lines = {row.line for row in lifted.rows}
    entries = [
        {
            **instant_fields(row.moment, zone),
            "until": _utc(row.moment.until, row.moment.zone or zone),
            "text": row.text,
            "kind": ENTRY_KINDS.get(marks.get(row.line), TimelineEntry.Kind.OBSERVATION),
            "is_key_moment": row.line in marks,
            "key": f"entry-{row.line}",
        }
        for row in lifted.rows
    ]
    milestones = [
        {
            "type": Milestone.Type(mark.type),
            **instant_fields(mark.moment, zone),
            **({"entry": f"entry-{mark.line}"} if mark.row and mark.line in lines else {}),
        }
        for mark in lifted.recognized.milestones
    ]
    return {
        "entry": entries,
        "milestone": milestones,
        "factor": [
            {"statement": one.text, "role": ContributingFactor.Role.ENABLED}
            for one in lifted.findings if one.kind == "factor"
        ],
        "observation": [
            {"text": one.text, "kind": OBSERVED[one.section_kind]}
            for one in lifted.findings if one.kind == "observation"
        ],
        "countermeasure": [countermeasure(item, lifted, people) for item in lifted.items],
        "impact": [
            {"metric": one.metric, "value": one.value, "unit": one.unit[:40],
             "quality": "measured" if one.measured else "estimated"}
            for one in lifted.figures
        ],
    }  # fmt: skip


def countermeasure(item: Item, lifted: Lifted, people: dict[str, User]) -> dict:
    """A row for an action item; an owner without an account and a ticket without an address stay in its words."""
    text, owner = item_text(item), people.get((item.owner or "").lower())
    said = text.lower()
    if item.owner and owner is None and item.owner.lower() not in said:
        text += f"\n\nOwner: {item.owner}"
    is_link = bool(item.ticket and re.match(r"https?://\S+$", item.ticket) and len(item.ticket) <= 2000)
    if item.ticket and not is_link and item.ticket.lower() not in said:
        text += f"\n\nTicket: {item.ticket}"
    kind = next((kind for kind, words in KIND if words.search(item.text[:200])), "prevent")
    return {
        "statement": text,
        "kind": Countermeasure.Kind(kind),
        "owner": owner,
        "due_on": lifted.recognized.due_of(item),
        "ticket": item.ticket if is_link else "",
        "status": Countermeasure.Status.DONE if item.done else Countermeasure.Status.PROPOSED,
    }
