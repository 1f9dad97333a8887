"""The kept sheets of search: what a page of hits shows, read by one query instead of twenty.

A sheet counts only at the version that its postmortem has, so a stale one is never shown, only made anew; who may see
it is asked of the postmortem in the same query.
"""

import logging
from collections.abc import Iterable

from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from postmortems.models import KeptSheet, Postmortem
from postmortems.sight import Sight
from search.document import Document
from search.sheet import SHAPE, Sheet

log = logging.getLogger(__name__)
AT_ONCE = 20  # postmortems written in one transaction: some 200 kB, so that nobody waits long for the lock


def kept(sight: Sight, uids: Iterable[str]) -> dict[tuple[str, str], Sheet]:
    """The sheets of these postmortems, learnings and countermeasures that are fresh and may be seen. One query."""
    # Asked of each row: as a join, databases begin at all the postmortems.
    fresh = sight.postmortems().filter(pk=OuterRef("postmortem"), version=OuterRef("version"))
    rows = KeptSheet.objects.filter(Exists(fresh), uid__in=uids, shape=SHAPE).values_list("about", "text")
    return {sheet.key: sheet for sheet in (Sheet.loads(about, text) for about, text in rows)}


def keep(groups: Iterable[str], documents: Iterable[Document]) -> None:
    """Keep the sheets of these documents, which are all that the postmortems with the uids `groups` have.

    What is kept already at its version is left. A busy or read-only database keeps nobody from searching: what is not
    kept is read from its rows, and tried again by `unkept`.
    """
    groups, of = list(groups), {}
    for document in documents:
        of.setdefault(document.group, []).append(document)
    try:
        for start in range(0, len(groups), AT_ONCE):
            _write(groups[start : start + AT_ONCE], of)
    except DatabaseError as error:
        log.warning("What search shows was not kept: %s", error)


def _write(groups: list[str], of: dict[str, list[Document]]) -> None:
    have = KeptSheet.objects.filter(postmortem__uid__in=groups).values_list("uid", "version", "shape")
    have = {uid: made for uid, *made in have}
    documents = [document for group in groups for document in of.get(group, ())]
    gone = have.keys() - {document.id for document in documents}
    stale = [document for document in documents if have.get(document.id) != [document.version, SHAPE]]
    if not stale and not gone:
        return
    with transaction.atomic():
        keys = dict(Postmortem.objects.filter(uid__in=groups).values_list("uid", "pk"))
        KeptSheet.objects.filter(uid__in=gone).delete()
        KeptSheet.objects.bulk_create(
            [_row(document, keys[document.group]) for document in stale if document.group in keys],  # else just purged
            update_conflicts=True,
            unique_fields=["uid"],
            update_fields=["version", "shape", "about", "text"],
        )


def _row(document: Document, postmortem: int) -> KeptSheet:
    sheet = Sheet.of(document)
    return KeptSheet(
        uid=sheet.id,
        postmortem_id=postmortem,
        version=document.version,
        shape=SHAPE,
        about=sheet.dumps(),
        text=sheet.text,
    )


def unkept() -> QuerySet:
    """Uids of the postmortems outside of the trash whose sheet is missing, of an older version or another shape."""
    fresh = KeptSheet.objects.filter(uid=OuterRef("uid"), version=OuterRef("version"), shape=SHAPE)
    return Postmortem.objects.filter(~Exists(fresh), trashed_at=None).order_by("-number").values_list("uid", flat=True)
