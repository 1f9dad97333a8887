"""The gate before publication: what must be there, and what ought to be looked at once more."""

from postmortems.models.evidence import embedded_in
from postmortems.models.prompts import Guide
from postmortems.models.states import Check


def checks_of(postmortem):
    """[Check] in reading order. A note needs no review; everything else is read by somebody who did not take part.

    About nine queries. Blocking: an owner, something learned, the review. The rest asks, and blocks nothing.
    """
    sections = list(postmortem.section_set.all())
    return [
        Check("owner", postmortem.owner_id is not None, "It has an owner.", "Choose an owner.", "details"),
        _learning(postmortem),
        *_reviewed(postmortem),
        Check(
            "takeaway",
            bool(postmortem.takeaway),
            "One sentence says what to take away.",
            "Write the takeaway: one sentence.",
            "details",
            blocks=False,
        ),
        *_discussed(postmortem),
        *_written(postmortem, sections),
        *_asked(postmortem),
        *_described(postmortem, sections),
        *_answered(postmortem),
    ]


def _learning(postmortem):
    learned = postmortem.learning_set.exists() or bool(postmortem.nothing_new_because.strip())
    return Check(
        "learning",
        learned,
        "It says what was learned, or why that is nothing new.",
        "Write down at least one learning, or say “nothing new, because …”.",
        "learnings",
    )


def _reviewed(postmortem):
    if postmortem.depth == postmortem.Depth.NOTE:
        return []
    approved = [
        review
        for review in postmortem.review_set.select_related("reviewer").filter(outcome="approved")
        if review.by_outsider
    ]
    complete = any(review.is_complete for review in approved)
    return [
        Check(
            "review",
            bool(approved),
            "Somebody who did not take part has approved it.",
            "Ask for a review by somebody who did not take part.",
            "review",
        ),
        Check(
            "questions",
            complete,
            "The review questions are answered.",
            "The reviewer still has questions to answer.",
            "review",
        ),
        Check(
            "fresh",
            not approved or not all(review.is_stale for review in approved),
            "Nothing was changed since it was approved.",
            "It was changed after the approval; a second look may help.",
            "review",
            blocks=False,
        ),
    ]


def _discussed(postmortem):
    count = postmortem.comments.still_open().count()
    todo = f"{count} comment{'s are' if count > 1 else ' is'} still open."
    return [Check("comments", False, "", todo, "comments", blocks=False)] if count else []


def _written(postmortem, sections):
    guide = Guide.of(postmortem)
    empty = [s for s in sections if s.is_empty and not s.skipped_because and not guide.hides(s)]
    return [
        Check(
            f"section-{section.uid}",
            False,
            "",
            f"“{section.heading}” is empty: write it, or say why not.",
            section.anchor,
            blocks=False,
        )
        for section in empty
    ]


def _asked(postmortem):
    still = postmortem.question_set.filter(status="open").count()
    text = "One question is still open." if still == 1 else f"{still} questions are still open."
    todo = f"{text} Answer or park it where you can; readers see what is open." if still else ""
    return [Check("asked", False, "", todo, "questions", blocks=False)] if still else []


def _described(postmortem, sections):
    """Pictures that somebody who cannot see them would know nothing of. One query."""
    shown = embedded_in("".join(section.text_html for section in sections))
    pieces = postmortem.evidence_set.select_related("attachment")
    bare = [row for row in pieces if row.lacks_alt and row.attachment.uid not in shown]
    return [
        Check(f"described-{row.uid}", False, "", f"A picture in “{name}” has no description.", row.anchor, blocks=False)
        for row, name in [(s, s.heading) for s in sections if s.lacks_alt] + [(row, row) for row in bare]
    ]


def unanswered(postmortem):
    """Factors and observations that want a countermeasure, and have neither one nor a reason. Two queries."""
    factors = postmortem.contributingfactor_set.filter(countermeasures=None, no_countermeasure_because="")
    observations = postmortem.observation_set.filter(countermeasures=None, no_countermeasure_because="")
    return [row for rows in (factors, observations) for row in rows if row.wants_an_answer]


def _answered(postmortem):
    checks = [
        Check(
            f"answer-{row.uid}",
            False,
            "",
            f"“{str(row)[:60]}” has neither a countermeasure nor a reason for none.",
            row.anchor,
            blocks=False,
        )
        for row in unanswered(postmortem)
    ]
    strengths = set(postmortem.countermeasure_set.exclude(status="declined").values_list("strength", flat=True))
    if strengths == {"weaker"}:
        checks.append(
            Check(
                "strength",
                False,
                "",
                "Only weaker countermeasures answer it. Is there one that makes the dangerous path impossible?",
                "countermeasures",
                blocks=False,
            )
        )
    return checks
