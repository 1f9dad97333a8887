"""{% load plain %} {{ postmortem.title|plain }}: a plain field, escaped, direction marks shown."""

from django import template

from kb.lib import plain_text

register = template.Library()


@register.filter(is_safe=True)
def plain(value: object) -> str:
    """Escape, and mark characters that turn the reading direction. None shows as nothing."""
    return plain_text.show("" if value is None else str(value))


@register.filter(is_safe=True)
def plain_linked(value: object) -> str:
    """The same, with PM-12, L-3 and CM-7 as links (not for use inside a link)."""
    return plain_text.show_linked("" if value is None else str(value))
