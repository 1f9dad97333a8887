"""The coach in templates: the margin of a part, and what a reviewer sees of the whole."""

from django import template

from postmortems.coaching import Coach, by_family, kind_of, read_as

register = template.Library()


@register.inclusion_tag("postmortems/writing/coach.html", takes_context=True)
def coach_margin(context, part, form=None):
    """What stands beside `part`; with `form`, beside the form in which it is being written, read from its fields.

    About 1 ms and three queries: for the part that somebody works at, never for all of a page.
    """
    postmortem = getattr(part, "postmortem", part)
    texts = {name: form[name].value() for name in read_as(part) if name in form.fields} if form else None
    return {
        "request": context["request"], "postmortem": postmortem, "part": part, "typing": form is not None,
        "margin": Coach(postmortem).margin(part, texts),
    }  # fmt: skip


@register.inclusion_tag("postmortems/parts/coach_summary.html")
def coach_summary(postmortem):
    """For the reviewer: how many words of which family, and the words with the reasons for keeping them."""
    margins = Coach(postmortem).margins()
    return {"margins": margins, "families": by_family(margins)}


@register.simple_tag
def new_part(form):
    """The row that a form is about to add, so that its words can be read; it is not saved."""
    model = form._meta.model
    part = model(postmortem=form.postmortem, uid="new")
    for name in ("kind", "source", "role"):
        if name in form.fields and form[name].value():
            setattr(part, name, form[name].value())
    return part


register.filter("coach_kind", kind_of)


@register.filter
def is_read(part):
    """Whether the coach reads anything of such a part."""
    return bool(read_as(part))
