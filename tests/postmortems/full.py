"""A postmortem with some of everything, for the tests of pages."""

import datetime

from postmortems.models import (
    ContributingFactor,
    Countermeasure,
    Evidence,
    ImpactMeasure,
    Learning,
    Milestone,
    Observation,
    Participant,
    Perspective,
    Question,
    Service,
    Severity,
    Tag,
    Theme,
    TimelineEntry,
)
from tests.postmortems.builders import ANSWERS
from tests.postmortems.builders import draft as empty_draft

TEN = datetime.datetime(2026, 3, 2, 10, 0, tzinfo=datetime.UTC)


def after(minutes):
    return TEN + datetime.timedelta(minutes=minutes)


def full_draft(owner, *, rows=2, title="Checkout waited for a lock", **fields):
    """A draft with `rows` of each kind of row, every text naming its kind and place ("entry 1 …")."""
    service, tag, theme = (
        Service.objects.named("Checkout"),
        Tag.objects.named("Retries"),
        Theme.objects.named("Hidden limits"),
    )
    severity = Severity.objects.order_by("rank").first()
    fields = {"services": [service], "tags": [tag], "severity": severity, "zone": "Europe/Berlin", **fields}
    found = empty_draft(owner, title, takeaway="One lock held **everything**", **fields)
    for section in found.section_set.all():
        section.change(owner, section.version, text=f"The {section.kind} in *prose*")
    for kind, minute in (("started", 0), ("detected", 4), ("mitigated", 45), ("recovered", 57)):
        Milestone.add(found, owner, type=kind, at=after(minute))
    for n in range(rows):
        add_row_of_each_kind(found, owner, n, service, tag, theme)
    return found


def add_row_of_each_kind(found, owner, n, service, tag, theme):
    person = Participant.add(found, owner, name=f"person {n}")
    Perspective.add(found, owner, participant=person, text=f"perspective {n}")
    entry = TimelineEntry.add(
        found, owner, text=f"entry {n} `code`", at=after(n), believed=f"belief {n}", is_key_moment=n == 0
    )
    Question.add(found, owner, text=f"question {n}", entry=entry, status="answered", answer=f"answer {n}")
    ImpactMeasure.add(found, owner, metric=f"metric {n}", value=1240 + n, unit="requests", quality="measured")
    factor = ContributingFactor.add(found, owner, statement=f"factor {n}", theme=theme, category="software")
    poorly = Observation.add(found, owner, kind="went_poorly", text=f"observation {n}")
    Observation.add(found, owner, kind="went_well", text=f"good {n}", no_countermeasure_because="it went well")
    Learning.add(found, owner, claim=f"claim {n}", why_it_matters=f"matters {n}", services=[service], tags=[tag])
    Countermeasure.add(
        found, owner, statement=f"measure {n}", factors=[factor], observations=[poorly], owner=owner,
        due_on=datetime.date(2026, 4, 1),
    )  # fmt: skip
    add_evidence(found, owner, n)


def add_evidence(found, owner, n):
    Evidence.add(
        found, owner, kind="log", caption=f"caption {n}", excerpt=f"ERROR excerpt {n}", link="https://example.org/log",
        about=found.section_set.first().anchor, at=after(n),
    )  # fmt: skip


def full(owner, reviewer, **fields):
    """The same, reviewed and published."""
    from postmortems.models import Review

    found = full_draft(owner, **fields).submit_for_review(owner, [reviewer])
    Review.answer(found, reviewer, outcome="approved", answers=ANSWERS)
    return found.publish(owner)
