"""What lists show: the rows of one page, and what a line shows of a postmortem beyond its own columns."""

from collections.abc import Iterable

from django.db.models import Model, QuerySet

from kb.lib.addresses import address
from postmortems.models import Postmortem

SHOWN = 4  # services of one line


def as_cards(rows: Iterable[Postmortem]) -> list[Postmortem]:
    """The rows as a list, each with `card_services`: [(address, name)] of its first services. One query.

    Plain values: prefetched rows would cost more than all the rest of a line.
    """
    rows = list(rows)
    found = {row.pk: [] for row in rows}
    names = Postmortem.services.through.objects.filter(postmortem__in=found).order_by("service__name")
    for pk, slug, name in names.values_list("postmortem_id", "service__slug", "service__name"):
        if len(found[pk]) < SHOWN:
            found[pk].append((address("service", slug), name))
    for row in rows:
        row.card_services = found[row.pk]
    return rows


def first_of(found: QuerySet, shown: QuerySet, count: int) -> list[Model]:
    """The first `count` rows of `found`, in its order, as `shown` loads them. Two queries.

    Sorting long rows means reading them all; sorting keys first, databases read an index and then one page of rows.
    """
    return in_turn(shown, found.values_list("pk", flat=True)[:count])


def in_turn(shown: QuerySet, keys: Iterable[int]) -> list[Model]:
    """The rows with these keys, in their turn, as `shown` loads them."""
    keys = list(keys)
    rows = shown.in_bulk(keys)
    return [rows[key] for key in keys if key in rows]
