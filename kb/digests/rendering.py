"""An Edition as a mail: HTML with styles inlined, and a text part of its own. Rendered once per distinct content; what
is the recipient's own (name, schedule, the link to leave) is put in afterwards."""

import re
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape

from kb.lib.mail import inline_styles, wrapped

# So many of each kind stand in a mail; its page holds all.
MOST = {"learnings": 12, "published": 6, "done": 6, "overdue": 5}
OWN = ("name", "schedule", "leave")


@dataclass(frozen=True)
class Rendered:
    """A mail without a recipient. Where the recipient's own words go, a mark stands that nobody can have typed."""

    subject: str
    text: str
    html: str
    marks: dict[str, str]

    def text_for(self, own):
        """`own`: {"name", "schedule", "leave"}, plain."""
        text = self._filled(self.text, own)
        return "\n".join(wrapped(line) if len(line) > 72 and " " in line else line for line in text.split("\n"))

    def html_for(self, own):
        return self._filled(self.html, {name: escape(value) for name, value in own.items()})

    def _filled(self, text, own):
        for name, mark in self.marks.items():
            text = text.replace(mark, own[name])
        return text


def render(edition, url):
    """The mail of an edition whose page is at `url` (a path)."""
    marks = {name: f"{name}-{secrets.token_hex(12)}" for name in OWN}
    html = inline_styles(render_to_string("emails/digest.html", _context(edition, url, own=marks, reasons=True)))
    return Rendered(edition.subject, render_text(edition, url, own=marks), re.sub(r"\n\s*\n+", "\n", html), marks)


def render_text(edition, url, *, own=None, reasons=True):
    """The text part; without `own` words no closing lines, without `reasons` not why it was sent to somebody."""
    text = render_to_string("emails/digest.txt", _context(edition, url, own=own, reasons=reasons))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _context(edition, url, **more):
    shown = {kind: getattr(edition, kind)[:most] for kind, most in MOST.items()}
    left = sum(len(getattr(edition, kind)) - len(rows) for kind, rows in shown.items())
    site = {"site": settings.PUBLIC_URL, "SITE_NAME": settings.SITE_NAME, "page": settings.PUBLIC_URL + url}
    return {"edition": edition, **shown, "left": left, **site, **more}


def own_words(subscription, recipient):
    """What stands in one person's mail alone."""
    return {
        "name": " ".join(str(recipient).split()),
        "schedule": str(subscription.schedule),
        "leave": settings.PUBLIC_URL + reverse("unsubscribe", args=[subscription.unsubscribe_token]),
    }
