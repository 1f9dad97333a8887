"""What one reader sees, for pages that ask more than once.

`Postmortem.objects.visible_to(user)` says the whole table in one query, which costs the database little but Django four
milliseconds each time to put into words. Almost everything visible is open to everybody; so a Sight asks once for the
few that are not, and then speaks in short conditions that indexes can answer.
"""

from django.db.models import Q, QuerySet

from postmortems.models import Postmortem
from postmortems.models.visibility import OPEN

EVERYBODYS = {"trashed_at": None, "visibility": "organization", "status__in": OPEN}


class Sight:
    """`Sight(user)("postmortem__")` is a Q with the meaning of visible_to(user), for rows that lead to a postmortem.

    `published=True` leaves out what is not published or archived. One query at the start; for one request.
    """

    def __init__(self, user, published: bool = False):
        self.published = published
        others = Q(visibility="restricted", status__in=OPEN)
        if not published:
            others |= Q(status__in=("draft", "in_review", "withdrawn"))
        self.others = list(Postmortem.objects.filter(others).visible_to(user).values_list("pk", flat=True))

    def __call__(self, path: str = "") -> Q:
        everybodys = Q(**{path + name: value for name, value in EVERYBODYS.items()})
        own = {"pk__in" if not path else path.removesuffix("__") + "__in": self.others}
        return everybodys | Q(**own) if self.others else everybodys

    def postmortems(self) -> QuerySet:
        return Postmortem.objects.filter(self())
