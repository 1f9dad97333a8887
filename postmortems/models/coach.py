"""Answers to the language coach. Neither says who answered: the coach is about words, and never about people."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from kb.lib.uids import new_uid
from postmortems.coach import FINDS, normal
from postmortems.models.parts import plain_line


class CoachAnswer(models.Model):
    """“Keep, because …” or “not a match” to one finding: these words, in this part, asked about by this rule."""

    class Kind(models.TextChoices):
        KEPT = "kept", "Kept"
        NO_MATCH = "no_match", "Not a match"

    postmortem = models.ForeignKey("postmortems.Postmortem", models.CASCADE, related_name="coach_answers")
    part_uid = models.CharField(max_length=12)
    rule = models.CharField(max_length=4)
    words = models.CharField(max_length=200)  # as normal() has them
    kind = models.CharField(max_length=8, choices=Kind.choices)
    because = plain_line(300)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["postmortem", "part_uid", "rule", "words"], name="one_answer_per_finding")
        ]

    def __str__(self):
        return f"{self.rule}: {self.words}"

    @classmethod
    def give(cls, postmortem, part_uid, rule, words, kind, because="", around=""):
        """Keep an answer; a second one to the same finding replaces it. Raises ValidationError.

        “Not a match” also teaches the installation `around`, the words in their company ("" teaches nothing), unless
        the postmortem is restricted: then its words stay with it.
        """
        key = {"postmortem": postmortem, "part_uid": part_uid, "rule": rule, "words": normal(words)}
        answer = cls.objects.filter(**key).first() or cls(**key)
        answer.kind, answer.because, answer.at = kind, because.strip(), timezone.now()
        if kind == cls.Kind.KEPT and not answer.because:
            raise ValidationError({"because": "Say in a few words what speaks for keeping it."})
        answer.full_clean(exclude=["postmortem"], validate_unique=False, validate_constraints=False)
        cls.objects.update_or_create(**key, defaults={"kind": answer.kind, "because": answer.because, "at": answer.at})
        if kind == cls.Kind.NO_MATCH and around and postmortem.visibility != "restricted":
            CoachException.objects.get_or_create(rule=rule, words=normal(around))
        return answer

    @classmethod
    def take_back(cls, postmortem, part_uid, rule, words):
        """Forget an answer, so that the coach asks again. What the installation learned stays with administrators."""
        cls.objects.filter(postmortem=postmortem, part_uid=part_uid, rule=rule, words=normal(words)).delete()


class CoachException(models.Model):
    """Words that one rule leaves alone in this installation; administrators edit the list."""

    uid = models.CharField(max_length=12, unique=True, default=new_uid, editable=False)
    rule = models.CharField(max_length=4, choices=FINDS)
    words = plain_line(200, blank=False, help_text="exactly as they were found; capitals do not matter")
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["rule", "words"]
        verbose_name = "coach exception"
        constraints = [models.UniqueConstraint(fields=["rule", "words"], name="one_exception_per_rule_and_words")]

    def __str__(self):
        return f"{self.rule}: {self.words}"

    def clean(self):
        self.words = normal(self.words)

    @classmethod
    def known(cls):
        """{(rule, words)}; one query."""
        return set(cls.objects.values_list("rule", "words"))
