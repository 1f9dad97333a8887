"""`{% load gist %} {{ measure.statement_html|gist:18 }}`: the first words of rendered Markdown, as plain text."""

import html

from django import template
from django.utils.html import strip_tags
from django.utils.text import Truncator

from kb.lib import plain_text

register = template.Library()


@register.filter(is_safe=True)
def gist(rendered: str, words: int = 18) -> str:
    """At most `words` words, without marks, escaped; for places that have no room or no right to carry links."""
    text = " ".join(html.unescape(strip_tags(rendered)).split())
    return plain_text.show(Truncator(text).words(words, truncate=" …"))
