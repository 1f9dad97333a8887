"""Mail: headers, plain text from HTML, text that is wrapped, styles that every reader of mail knows, files to open."""

import os
import re
import smtplib
import tempfile
import textwrap
from datetime import datetime
from functools import lru_cache
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.filebased import EmailBackend

from kb.lib.html_text import BIDI, TAG

WIDTH = 72
BREAK = re.compile(r"</?(?:p|li|ul|ol|br|div|h[1-6]|pre|blockquote|table|tr|td|th|hr)\b", re.IGNORECASE)


def host():
    """The site's name in the mail world: the host of PUBLIC_URL."""
    return urlsplit(settings.PUBLIC_URL).hostname


def message_id(kind, uid):
    """The same for the same row, so that a repeated mail can be told by its reader's program."""
    return f"<{kind}.{uid}@{host()}>"


def message(subject, text, html, to, *, headers=None):
    """A mail with both parts, told to be written by a machine. `to` is a pair (name, address)."""
    name, address = to
    return EmailMultiAlternatives(
        subject=one_line(subject),
        body=text,
        to=[f'"{quoted(name)}" <{address}>' if name else address],
        headers={"Auto-Submitted": "auto-generated", **(headers or {})},
        alternatives=[(html, "text/html")],
    )


def list_headers(list_name, unsubscribe_url):
    """RFC 2919 and RFC 8058: what list it is, and how its reader's program can leave it with one click."""
    return {
        "List-Id": f"{quoted(settings.SITE_NAME)} weekly learning digest <{list_name}.{host()}>",
        "List-Unsubscribe": f"<{unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def one_line(text):
    """Without line breaks, and with hidden direction marks shown: fit for a header."""
    return BIDI.sub(lambda mark: f"U+{ord(mark.group()):04X}", " ".join(text.split()))


def quoted(name):
    """A name inside a header, without what has a meaning there."""
    return re.sub(r'["\\<>]', "", one_line(name))


def plain(html):
    """The text of safe HTML, on one line, without any markup."""
    return one_line(unescape(TAG.sub(lambda tag: " " if BREAK.match(tag.group()) else "", html)))


def wrapped(text, first="", rest=None):
    """At most 72 columns where words allow; addresses stay whole. `first` and `rest` begin the lines."""
    rest = " " * len(first) if rest is None else rest
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


@lru_cache(maxsize=1)
def _inliner():
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False, remove_inlined_selectors=True)


def inline_styles(html):
    """The rules of its <style> as style attributes; what only a <style> can say (@media) stays there."""
    return _inliner().inline(html)


def is_permanent(error):
    """Whether the other side refused this mail or this address for good. Trouble with the connection, with our own
    sign-in or sender address, and “try later” (4xx) are not."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and 500 <= error.smtp_code < 600


class FileBackend(EmailBackend):
    """One .eml file per mail, which any mail program opens; the newest stands last by name."""

    def open(self):
        return False

    def close(self):
        pass

    def send_messages(self, email_messages):
        for mail in email_messages or ():
            self._write(mail)
        return len(email_messages or ())

    def _write(self, mail):
        """A whole file or none: written under another name first."""
        handle, draft = tempfile.mkstemp(dir=self.file_path, suffix=".tmp")
        with os.fdopen(handle, "wb") as file:
            file.write(mail.message().as_bytes(linesep="\n"))
        to = re.sub(r"[^\w.+-]", "-", mail.recipients()[0].rpartition("<")[2].strip(">").replace("@", "-at-"))
        name = f"{datetime.now():%Y-%m-%d-%H%M%S-%f}-{to[:60]}.eml"
        os.replace(draft, Path(self.file_path) / name)
