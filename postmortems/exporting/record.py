"""A postmortem as plain data whose words stand for themselves: people by username, services and tags by name, rows of
the same postmortem by their uid. What the Markdown and the JSON are made of, and what an import takes in again."""

from django.db import models

from postmortems.models import PART_MODELS, Attachment, Postmortem
from postmortems.models.parts import as_json

# Beside what people fill in: what the verbs wrote, and the identity.
HEAD = ("uid", "number", "status", "visibility", "published_at", "withdrawn_because")
EXTRA = {
    "learning": ("number",),
    "countermeasure": ("number", "status", "done_at", "effect", "declined_because", "superseded_by"),
}
NAMES = ("username", "name", "slug")  # by which a row of another table is known; the first that it has


def record_of(postmortem: Postmortem) -> dict:
    """{"postmortem": {field: value}, "section": [{"uid", …}], …}, without empty fields. About two queries per kind."""
    rows = {kind: [_data(row, EXTRA.get(kind, ())) for row in _rows(kind, postmortem)] for kind in PART_MODELS}
    rows["attachments"] = [_file(attachment) for attachment in shown_files(postmortem)]
    return {"postmortem": _data(postmortem, HEAD), **{kind: found for kind, found in rows.items() if found}}


def shown_files(postmortem: Postmortem) -> list[Attachment]:
    """The files that a row of evidence holds: what was removed leaves with nobody. One query."""
    return list(postmortem.attachments.filter(evidence__isnull=False).distinct())


def _file(attachment: Attachment) -> dict:
    return {"uid": attachment.uid, "name": attachment.name, "sha256": attachment.sha256,
            "path": f"{attachment.postmortem.reference}.files/{attachment.uid}-{attachment.name}"}  # fmt: skip


def _rows(kind: str, postmortem: Postmortem):
    model = PART_MODELS[kind]
    single = [f.name for f in model._meta.concrete_fields if f.is_relation and f.name != "postmortem"]
    many = [f.name for f in model._meta.many_to_many]
    return model.objects.filter(postmortem=postmortem).select_related(*single).prefetch_related(*many)


def _data(row, extra: tuple[str, ...]) -> dict:
    many = {f.name for f in row._meta.many_to_many}
    names = dict.fromkeys(("uid", *extra, *row.data_fields()))
    values = {name: _word(list(getattr(row, name).all()) if name in many else getattr(row, name)) for name in names}
    defaults = {f.name: as_json(f.get_default()) for f in row._meta.concrete_fields if not f.is_relation}
    empty = (None, "", [])
    return {
        name: value
        for name, value in values.items()
        if value not in empty or (defaults.get(name) not in empty and name in defaults)
    }


def _word(value):
    """What stands for a value in a file."""
    if isinstance(value, list):
        return sorted(_word(item) for item in value)
    if isinstance(value, models.Model):
        if value._meta.app_label == "postmortems" and hasattr(value, "postmortem_id"):
            return value.uid
        if hasattr(value, "rank"):  # a severity is known by its short word
            return value.slug
        return next(getattr(value, name) for name in NAMES if hasattr(value, name))
    return _lines(value) if isinstance(value, str) else as_json(value)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
