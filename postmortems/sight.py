"""What one reader sees, for pages that ask more than once.

`Postmortem.objects.visible_to(user)` says the whole table in one query, which costs the database little but Django four
milliseconds each time to put into words. Almost everything visible is open to everybody; so a Sight asks once for the
few that are not, with a statement that is put into words once per role, and then speaks in short conditions that
indexes can answer.
"""

import datetime
import functools

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from kb.accounts.models import User
from postmortems.models import Postmortem
from postmortems.models.visibility import OPEN, visible_q

EVERYBODYS = {"trashed_at": None, "visibility": "organization", "status__in": OPEN}
NOT_OPEN = ("draft", "in_review", "withdrawn")
# Stand for the reader and for the moment in the statements that are kept; nothing else in them can be equal.
SOMEBODY, SOMETIME = -7_340_033, datetime.datetime(1901, 2, 3, 4, 5, 6, 789, tzinfo=datetime.UTC)


class Sight:
    """`Sight(user)("postmortem__")` is a Q with the meaning of visible_to(user), for rows that lead to a postmortem.

    `published=True` leaves out what is not published or archived. One query at the start; for one request.
    """

    def __init__(self, user, published: bool = False):
        self.published = published
        self.others = others_of(user, published)

    def __call__(self, path: str = "") -> Q:
        everybodys = Q(**{path + name: value for name, value in EVERYBODYS.items()})
        own = {"pk__in" if not path else path.removesuffix("__") + "__in": self.others}
        return everybodys | Q(**own) if self.others else everybodys

    def of_each(self, relation: str = "postmortem") -> Exists:
        """The same, asked of one row after the other: for lists that follow an index and stop after a page."""
        return Exists(self.postmortems().filter(pk=OuterRef(relation)))

    def postmortems(self) -> QuerySet:
        return Postmortem.objects.filter(self())


def others_of(user, published: bool) -> list[int]:
    """Keys of what `user` sees beside what is open to everybody. One query."""
    if not (user and user.is_authenticated and user.is_active):
        return []
    sql, params, moment = _statement(connection.vendor, user.role, published)
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    values = [user.pk if value == SOMEBODY else now if value == moment else value for value in params]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [pk for (pk,) in cursor.fetchall()]


@functools.cache
def _statement(vendor: str, role: str, published: bool) -> tuple[str, list, object]:
    """(SQL, its parameters, the one that stands for the moment) of the question in `others_of`, for one role.

    One SELECT per corner, because each has an index that leads to its few rows alone.
    """
    corners = [{"visibility": "restricted", "status__in": OPEN} if published else {"visibility": "restricted"}]
    if not published:
        corners += [{"visibility": "organization", "status": status} for status in NOT_OPEN]
    visible, texts, values = visible_q(User(pk=SOMEBODY, role=role), SOMETIME), [], []
    for corner in corners:
        rows = Postmortem.objects.filter(**corner, trashed_at=None).filter(visible)
        sql, params = rows.order_by().values_list("pk", flat=True).query.sql_with_params()
        texts.append(sql)
        values += params
    return " UNION ALL ".join(texts), values, connection.ops.adapt_datetimefield_value(SOMETIME)
