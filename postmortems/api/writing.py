"""Writing through the API: everything is checked and rendered first, then written in one transaction."""

from django.db import transaction

from kb.lib import markdown
from postmortems.api.fields import settled
from postmortems.api.rows import PARTS, model_of
from postmortems.models import Postmortem, Section

# Rows that others point at come before those that point.
ORDER = [
    "sections", "participants", "impact", "timeline", "milestones", "perspectives", "questions", "factors",
    "observations", "learnings", "countermeasures", "evidence",
]  # fmt: skip


def render_all(rows):
    """Add the HTML to each of `rows`, pairs (model, fields), in place; one round trip to the renderer."""
    places = [
        (fields, name, model.MARKDOWN[name] == "inline")
        for model, fields in rows
        for name in model.MARKDOWN
        if fields.get(name) is not None
    ]
    htmls = markdown.render_many([(fields[name], inline) for fields, name, inline in places])
    for (fields, name, _), html in zip(places, htmls, strict=True):
        fields[f"{name}_html"], fields["renderer"] = html, markdown.RENDERER


def start_whole(by, data):
    """A new postmortem from validated data, with all its rows: all of it or nothing. A handful of statements a row."""
    lists = {name: data.pop(name, []) for name in PARTS}
    render_all([(Postmortem, data), *((model_of(name), row) for name, rows in lists.items() for row in rows)])
    made = {}
    with transaction.atomic():
        postmortem = Postmortem.start(by, **settled(data))
        for name in ORDER:
            model = model_of(name)
            add = _fill if model is Section else model.add
            made[model.KIND] = [
                add(postmortem, by, **settled(with_zone(model, row, postmortem), made)) for row in lists[name]
            ]
    return postmortem


def with_zone(model, fields, postmortem):
    """A time without a word on its zone is told in the postmortem's."""
    timed = any(field.name == "zone" for field in model._meta.concrete_fields)
    return {"zone": postmortem.zone, **fields} if timed else fields


def _fill(postmortem, by, **fields):
    """Write into the empty section that the depth laid out, else add one."""
    empty = postmortem.section_set.filter(kind=fields.get("kind", "other"), text="", version=1).first()
    return empty.change(by, empty.version, **fields) if empty else Section.add(postmortem, by, **fields)


def add_row(model, postmortem, by, data):
    data = with_zone(model, data, postmortem)
    render_all([(model, data)])
    with transaction.atomic():
        return model.add(postmortem, by, **settled(data))


def change_row(row, by, version, data):
    render_all([(type(row), data)])
    with transaction.atomic():
        return row.change(by, version, **settled(data))


def change_head(postmortem, by, details_version, data):
    render_all([(Postmortem, data)])
    with transaction.atomic():
        return postmortem.change_details(by, details_version, **settled(data))
