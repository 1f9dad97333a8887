"""Stored HTML made again, for the day the renderer changes: in batches, going on where it was stopped."""

from collections.abc import Iterator

from django.db import models, transaction
from django.db.models import Q

from kb.lib import markdown
from postmortems.models import PART_MODELS, Fragment, Postmortem

BATCH = 200


def rendered_models() -> list[type[models.Model]]:
    """Every model that stores rendered Markdown."""
    return [model for model in (Postmortem, *PART_MODELS.values()) if model.MARKDOWN]


def outdated(model: type[models.Model], *, failed: bool = False) -> models.QuerySet:
    """Rows that an older renderer made; with `failed`, also those that are shown as typed with a notice."""
    wanted = Q(renderer__lt=markdown.RENDERER)
    if failed:
        for name in model.MARKDOWN:
            wanted |= Q(**{f"{name}_html__contains": 'class="render-notice"'})
    return model.objects.filter(wanted)


def rerender(model: type[models.Model], *, failed: bool = False) -> Iterator[int]:
    """Render the outdated rows again; yields how many each batch had.

    Rendering happens outside of the transaction. A row saved meanwhile is left alone: its save rendered it.
    """
    columns = ["pk", "version", *model.MARKDOWN]
    columns += [] if model is Postmortem else ["postmortem_id"]
    last = 0
    while rows := list(outdated(model, failed=failed).filter(pk__gt=last).order_by("pk").only(*columns)[:BATCH]):
        _write(model, rows, _htmls(model, rows))
        last = rows[-1].pk
        yield len(rows)


def _htmls(model: type[models.Model], rows: list) -> Iterator[str]:
    kinds = model.MARKDOWN.items()
    items = [(getattr(row, name), kind == "inline") for row in rows for name, kind in kinds]
    return iter(markdown.render_many(items))


def _write(model: type[models.Model], rows: list, htmls: Iterator[str]) -> None:
    with transaction.atomic():
        for row in rows:
            fresh = {f"{name}_html": next(htmls) for name in model.MARKDOWN}
            model.objects.filter(pk=row.pk, version=row.version).update(renderer=markdown.RENDERER, **fresh)
        owners = {row.pk if model is Postmortem else row.postmortem_id for row in rows}
        Fragment.objects.filter(pk__in=owners).delete()
