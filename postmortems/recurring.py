"""What comes back: countermeasures that earlier postmortems set against the same themes, and what became of them."""

from dataclasses import dataclass

from postmortems.models import Countermeasure, Postmortem, Theme
from postmortems.sight import Sight

THEMES = 8  # of one postmortem
SHOWN = 5  # of a theme, the newest first


@dataclass(frozen=True)
class Recurring:
    """A theme that earlier postmortems have as well, with their countermeasures against it."""

    theme: Theme
    measures: list[Countermeasure]
    has_more: bool


def recurring(user, postmortem: Postmortem) -> list[Recurring]:
    """For each theme of its factors the earlier countermeasures that `user` may see. One query for a postmortem without
    themes, else two and one per theme, of which at most THEMES are looked at."""
    themes = list(Theme.objects.filter(factors__postmortem=postmortem).distinct()[:THEMES])
    if not themes:
        return []
    seen = Sight(user)("postmortem__")
    earlier = Countermeasure.objects.filter(seen, postmortem__number__lt=postmortem.number)
    earlier = earlier.select_related("postmortem", "owner", "team").order_by("-number")
    found = [(theme, list(earlier.filter(factors__theme=theme).distinct()[: SHOWN + 1])) for theme in themes]
    return [Recurring(theme, rows[:SHOWN], len(rows) > SHOWN) for theme, rows in found if rows]
