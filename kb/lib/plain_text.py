"""Text that people give us: what is refused, and how the rest is shown without surprises."""

import re
from html import escape

from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString, mark_safe

from kb.lib.html_text import BIDI, link_references, mark_bidi

__all__ = ["BIDI", "is_blank", "mark_bidi", "show", "show_linked", "validate_not_blank", "validate_plain_text"]

# C0 controls but tab, line feed and carriage return; DEL and C1 controls; halves of surrogate pairs.
REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def validate_plain_text(value: str) -> None:
    """Refuse what a database or a page cannot carry, naming the first fault and where it stands (from 1)."""
    fault = REFUSED.search(value)
    if fault:
        code = ord(fault.group())
        params = {"code": f"U+{code:04X}", "place": fault.start() + 1, "name": _name(code)}
        raise ValidationError(
            "The text holds %(name)s (%(code)s) at character %(place)s. Remove it and save again.",
            code="control_character",
            params=params,
        )


def validate_not_blank(value: str) -> None:
    """Refuse text that nobody can see: only spaces, or only marks without width."""
    if is_blank(value):
        raise ValidationError("Write at least one visible character.", code="blank")


def is_blank(value: str) -> bool:
    """Whether nobody would see anything of it."""
    return not value.strip().strip("\u200b\u200c\u200d\u2060\ufeff\u00ad\u2800\u3164 \t\r\n")


def show(value: str) -> SafeString:
    """A plain field as HTML: escaped, with characters that turn the reading direction marked."""
    return mark_safe(mark_bidi(escape(value)))  # noqa: S308 - escaped on this line


def show_linked(value: str) -> SafeString:
    """The same, with PM-12, L-3 and CM-7 as links."""
    return mark_safe(mark_bidi(link_references(escape(value))))  # noqa: S308 - escaped on this line


def _name(code: int) -> str:
    if code == 0:
        return "a NUL character"
    if 0xD800 <= code <= 0xDFFF:
        return "half of a surrogate pair"
    return "a control character"
