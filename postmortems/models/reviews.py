"""Reviews: peers read before everybody does, and answer seven questions."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils import timezone

from kb.accounts.models import Team
from kb.events.record import record
from kb.lib.uids import new_uid
from postmortems.models.notices import Notice
from postmortems.models.parts import long_text
from postmortems.models.states import NotPossible

QUESTIONS = {
    "evidence": "Is the evidence kept, with links?",
    "impact": "Is the impact stated in numbers or honest estimates?",
    "last_human_action": "Does the analysis go past the last human action?",
    "covered": "Does every factor, and every “poorly” or “lucky” observation, have a countermeasure or a stated "
    "reason for none?",  # the rule of the web-PKI incident programme (CCADB)
    "actionable": "Is each countermeasure actionable, specific and bounded?",
    "understandable": "Would someone outside the team understand it?",
    "who_else": "Who else should know?",
}


TEAM = 30  # members of a team that is asked as a whole


class Review(models.Model):
    class Outcome(models.TextChoices):
        ASKED = "", "Asked"
        APPROVED = "approved", "Approved"
        CHANGES_ASKED = "changes_asked", "Changes asked"

    class Answer(models.TextChoices):
        YES = "yes", "Yes"
        PARTLY = "partly", "Partly"
        NO = "no", "No"

    uid = models.CharField(max_length=12, unique=True, default=new_uid, editable=False)
    postmortem = models.ForeignKey("postmortems.Postmortem", models.CASCADE, related_name="review_set")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reviews")
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="+")  # as whose member
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=14, choices=Outcome.choices, blank=True, default="")
    answers = models.JSONField(default=dict, blank=True)  # {question key: yes|partly|no, or free text for who_else}
    comment = long_text()
    answered_at = models.DateTimeField(null=True)
    at_version = models.PositiveIntegerField(null=True)  # the postmortem's version that was read

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["postmortem", "reviewer"], name="one_review_per_reviewer")]

    def __str__(self):
        return f"{self.reviewer}: {self.get_outcome_display()}"

    @property
    def is_complete(self):
        return all(self.answers.get(key) for key in QUESTIONS)

    @property
    def answered(self):
        """[(question, answer in words)] in the order of the questions."""
        return [
            (text, dict(self.Answer.choices).get(answer := self.answers.get(key, ""), answer))
            for key, text in QUESTIONS.items()
        ]

    @property
    def is_stale(self):
        """The postmortem was changed after it was read."""
        return self.at_version is not None and self.at_version < self.postmortem.version

    @property
    def by_outsider(self):
        """Given by somebody who did not take part: neither owner, author nor in the event."""
        p = self.postmortem
        return (
            self.reviewer_id != p.owner_id
            and not p.authors.filter(pk=self.reviewer_id).exists()
            and not p.participant_set.filter(user=self.reviewer_id).exists()
        )

    @classmethod
    def ask(cls, postmortem, reviewer, by):
        """Invite `reviewer`; asking again opens an answered review anew."""
        if by is not None and not postmortem.access(by).write:
            raise PermissionDenied("You may not ask for reviews here.")
        if reviewer.is_system or not reviewer.is_active or not reviewer.writes:
            raise NotPossible(f"{reviewer} cannot review; ask somebody with the role member or above.")
        with transaction.atomic():
            review, made = cls.objects.update_or_create(
                postmortem=postmortem,
                reviewer=reviewer,
                defaults={"outcome": "", "asked_by": by, "asked_at": timezone.now()},
            )
            record(
                "postmortem.review_asked",
                actor=by,
                subject=f"postmortem:{postmortem.uid}",
                group=postmortem.uid,
                data={"reviewer": reviewer.uid},
            )
            Notice.tell([reviewer], "review_asked", by=by, postmortem=postmortem)
        return review

    @classmethod
    def ask_team(cls, postmortem, team, by):
        """Ask everybody in `team` who did not take part and can review; the first answer is enough. Raises NotPossible
        where nobody is left to ask."""
        inside = {postmortem.owner_id, *postmortem.authors.values_list("pk", flat=True)}
        inside |= set(postmortem.participant_set.values_list("user", flat=True))
        members = [user for user in team.members.all() if user.is_active and user.writes and user.pk not in inside]
        if not members:
            raise NotPossible(f"Nobody in {team} can review it: everybody there took part, or only reads.")
        if len(members) > TEAM:
            raise NotPossible(f"{team} has {len(members)} members; name some of them.")
        with transaction.atomic():
            known = set(postmortem.review_set.values_list("reviewer", flat=True))
            for member in members:
                if member.pk not in known:
                    cls.ask(postmortem, member, by)
                    cls.objects.filter(postmortem=postmortem, reviewer=member).update(team=team)

    @classmethod
    def answer(cls, postmortem, by, *, outcome, answers, comment=""):
        """Write `by`'s answers. Changes asked → the postmortem goes back to draft. Every question needs an answer
        for an approval; raises NotPossible naming the first that has none."""
        if not postmortem.access(by).review:
            raise PermissionDenied("You may not review this.")
        answers = {key: str(answers.get(key) or "").strip()[:2000] for key in QUESTIONS}
        missing = [question for key, question in QUESTIONS.items() if not answers[key]]
        if outcome == cls.Outcome.APPROVED and missing:
            raise NotPossible(f"Not answered yet: {missing[0]} Your other answers are kept in the form.")
        with transaction.atomic():
            review, _ = cls.objects.update_or_create(
                postmortem=postmortem,
                reviewer=by,
                defaults={
                    "outcome": outcome,
                    "answers": answers,
                    "comment": comment,
                    "answered_at": timezone.now(),
                    "at_version": postmortem.version,
                },
            )
            record(
                "postmortem.reviewed",
                actor=by,
                subject=f"postmortem:{postmortem.uid}",
                group=postmortem.uid,
                data={"outcome": outcome},
            )
            asker, p = review.asked_by, postmortem
            Notice.tell({p.owner, asker, *p.authors.all()} - {None}, "reviewed", by=by, postmortem=p)
            if review.team_id:  # one of a team has spoken for it
                postmortem.review_set.filter(team=review.team_id, outcome="", answered_at=None).delete()
            if outcome == cls.Outcome.CHANGES_ASKED:
                postmortem.request_changes(by)
        return review
