"""Which words of the catalog a reader may know. A service, tag or theme named only where he may not read would tell
him of it, so it is as if it were not there: in lists, filters and completions, and at its address."""

import functools
from collections.abc import Iterable

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from kb.accounts.models import Team
from postmortems.models import ContributingFactor, Learning, OldAddress, Postmortem, Service, Tag, Theme
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
MOVING = {"service": Service, "tag": Tag, "theme": Theme, "team": Team}  # what OldAddress keeps addresses of


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


def moved(user, filters):
    """{(field, old slug): present slug} of those `filters` that were renamed to a word the reader may know.

    No query without a filter by a word of the catalog, one when nothing was renamed, two more per kind that was.
    """
    named = {kind: slugs for kind in MOVING if (slugs := {slug for field, slug in filters if field == kind})}
    if not named:
        return {}
    found = {}
    old = OldAddress.objects.filter(kind__in=named, slug__in=set().union(*named.values()))
    targets = [row for row in old.values_list("kind", "slug", "target_uid") if row[1] in named[row[0]]]
    for kind in {kind for kind, _, _ in targets}:
        model = MOVING[kind]
        alive = set(model.objects.filter(slug__in=named[kind]).values_list("slug", flat=True))
        now = dict(known_to(user, model).filter(uid__in=[t[2] for t in targets]).values_list("uid", "slug"))
        found |= {(k, slug): now[uid] for k, slug, uid in targets if k == kind and uid in now and slug not in alive}
    return found


def names_of(wanted: dict[type, Iterable[str]]) -> dict[type, dict[str, str]]:
    """{model: {slug: name}} of {model: slugs}; a slug that is none is left out. One query for all of them.

    Written out, because Django takes longer to put five such questions into words than the database to answer them.
    """
    asked = [(place, model, list(slugs)) for place, (model, slugs) in enumerate(wanted.items()) if slugs]
    found = {model: {} for model in wanted}
    if asked:
        select = "SELECT {}, slug, name FROM {} WHERE slug IN ({})".format
        sql = " UNION ALL ".join(
            select(place, model._meta.db_table, ", ".join(["%s"] * len(slugs))) for place, model, slugs in asked
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, [slug for *_, slugs in asked for slug in slugs])
            models = list(wanted)
            for place, slug, name in cursor.fetchall():
                found[models[place]][slug] = name
    return found
