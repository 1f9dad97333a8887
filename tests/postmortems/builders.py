"""Small builders: a postmortem in the state that a test is about, made with the same verbs that people use."""

from postmortems.models import Learning, Postmortem, Review
from postmortems.models.reviews import QUESTIONS

ANSWERS = dict.fromkeys(QUESTIONS, "yes") | {"who_else": "the platform team"}


def draft(owner, title="Checkout answered slowly", **fields):
    return Postmortem.start(owner, title, **fields)


def with_learning(postmortem, claim="A retry without jitter turned a blip into an outage"):
    Learning.add(postmortem, postmortem.owner, claim=claim)
    return postmortem


def in_review(owner, reviewer, **fields):
    postmortem = with_learning(draft(owner, **fields))
    return postmortem.submit_for_review(owner, [reviewer])


def published(owner, reviewer, **fields):
    postmortem = in_review(owner, reviewer, **fields)
    Review.answer(postmortem, reviewer, outcome="approved", answers=ANSWERS)
    return postmortem.publish(owner)
