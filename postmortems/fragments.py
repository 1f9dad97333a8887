"""The stored HTML of a reading page's reader-independent part: made after a version is published, then fetched."""

import functools
import hashlib
import operator
import time
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.template.loader import render_to_string
from django.templatetags.static import static

from postmortems.article import Article
from postmortems.models import Countermeasure, Fragment, Participant, Postmortem, Review
from postmortems.models.visibility import OPEN

TEMPLATE = "postmortems/parts/article.html"


@functools.cache
def design() -> str:
    """A short hash of everything beside the data that shapes a fragment: templates, code, the sprite's address."""
    folder, here = Path(settings.BASE_DIR) / "templates", Path(__file__).parent
    files = [*sorted((folder / "postmortems/parts").glob("*.html")), *sorted((folder / "parts").glob("*.html"))]
    files += [
        here / name for name in ("article.py", "history.py", "timeline.py", "strip.py", "figures.py", "durations.py")
    ]
    files += sorted((Path(settings.BASE_DIR) / "kb/templatetags").glob("*.py"))
    digest = hashlib.sha256(static("kb/icons.svg").encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def article_html(postmortem: Postmortem) -> str:
    """The fragment of the version that `postmortem` has; one query if it is stored, about twenty if not.

    The caller has been through the door; a fragment says the same to everybody who may read it at all.
    """
    kept = Fragment.objects.filter(postmortem=postmortem, version=postmortem.version, design=design())
    html = kept.values_list("html", flat=True).first()
    return make(postmortem.pk) if html is None else html


def make(pk: int) -> str:
    """Render and keep the fragment. The head is read before its parts, so what is kept is never older than it says."""
    article = Article.load(pk)
    html = str(render_to_string(TEMPLATE, {"article": article}))
    row = Fragment(postmortem_id=pk, version=article.postmortem.version, design=design(), html=html)
    try:
        Fragment.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["postmortem"], update_fields=["version", "design", "html"]
        )
    except DatabaseError:
        pass  # A busy or read-only database keeps nobody from reading; the next reader tries again.
    return html


def consume(subjects: list[str]) -> None:
    """Consumer of events: make the fragments of what was published or revised; what is fresh or a draft is left."""
    uids = [subject.rpartition(":")[2] for subject in subjects]
    for pk in missing().filter(uid__in=uids).values_list("pk", flat=True):
        make(pk)


def make_missing(seconds: float) -> int:
    """Make missing fragments, the newest first, for about `seconds`; returns how many were made."""
    until, made = time.monotonic() + seconds, 0
    for pk in missing().order_by("-number").values_list("pk", flat=True)[:100]:
        if time.monotonic() > until:
            break
        make(pk)
        made += 1
    return made


def missing() -> QuerySet:
    """What people read and whose fragment is not there, or is of an older version or design."""
    fresh = Fragment.objects.filter(postmortem=OuterRef("pk"), version=OuterRef("version"), design=design())
    return Postmortem.objects.filter(~Exists(fresh), status__in=OPEN, trashed_at=None)


def outdate_naming(person) -> None:
    """A person has another name now: what names him is made again when it is next read, or before."""
    named = (
        Postmortem.objects.filter(Q(owner=person) | Q(facilitator=person)).values("pk"),
        Postmortem.authors.through.objects.filter(user=person).values("postmortem"),
        Participant.objects.filter(user=person).values("postmortem"),
        Review.objects.filter(reviewer=person).values("postmortem"),
        Countermeasure.objects.filter(owner=person).values("postmortem"),
    )
    Fragment.objects.filter(functools.reduce(operator.or_, (Q(pk__in=rows) for rows in named))).update(design="")


def outdate_graded(severity) -> None:
    """A severity has another name or rank now."""
    Fragment.objects.filter(pk__in=Postmortem.objects.filter(severity=severity)).update(design="")
