"""The history of a postmortem as people read it: who changed what, when, and how, word by word.

Whoever may edit sees all of it. A reader sees what changed since it was last handed to its readers: published, opened
to the organization, imported, or, while it is in review, submitted. What was typed before that was written for nobody
but its authors, and what stood in it while it was withdrawn or restricted was not meant for everybody.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q

from kb.accounts.models import User
from kb.lib import instants
from kb.lib.words_diff import NEW, OLD, Piece, shortened, words_diff
from postmortems.models import PART_MODELS, Change, FunctionsForNames, Postmortem
from postmortems.models.restoring import model_of
from postmortems.models.visibility import OPEN

HANDED_OUT = ("published", "imported", "seeded")  # snapshots after which readers have it
TIME = ("at", "zone", "precision", "approximate", "typed")
COMPARED = 300_000  # characters of a page that are compared; what is more has a page of its own
MOST = 500  # changes that are undone together
SHOWN = 4_000  # characters of one added or removed piece
ACTIONS = {
    "add": "added", "change": "changed", "remove": "removed", "move": "moved", "restore": "restored",
    "shift": "shifted the time of", "zone": "told in another zone",
    "submit_for_review": "asked for review", "take_back": "took back", "request_changes": "asked for changes",
    "publish": "published", "archive": "archived", "unarchive": "unarchived", "withdraw": "withdrew",
    "reinstate": "reinstated", "visibility": "changed who sees", "trashed": "moved to the trash",
    "restored": "took out of the trash", "owner": "handed over", "import": "imported", "accept": "accepted",
    "start": "started", "complete": "completed", "verify": "verified", "reopen": "reopened", "decline": "declined",
    "supersede": "superseded", "functions": "put functions in place of names of", "effect": "checked the effect of",
}  # fmt: skip
REASONS = {
    "submitted": "Submitted for review", "published": "Published", "imported": "Imported", "seeded": "As it came",
    "restored": "After it was restored", "before_restore": "Before it was restored",
}  # fmt: skip
NEVER = {"uid", "number", "position", "source_key"}
PLAIN_FIELDS = {"status", "visibility", "effect", "owner"}  # written by verbs, not by forms


@dataclass
class Difference:
    """One field: its label and the pieces of both texts. `is_long`: not compared here."""

    label: str
    pieces: list[Piece] = field(default_factory=list)
    is_long: bool = False


@dataclass
class Line:
    """One change: what it was done to, where that stands now (`href`, or "" if it is gone), and how it differs."""

    change: Change
    words: str
    label: str
    href: str
    part: object
    differences: list[Difference]

    @property
    def is_undoable(self) -> bool:
        return self.change.action == "remove" and self.part is None

    @property
    def is_restorable(self) -> bool:
        return (
            self.change.action in ("add", "change", "restore", "shift", "zone")
            and bool(self.change.after)
            and not self.is_first
        )

    @property
    def is_first(self) -> bool:
        return self.change.part_kind == "postmortem" and self.change.action == "add"

    @property
    def version(self) -> int:
        return getattr(self.part, "details_version", getattr(self.part, "version", 0))


def changes_for(postmortem: Postmortem, access) -> models.QuerySet:
    """The changes that this reader may know, oldest first; a few small queries beside its own.

    Those of a view that is told by its function alone are for whoever may edit: who typed it is often who holds it.
    """
    seen = postmortem.changes.filter(version__gt=seen_from(postmortem, access))
    return seen if sees_all(postmortem, access) else seen.exclude(part_uid__in=nameless(postmortem))


def nameless(postmortem: Postmortem) -> set[str]:
    """Uids of the perspectives that are, or at some time were, told by their function alone. Two queries."""
    told = Q(before__by_function=True) | Q(after__by_function=True)
    ever = postmortem.changes.filter(told, part_kind="perspective").order_by().values_list("part_uid", flat=True)
    now = postmortem.perspective_set.filter(by_function=True).order_by().values_list("uid", flat=True)
    return {*ever, *now}


def snapshots_for(postmortem: Postmortem, access) -> models.QuerySet:
    """The whole versions that this reader may compare, oldest first; without their data."""
    rows = postmortem.snapshots.filter(version__gte=seen_from(postmortem, access)).select_related("by")
    return rows.defer("data")


def sees_all(postmortem: Postmortem, access) -> bool:
    """Whoever may edit it; nobody else sees a withdrawn one at all."""
    return bool(access.write or (access.read and postmortem.status == "withdrawn"))


def seen_from(postmortem: Postmortem, access) -> int:
    """The version after which changes are shown to this reader; 0 for whoever may edit."""
    return 0 if sees_all(postmortem, access) else handed_out(postmortem)


def handed_out(postmortem: Postmortem) -> int:
    """The version that its readers were last given; what changed since is shown to all of them. Two queries."""
    reasons = HANDED_OUT if postmortem.status in OPEN else ("submitted",) if postmortem.status == "in_review" else ()
    handed = postmortem.snapshots.filter(reason__in=reasons).order_by("pk").values_list("version", flat=True).last()
    if handed is None:
        return postmortem.version
    opened = postmortem.changes.filter(action="visibility").order_by("pk").values_list("version", flat=True).last()
    return max(handed, opened or 0, names_until(postmortem))


def names_until(postmortem: Postmortem) -> int:
    """The version until which names stand in the history of one that shows functions; 0 where it shows names."""
    kept = FunctionsForNames.objects.filter(postmortem=postmortem)
    return kept.values_list("version", flat=True).first() or 0


def lines_of(postmortem: Postmortem, changes: list[Change]) -> list[Line]:
    """The changes with words for everything that their data only names; a query per kind of row at most."""
    names, parts = Names(), _parts(postmortem, changes)
    for change in changes:
        names.want(model_of(change.part_kind), change.before, change.after)
    names.ask()
    left, lines = COMPARED, []
    for change in changes:
        part, model = parts.get((change.part_kind, change.part_uid)), model_of(change.part_kind)
        found = differences(model, change.before, change.after, names, left, part)
        left -= _size(change.before) + _size(change.after)
        label = label_of(model, part, {**change.before, **change.after}, change.action)
        href = part.get_absolute_url() if part else ""
        lines.append(Line(change, ACTIONS.get(change.action, change.action), label, href, part, found))
    return lines


def _parts(postmortem, changes):
    """{(kind, uid): row as it is now} of those that are still there; one query per kind."""
    wanted = defaultdict(set)
    for change in changes:
        wanted[change.part_kind].add(change.part_uid)
    found = {("postmortem", postmortem.uid): postmortem}
    for kind, uids in wanted.items():
        if kind != "postmortem":
            for row in PART_MODELS[kind].objects.filter(postmortem=postmortem, uid__in=uids):
                row.postmortem = postmortem
                found[kind, row.uid] = row
    return found


def label_of(model, part, data, action="") -> str:
    """`Impact`, `Timeline entry “The first alert …”`, `Title and details`."""
    if model is Postmortem:
        return "the postmortem" if data.keys() <= PLAIN_FIELDS | {"reason"} or action == "add" else "title and details"
    if model.KIND == "section":
        kinds = dict(model.Kind.choices)
        return part.heading if part else data.get("title") or kinds.get(data.get("kind"), "a section")
    word = model._meta.verbose_name
    text = str(part) if part else next((_called(model, name, data[name]) for name in TEXTS if data.get(name)), "")
    return f"{word} “{text[:60]}{'…' if len(text) > 60 else ''}”" if text else word


def _called(model, name, value):
    return str(dict(model._meta.get_field(name).flatchoices).get(value, value))


TEXTS = ("statement", "claim", "text", "metric", "name", "caption", "type", "note")  # what a row is called by


class Names:
    """Names for the uids in changes: collected first, then asked for with one query per kind of row."""

    def __init__(self):
        self.wanted, self.found = defaultdict(set), {}

    def want(self, model, *datas):
        for related, value in (pair for data in datas for pair in _related(model, data)):
            self.wanted[related].update(value if isinstance(value, list) else [value])

    def ask(self):
        for model, keys in self.wanted.items():
            key = next(f.name for f in model._meta.concrete_fields if f.name in ("uid", "slug"))
            for row in model.objects.filter(**{f"{key}__in": keys}):
                self.found[model, getattr(row, key)] = str(row)

    def of(self, model, key):
        return self.found.get((model, key), "somebody who is gone" if model is User else "one that was removed")


def _related(model, data):
    """(related model, uid or uids) of the relations in one side of a change."""
    for name, value in data.items():
        found = _field(model, name)
        if found is not None and found.is_relation and value:
            yield found.related_model, value


def _field(model, name):
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def differences(model, before: dict, after: dict, names: Names, budget: int = COMPARED, part=None) -> list[Difference]:
    """The fields in which both sides differ, as people read them; `budget` characters are compared, the rest is said
    to be long."""
    found = []
    if "at" in {**before, **after}:
        times = [_time(side, getattr(part, "zone", "UTC")) for side in (before, after)]
        if times[0] != times[1]:
            found.append(Difference("Time", _pieces(*times, whole=True)))
    for name in dict.fromkeys([*before, *after]):
        target = _field(model, name)
        is_told_as_time = name in TIME and "at" in {**before, **after}
        if target is None or name in NEVER or is_told_as_time or before.get(name) == after.get(name):
            continue
        old, new = (told(target, side.get(name), names) for side in (before, after))
        if old == new or not _is_news(target, name, before, after):
            continue
        label = str(target.verbose_name)
        budget -= len(old) + len(new)
        is_text = isinstance(target, models.TextField | models.CharField) and not target.choices
        is_long = budget < 0
        pieces = [] if is_long else _pieces(old, new, whole=not is_text)
        found.append(Difference(label[:1].upper() + label[1:], pieces, is_long))
    return found


def _is_news(target, name, before, after):
    """Of a row that was added or removed, what it was given, and not what every row has."""
    if name in before and name in after:
        return True
    value = after.get(name, before.get(name))
    return value not in (None, "", [], False) and (target.many_to_many or value != target.get_default())


def told(target, value, names: Names) -> str:
    """A value of a change as people read it."""
    if value in (None, "", []):
        return ""
    if target.name == "about":  # the anchor of a section or row
        return value.partition("-")[0]
    if target.is_relation:
        keys = value if isinstance(value, list) else [value]
        return ", ".join(sorted(names.of(target.related_model, key) for key in keys))
    if target.choices:
        return str(dict(target.flatchoices).get(value, value))
    if isinstance(target, models.DecimalField):
        return f"{target.to_python(value).normalize():,f}"
    if isinstance(target, models.DateTimeField):
        return f"{target.to_python(value):%Y-%m-%d %H:%M} UTC"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _time(side, zone):
    if "at" not in side:
        return ""
    at = models.DateTimeField().to_python(side["at"])
    instant = instants.Instant(
        at, side.get("zone") or zone, side.get("precision") or "minute", bool(side.get("approximate"))
    )
    return instants.format_instant(instant)


def _pieces(old, new, *, whole=False):
    if whole:
        return [Piece(kind, text) for kind, text in ((OLD, old), (NEW, new)) if text]
    return [Piece(kind, _cut(text)) for kind, text in shortened(words_diff(old, new))]


def _cut(text):
    rest = len(text) - SHOWN
    return text if rest <= 0 else f"{text[:SHOWN]} … ({rest:,} more characters)"


def _size(data):
    return sum(len(value) for value in data.values() if isinstance(value, str))


def undoable(postmortem: Postmortem, text: str) -> list[Change]:
    """The changes whose uids `text` lists, by commas, and that took something away which is still away. No query for
    no text, else two and one per kind of row."""
    changes = list(postmortem.changes.filter(uid__in=text.split(",")[:MOST])) if text else []
    parts = _parts(postmortem, changes)
    away = {"remove": lambda part: part is None, "change": lambda part: part is not None and is_empty(part)}
    return [
        change
        for change in changes
        if (is_away := away.get(change.action)) and is_away(parts.get((change.part_kind, change.part_uid)))
    ]


def is_empty(part) -> bool:
    return getattr(part, "is_empty", False)


@dataclass
class Compared:
    """What differs in one part between two whole versions; `words`: added, removed or changed."""

    words: str
    label: str
    differences: list[Difference]


def compare(postmortem: Postmortem, old: dict, new: dict, left_out: frozenset | set = frozenset()) -> list[Compared]:
    """The parts in which two aggregates (Postmortem.as_aggregate) differ, but for those with a uid in `left_out`; a
    query per kind of row named in them."""
    pairs = [pair for pair in _pairs(old, new) if not {pair[1].get("uid"), pair[2].get("uid")} & left_out]
    names = Names()
    for model, before, after in pairs:
        names.want(model, before, after)
    names.ask()
    left, found = COMPARED, []
    for model, before, after in pairs:
        words = "added" if not before else "removed" if not after else "changed"
        changed = differences(model, before, after, names, left)
        left -= _size(before) + _size(after)
        if changed:
            found.append(Compared(words, label_of(model, None, {**before, **after}), changed))
    return found


def _pairs(old, new):
    for kind in ("postmortem", *PART_MODELS):
        model, sides = model_of(kind), []
        for aggregate in (old, new):
            rows = aggregate.get(kind, [])
            rows = [rows] if isinstance(rows, dict) else rows
            sides.append({row["uid"]: row for row in rows})
        for uid in dict.fromkeys([*sides[0], *sides[1]]):
            before, after = (side.get(uid, {}) for side in sides)
            if before != after:
                yield model, before, after
