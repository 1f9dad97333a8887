"""A small world that everybody knows, and a secret in it: a postmortem with a rare word in every field."""

import datetime

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from kb.digests.models import Subscription
from postmortems import attachments
from postmortems.models import (
    Attachment,
    ContributingFactor,
    Countermeasure,
    Evidence,
    ImpactMeasure,
    Learning,
    Milestone,
    Named,
    Observation,
    Participant,
    Perspective,
    Postmortem,
    Question,
    Review,
    Section,
    Service,
    Tag,
    Theme,
    TimelineEntry,
)
from tests.cast import create_cast
from tests.postmortems.builders import ANSWERS, draft
from tests.postmortems.full import full

RARE = "zyxomorph"
KINDS = ("restricted", "draft", "withdrawn", "trashed")
SUBSCRIPTION_UIDS = {"stranger": "substranger0", "reader": "subreader000", "admin": "subadmin0000"}
SECTION_UID, ENTRY_UID = "secretsectio", "secretentry2"
FILE_UID = "secretfile22"


def create_world():
    """The cast; a full published postmortem, a short one that shares common words, and what outsiders subscribed to."""
    cast = create_cast()
    full(cast.author, cast.facilitator, title="Checkout waited for a lock")
    full(cast.stranger, cast.facilitator, rows=1, title="Queue of the ledger filled up")
    for who, uid in SUBSCRIPTION_UIDS.items():
        interests = [
            ("", "Everything"),
            (RARE, "A word"),
            (f"service:{RARE}-gateway", "A service"),
            ("PM-3", "A number"),
        ]
        made = Subscription.start(getattr(cast, who), interests)
        Subscription.objects.filter(pk=made.pk).update(uid=uid)
    return cast


def create_words():
    """The words that only the secret uses, as an administrator would have made them."""
    return {
        "service": Service.objects.named(f"{RARE} gateway"),
        "tag": Tag.objects.named(f"{RARE} tag"),
        "theme": Theme.objects.named(f"{RARE} theme"),
    }


def create_secret(cast, kind):
    """A postmortem of `kind`, one of KINDS, written by the author, with RARE and common words in every field."""
    words = create_words()
    fields = {
        "services": [words["service"]], "conditions": [words["service"]], "tags": [words["tag"]], "teams": [],
        "takeaway": f"takeaway {RARE} checkout", "nothing_new_because": f"nothing {RARE}", "zone": "Europe/Berlin",
        "source_url": f"https://example.org/{RARE}",
    }  # fmt: skip
    if kind == "restricted":
        fields["visibility"] = Postmortem.Visibility.RESTRICTED
    secret = draft(cast.author, f"Checkout {RARE} lock retry", **fields)
    write_every_part(secret, cast, words)
    if kind == "restricted":
        Named.name_reader(secret, cast.author, user=cast.teammate, reason=f"named {RARE}")
    return bring_into(secret, cast, kind)


def write_every_part(secret, cast, words):
    by, now = cast.author, timezone.now()
    for section in secret.section_set.all():
        section.change(by, section.version, text=f"The {section.kind} {RARE} of the checkout lock PM-1")
    other = Section.add(secret, by, kind="other", title=f"title {RARE}", text=f"other {RARE}")
    _name(Section, other, SECTION_UID)
    who = Participant.add(secret, by, name=f"name {RARE}")
    entry = TimelineEntry.add(
        secret, by, text=f"entry {RARE} lock", believed=f"believed {RARE}", at=now, participant=who,
        evidence=f"https://example.org/{RARE}",
    )  # fmt: skip
    _name(TimelineEntry, entry, ENTRY_UID)
    Perspective.add(secret, by, participant=who, text=f"perspective {RARE}")
    Question.add(secret, by, entry=entry, text=f"question {RARE}", answer=f"answer {RARE}", status="answered")
    file = attachments.store(secret, by, SimpleUploadedFile(f"{RARE}.log", f"log {RARE}".encode()))
    _name(Attachment, file, FILE_UID)
    Evidence.add(secret, by, attachment=file, caption=f"caption {RARE}", excerpt=f"excerpt {RARE}", alt=f"alt {RARE}")
    Milestone.add(secret, by, type="started", at=now, note=f"note {RARE}")
    Milestone.add(secret, by, type="recovered", at=now + datetime.timedelta(hours=3))
    ImpactMeasure.add(secret, by, metric=f"metric {RARE}", value=9999999, unit=RARE, how=f"how {RARE}")
    factor = ContributingFactor.add(secret, by, statement=f"factor {RARE}", theme=words["theme"])
    seen = Observation.add(secret, by, kind="went_poorly", text=f"observation {RARE}")
    Learning.add(
        secret, by, claim=f"claim {RARE} retry", why_it_matters=f"why {RARE}", what_to_do_differently=f"what {RARE}",
        services=[words["service"]], tags=[words["tag"]], audience=RARE,
    )  # fmt: skip
    late = timezone.localdate() - datetime.timedelta(days=1)
    measure = Countermeasure.add(
        secret, by, statement=f"measure {RARE} lock", factors=[factor], observations=[seen], owner=by, due_on=late,
        expected_outcome=f"expected {RARE}", ticket=f"https://example.org/{RARE}", team=cast.payments,
    )  # fmt: skip
    measure.accept(by)
    done = Countermeasure.add(secret, by, statement=f"done {RARE}", owner=by)
    done.complete(by)


def _name(model, row, uid):
    """Give the row a uid that can be asked for before it is there; the first of several secrets gets it."""
    if not model.objects.filter(uid=uid).exists():
        model.objects.filter(pk=row.pk).update(uid=uid)


def bring_into(secret, cast, kind):
    if kind == "draft":
        return secret
    reviewer = cast.security if kind == "restricted" else cast.facilitator
    secret.submit_for_review(cast.author, [reviewer])
    Review.answer(secret, reviewer, outcome="approved", answers=ANSWERS, comment=f"comment {RARE}")
    secret.refresh_from_db()
    secret.publish(cast.author)
    if kind == "withdrawn":
        secret.withdraw(cast.author, f"reason {RARE}")
    if kind == "trashed":
        secret.delete_to_trash(cast.author)
    return secret
