"""The door: the only way a view, an API endpoint or a command gets at a postmortem or anything in it.

Forbidden looks like missing. What somebody may see but not do is 403, with a sentence.
"""

import re

from django.core.exceptions import PermissionDenied
from django.http import Http404

from postmortems.models import PART_MODELS, Attachment, Countermeasure, Evidence, Learning, Postmortem

REFERENCE = re.compile(r"(PM|L|CM)-([1-9]\d{0,8})", re.IGNORECASE)
MISSING = "There is nothing at this address, or it is not yours to see."


def number_of(reference, prefix):
    """12 of "PM-12"; Http404 for anything that is no such reference."""
    match = REFERENCE.fullmatch(reference or "")
    if not match or match[1].upper() != prefix:
        raise Http404(MISSING)
    return int(match[2])


def get_postmortem(user, reference, need="read", queryset=None):
    """The postmortem `reference` ("PM-12"), if `user` may `need` it: one of Access's words.

    Raises Http404 where the user may not see it, PermissionDenied where he may see it but not do that. One query,
    and a few small ones where it is not open to everybody or `need` is more than "read": asking the row that was
    found is several milliseconds cheaper than asking the database with all of `visible_to`. `queryset` adds what the
    caller wants loaded along.
    """
    found = (Postmortem.objects.all() if queryset is None else queryset).filter(number=number_of(reference, "PM"))
    postmortem = (found.in_trash_of(user) if need == "restore" else found).first()
    if postmortem is None:
        raise Http404(MISSING)
    if need == "restore":
        return postmortem
    access = postmortem.access(user)
    if not access.read:
        raise Http404(MISSING)
    if need != "read" and not access[need]:
        raise PermissionDenied(f"You may read {postmortem.reference}, but not {need} it.")
    return postmortem


def get_part(user, reference, kind, uid, need="write"):
    """The part `uid` of the kind `kind` ("entry", "factor" …) of a postmortem, through its postmortem's door."""
    postmortem = get_postmortem(user, reference, need)
    if kind not in PART_MODELS:
        raise Http404(MISSING)
    part = PART_MODELS[kind].objects.filter(postmortem=postmortem, uid=uid).first()
    if part is None:
        raise Http404(MISSING)
    part.postmortem = postmortem
    return part


def get_attachment(user, uid, of=None):
    """The file `uid` (one `of` that postmortem), if its postmortem is visible to `user` and a row of evidence holds it.
    Whoever writes gets those of removed rows, too. Two queries and a few small ones."""
    found = Attachment.objects.filter(uid=uid).select_related("postmortem").first()
    access = found.postmortem.access(user) if found else None
    if not access or not access.read or of not in (None, found.postmortem):
        raise Http404(MISSING)
    if not access.write and not Evidence.objects.filter(attachment=found).exists():
        raise Http404(MISSING)
    return found


def get_learning(user, reference):
    """The learning "L-3", if its postmortem is visible to `user`. One query, or a few where not open."""
    return _numbered(user, Learning, number_of(reference, "L"))


def get_countermeasure(user, reference):
    """The countermeasure "CM-7", if its postmortem is visible to `user`. One query, or a few where not open."""
    return _numbered(user, Countermeasure, number_of(reference, "CM"))


def _numbered(user, model, number):
    row = model.objects.filter(number=number).select_related("postmortem").first()
    if row is None or not row.postmortem.access(user).read:
        raise Http404(MISSING)
    return row
