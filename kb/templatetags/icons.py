"""`{% icon "search" %}`: one symbol of the committed sprite, silent to screen readers unless labelled."""

import functools

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """The names are the symbol ids of kb/static/kb/icons.svg."""
    return _symbol(static("kb/icons.svg"), name, label)


@functools.lru_cache(maxsize=500)
def _symbol(sprite: str, name: str, label: str) -> SafeString:
    """Remembered: a page shows some twenty, always the same."""
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"/></svg>', label, sprite, name
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', sprite, name)
