"""Which words of the catalog a reader may know. A service, tag or theme named only where he may not read would tell
him of it, so it is as if it were not there: in lists, filters and completions, and at its address."""

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

    One EXISTS per use: each stops at the first one found, so the cost is that of the words, not of the postmortems.
    """
    if model not in USES:
        return model._default_manager.all()
    sight, known = sight or Sight(user), Q()
    for relation, word, path in USES[model]:
        seen = relation._default_manager.filter(sight(f"{path}__"), **{word: OuterRef("pk")})
        known |= Q(Exists(seen))
    return model._default_manager.filter(known)
