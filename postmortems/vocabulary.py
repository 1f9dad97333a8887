"""Which words of the catalog a reader may know. A service, tag or theme named only where he may not read would tell
him of it, so it is as if it were not there: in lists, filters and completions, and at its address."""

import functools

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from postmortems.models import ContributingFactor, Learning, Postmortem, Service, Tag, Theme
from postmortems.sight import Sight

# model → [(relation that names it, its column for the word, its path to the postmortem)]
USES = {
    Service: [
        (Postmortem.services.through, "service", "postmortem"),
        (Postmortem.conditions.through, "service", "postmortem"),
        (Learning.services.through, "service", "learning__postmortem"),
    ],
    Tag: [(Postmortem.tags.through, "tag", "postmortem"), (Learning.tags.through, "tag", "learning__postmortem")],
    Theme: [(ContributingFactor, "theme", "postmortem")],
}


def known_to(user, model, sight: Sight | None = None) -> QuerySet:
    """Rows of `model` that something visible to `user` names; all of a model whose words are nobody's secret.

    One EXISTS per use, with another one for the postmortem: each walks the rows of its word and stops at the first
    that the reader sees, so the cost is that of the words. (As a join, databases begin at the postmortems.)
    """
    if model not in USES:
        return model._default_manager.all()
    sight, known = sight or Sight(user), Q()
    for relation, word, path in USES[model]:
        known |= Q(Exists(relation._default_manager.filter(sight.of_each(path), **{word: OuterRef("pk")})))
    return model._default_manager.filter(known)


def words_known_to(user, model, sight: Sight) -> list[tuple[str, str]]:
    """[(slug, name)] of `known_to`, in its order. For whom sees only what everybody sees, the words of the question
    are kept: to find them takes Django ten times as long as to find the answer takes the database."""
    if sight.others:
        return list(known_to(user, model, sight).values_list("slug", "name"))
    with connection.cursor() as cursor:
        cursor.execute(*_question(connection.vendor, model))
        return cursor.fetchall()


@functools.cache
def _question(vendor: str, model) -> tuple[str, tuple]:
    """The SQL and parameters of what everybody knows of `model`."""
    return known_to(None, model, Sight(None)).values_list("slug", "name").query.sql_with_params()
