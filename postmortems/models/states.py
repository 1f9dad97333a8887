"""The one state machine of a postmortem: its verbs, who may call them, and the gate before publication."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from kb.events.record import record
from postmortems.models.changes import Snapshot


class NotPossible(Exception):
    """The verb does not fit the state, or the gate is closed. The message says what to do."""


@dataclass(frozen=True)
class Check:
    """One line of the publication checklist. `blocks`: publication waits for it."""

    key: str
    ok: bool
    text: str
    todo: str = ""
    anchor: str = ""
    blocks: bool = True


class States:
    """Verbs of Postmortem; each owns its transaction, change, snapshot and event."""

    MOVES = {
        "submit_for_review": ({"draft"}, "in_review"),
        "take_back": ({"in_review"}, "draft"),
        "request_changes": ({"in_review"}, "draft"),
        "publish": ({"draft", "in_review"}, "published"),
        "archive": ({"published"}, "archived"),
        "unarchive": ({"archived"}, "published"),
        "withdraw": ({"draft", "in_review", "published", "archived"}, "withdrawn"),
        "reinstate": ({"withdrawn"}, "draft"),
    }

    def _move(self, verb, by, allowed, *, snapshot="", data=None, **fields):
        """Check right and state, write the new state by conditional UPDATE, and tell it as one event.

        The condition is the very state that was looked at: right and gate were judged by it.
        """
        if by is not None and not allowed:
            raise PermissionDenied(f"You may not {verb.replace('_', ' ')} {self.reference}.")
        sources, target = self.MOVES[verb]
        with transaction.atomic():
            here = type(self).objects.filter(pk=self.pk, status=self.status, trashed_at=None)
            if self.status not in sources or not here.update(status=target, **fields):
                self.refresh_from_db(fields=["status"])
                raise NotPossible(f"{self.reference} is {self.get_status_display().lower()}; nothing was changed.")
            before, self.status = self.status, target
            for name, value in fields.items():
                setattr(self, name, value)
            self.note_change(by, self, verb, {"status": before}, {"status": target, **(data or {})})
            if snapshot:
                self.take_snapshot(by, snapshot)
            record(f"postmortem.{verb}", actor=by, subject=f"postmortem:{self.uid}", group=self.uid, data=data)
        return self

    def submit_for_review(self, by, reviewers=()):
        """Ask `reviewers` (users) to read it; anybody who may edit can also answer."""
        from postmortems.models.reviews import Review

        with transaction.atomic():
            self._move("submit_for_review", by, self.access(by).write, snapshot="submitted")
            for reviewer in reviewers:
                Review.ask(self, reviewer, by)
        return self

    def take_back(self, by):
        return self._move("take_back", by, self.access(by).write)

    def request_changes(self, by):
        """A review asked for changes: back to the desk. Called by Review.answer()."""
        return self._move("request_changes", by, self.access(by).review)

    def publish(self, by):
        """Make it readable for its whole audience, if every blocking check of the gate is met."""
        if self.status == "draft" and self.depth != "note":
            raise NotPossible("Submit it for review first; only a note is published straight from the desk.")
        open_checks = [check for check in self.publication_checks() if check.blocks and not check.ok]
        if open_checks and self.access(by).lead:
            raise NotPossible("Not published yet: " + " ".join(check.todo for check in open_checks))
        now = timezone.now()
        visible = now if self.visibility == self.Visibility.ORGANIZATION else None
        with transaction.atomic():
            self._move(
                "publish", by, self.access(by).lead, snapshot="published", published_at=now, visible_since=visible
            )
            # A newly published one is its own answer; what a withdrawal said no longer holds.
            type(self).objects.filter(pk=self.pk).update(withdrawn_because="")
        self.withdrawn_because = ""
        return self

    def archive(self, by):
        return self._move("archive", by, self.access(by).lead)

    def unarchive(self, by):
        return self._move("unarchive", by, self.access(by).lead)

    def withdraw(self, by, reason):
        if not reason.strip():
            raise NotPossible("Say why it is withdrawn; the reason stays with it.")
        return self._move(
            "withdraw", by, self.access(by).lead, data={"reason": reason}, withdrawn_because=reason, visible_since=None
        )

    def reinstate(self, by):
        return self._move("reinstate", by, self.access(by).lead)

    # --- visibility -------------------------------------------------------------------------------------------

    def restrict(self, by, reason=""):
        """Only its owner, authors, reviewers, named people and security from the next request on."""
        return self._set_visibility(by, self.Visibility.RESTRICTED, reason, visible_since=None)

    def open_up(self, by, reason):
        """Let the whole organization read it. Needs a reason, which is kept in the audit trail."""
        if not reason.strip():
            raise NotPossible("Say why everybody may read it now; the reason is kept.")
        since = timezone.now() if self.status in ("published", "archived") else None
        return self._set_visibility(by, self.Visibility.ORGANIZATION, reason, visible_since=since)

    def _set_visibility(self, by, visibility, reason, visible_since):
        if by is not None and not self.access(by).lead:
            raise PermissionDenied(f"You may not change who sees {self.reference}.")
        if visibility == self.visibility:
            raise NotPossible("That is already so; nothing was changed.")
        with transaction.atomic():
            before, self.visibility, self.visible_since = self.visibility, visibility, visible_since
            self.save(update_fields=["visibility", "visible_since"])
            self.note_change(by, self, "visibility", {"visibility": before}, {"visibility": visibility})
            record(
                "postmortem.visibility",
                actor=by,
                subject=f"postmortem:{self.uid}",
                group=self.uid,
                data={"from": before, "to": visibility, "reason": reason},
            )
        return self

    # --- trash ------------------------------------------------------------------------------------------------

    def delete_to_trash(self, by):
        """Gone from every channel at once; 30 days to think again."""
        if by is not None and not self.access(by).lead:
            raise PermissionDenied(f"You may not delete {self.reference}.")
        return self._trash(by, "trashed", timezone.now())

    def restore(self, by):
        if by is not None and not self.access(by).restore:
            raise PermissionDenied(f"You may not restore {self.reference}.")
        return self._trash(by, "restored", None)

    def _trash(self, by, kind, when):
        with transaction.atomic():
            self.trashed_at, self.trashed_by = when, by if when else None
            self.save(update_fields=["trashed_at", "trashed_by"])
            self.note_change(by, self, kind, {}, {})
            if kind == "restored":
                self.take_snapshot(by, "restored")
            record(f"postmortem.{kind}", actor=by, subject=f"postmortem:{self.uid}", group=self.uid)
        return self

    def purge(self, by, reason=""):
        """Remove every trace of the content: rows, changes, snapshots, and what events said. Leaves one audit line."""
        from kb.events.record import forget
        from postmortems.attachments import remove

        if by is not None and not (self.trashed_at and self.access(by).restore):
            raise PermissionDenied(f"You may not purge {self.reference}.")
        with transaction.atomic():
            forget(self.uid)
            record(
                "postmortem.purged",
                actor=by,
                subject=f"postmortem:{self.uid}",
                group=self.uid,
                data={"reference": self.reference, "reason": reason},
            )
            files = list(self.attachments.values_list("stored", flat=True))
            type(self).objects.filter(pk=self.pk).delete()
            transaction.on_commit(lambda: remove(files), robust=True)  # a file left by a crash is swept away

    # --- the gate ---------------------------------------------------------------------------------------------

    def publication_checks(self):
        """The checklist before publication, in reading order; [Check]. About six queries."""
        from postmortems.gate import checks_of

        return checks_of(self)

    def take_snapshot(self, by, reason):
        return Snapshot.objects.create(
            postmortem=self, by=by, reason=reason, version=self.version, data=self.as_aggregate()
        )
