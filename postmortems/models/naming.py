"""Names in a postmortem, or functions in their place: a choice that is complete and can be taken back."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils import timezone

from kb.events.record import record
from kb.lib.words_diff import merged
from postmortems.functions import Person, Replacer, numbered, person
from postmortems.models.comments import Comment
from postmortems.models.parts import Conflict
from postmortems.models.people import Participant
from postmortems.models.states import NotPossible

KEPT = {"zone", "language", "source_key"}  # texts that name nobody
HEAD = "postmortem"


class FunctionsForNames(models.Model):
    """That the names of those who took part were replaced, and what stood there before.

    `originals`: [{"kind", "uid", "field", "before", "after"}] and the participants' {"user", "name"}; read by the way
    back alone. History up to `version` is for those who may edit.
    """

    postmortem = models.OneToOneField("postmortems.Postmortem", models.CASCADE, related_name="functions_for_names")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField()
    originals = models.JSONField(default=list)
    participants = models.JSONField(default=dict)

    def __str__(self):
        return f"Functions for names in {self.postmortem.reference}"

    @classmethod
    def apply(cls, postmortem, by, wanted):
        """Replace what is `wanted` of the plan (keys of its replacements) and the names of all participants.

        One transaction. Raises NotPossible where it is done already or a part was changed meanwhile.
        """
        if not postmortem.access(by).lead:
            raise PermissionDenied("Its owner decides whether names are shown.")
        plan = [one for one in plan_of(postmortem) if one.key in wanted]
        rows = list(postmortem.participant_set.select_related("user"))
        said = {one.key: one.said for one in people_of(rows)}
        originals = [one.as_data() for one in plan]
        people = {row.uid: {"user": row.user_id, "name": row.name} for row in rows}
        try:
            with transaction.atomic():
                if cls.objects.filter(postmortem=postmortem).exists():
                    raise NotPossible("Functions stand in place of names already.")
                for row, fields in by_row(plan):
                    _write(postmortem, by, row, fields)
                for row in rows:
                    row.change(by, row.version, user=None, name=_capital(said[row.uid]))
                # A change of its own: no later one is taken for its continuation and brings the names along.
                postmortem.note_change(by, postmortem, "functions", {}, {})
                made = cls.objects.create(
                    postmortem=postmortem, by=by, version=postmortem.version, originals=originals, participants=people
                )
                record("postmortem.names_replaced", actor=by, subject=f"postmortem:{postmortem.uid}",
                       group=postmortem.uid, data={"count": len(plan)})  # fmt: skip
        except Conflict as conflict:
            raise NotPossible("A part was changed meanwhile; nothing was replaced. Look again.") from conflict
        return made

    def take_back(self, by):
        """Names again; what was edited since keeps its edits. Returns how many texts could not be brought back."""
        p = self.postmortem
        if not p.access(by).lead:
            raise PermissionDenied("Its owner decides whether names are shown.")
        rows, left = rows_of(p), 0
        with transaction.atomic():
            changed = {}
            for one in self.originals:
                row = rows.get((one["kind"], one["uid"]))
                if row is None:
                    continue
                now = merged(one["after"], getattr(row, one["field"]), one["before"])
                left += not now.is_clean
                if now.is_clean:
                    changed.setdefault((one["kind"], one["uid"]), {})[one["field"]] = now.text
            for key, fields in changed.items():
                _write(p, by, rows[key], fields)
            for row in p.participant_set.filter(uid__in=self.participants):
                before = self.participants[row.uid]
                row.change(by, row.version, user=_still_here(before["user"]), name=before["name"])
            record("postmortem.names_restored", actor=by, subject=f"postmortem:{p.uid}", group=p.uid)
            self.delete()
        return left


class Replacement:
    """One text in which names stand: `row`'s `field`, `before` and `after`, with how many names."""

    def __init__(self, row, field, before, after, count):
        self.row, self.field, self.before, self.after, self.count = row, field, before, after, count

    @property
    def key(self):
        return f"{_kind(self.row)}-{self.row.uid}-{self.field}"

    def as_data(self):
        return {"kind": _kind(self.row), "uid": self.row.uid, "field": self.field, "before": self.before,
                "after": self.after}  # fmt: skip


def people_of(rows) -> list[Person]:
    """The participants with every way to name them, and the function that is said instead."""
    functions = numbered([_function(row) for row in rows])
    return [
        person(row.uid, said, str(row.user.name if row.user else row.name), row.user.username if row.user else "",
               row.user.also_known_as if row.user else "")
        for row, said in zip(rows, functions, strict=True)
    ]  # fmt: skip


def _function(row):
    return "colleague" if row.function == Participant.Function.OTHER else row.get_function_display().lower()


def rows_of(postmortem):
    """{(kind, uid): row} of everything with texts: the head, its parts, what was said. One query per kind."""
    from postmortems.models import PART_MODELS

    rows = [postmortem, *postmortem.comments.all()]
    for model in PART_MODELS.values():
        if model is not Participant:
            rows += model.objects.filter(postmortem=postmortem)
    return {(_kind(row), row.uid): row for row in rows}


def plan_of(postmortem) -> list[Replacement]:
    """Every text that names a participant, with functions in place of the names; in the order of reading."""
    replace = Replacer(people_of(postmortem.participant_set.select_related("user")))
    plan = []
    for row in rows_of(postmortem).values():
        for name in texts_of(row):
            before = getattr(row, name)
            after, count = replace(before)
            if count:
                plan.append(Replacement(row, name, before, after, count))
    return plan


def texts_of(row):
    """Names of the fields that hold words of people."""
    if isinstance(row, Comment):
        return ["text"]
    columns = {f.name: f for f in row._meta.concrete_fields}
    return [
        name
        for name in row.data_fields()
        if name in columns and name not in KEPT
        and isinstance(columns[name], (models.CharField, models.TextField)) and not columns[name].choices
    ]  # fmt: skip


def by_row(plan):
    """[(row, {field: new text})]"""
    rows = {}
    for one in plan:
        rows.setdefault(id(one.row), (one.row, {}))[1][one.field] = one.after
    return rows.values()


def _write(postmortem, by, row, fields):
    if isinstance(row, Comment):
        row.put(fields["text"])
    elif row is postmortem:
        postmortem.change_details(by, postmortem.details_version, **fields)
    else:
        row.change(by, row.version, **fields)


def _kind(row):
    return "comment" if isinstance(row, Comment) else row.KIND


def _capital(said):
    return said[0].upper() + said[1:]


def _still_here(pk):
    from kb.accounts.models import User

    return User.objects.filter(pk=pk).first() if pk else None
