"""What people write → safe HTML. Rendered when saving, never when reading, never inside a transaction.

Text without any markup (most timeline rows) is rendered here. The rest goes to a child process that is
killed after two seconds, since Markdown can be written that never ends. No input raises: what cannot be
rendered is shown as plain text with a notice. The HTML never depends on the reader.

Classes that the stylesheet must know: highlight (and Pygments' short names), table-scroll, task, footnote,
footnote-ref, footnote-backref, bidi, render-notice, render-plain.
"""

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

from kb.lib.html_text import link_references, mark_bidi
from kb.lib.killable import Children

RENDERER = 1  # grows when the same text gives other HTML; then `manage.py rerender` is run
SECONDS = 1.7  # of processor time; with a fresh child and the plain text it stays below two on the wall
MAX_LENGTH = 100_000
CHILDREN = Children(Path(__file__).with_name("markdown_child.py"), limit=2)

# One line of words and marks that mean nothing to Markdown there; what might be a list, an address or two
# spaces goes the long way. A test compares both ways.
PLAIN = re.compile(r"(?!\d+[.)])[^\W_](?:[^\W_]|[ .,;?!'\"()%/:+–—’‘“”…→€°=-])*\Z")
NOT_PLAIN = re.compile(r"://|www\.|  | \Z", re.IGNORECASE)
TOO_DEEP = re.compile(
    r"^[ \t]*(?:(?:>|(?:[-*+]|\d{1,9}[.)])[ \t])[ \t]*){24}"  # lists and quotes in one line
    r"|^[ \t]{100,}(?:[-*+>]|\d{1,9}[.)])[ \t]"  # and by indentation
    r"|[\[(<!]{64}",  # opened and never closed
    re.MULTILINE,
)
UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def render(text: str, inline: bool = False) -> str:
    """Safe HTML of one text; `inline` for a sentence: no blocks, no paragraph around it. At most 2 s."""
    return render_many([(text, inline)])[0]


def render_many(items: Sequence[tuple[str, bool]]) -> list[str]:
    """The HTML of each (text, inline), in one round trip; each text has its own two seconds.

    After three texts that were overdue the rest of the batch gets a tenth of that, so that one request full
    of them ends.
    """
    texts = [(UNSTORABLE.sub("\ufffd", text), inline) for text, inline in items]
    out = [_at_once(text, inline) for text, inline in texts]
    waiting = [place for place, html in enumerate(out) if html is None]
    if waiting:
        answers = CHILDREN.answers([texts[place] for place in waiting], SECONDS)
        for place, answer in zip(waiting, answers, strict=True):
            html = answer.get("html") if isinstance(answer, dict) else None
            if html is None:
                html = _as_typed(*texts[place], reason="It took too long to format")
            out[place] = html
    return out


def _at_once(text: str, inline: bool) -> str | None:
    """The HTML where no child is needed, else None."""
    if len(text) > MAX_LENGTH:
        return _as_typed(text, inline, reason=f"It is longer than {MAX_LENGTH:,} characters")
    if not text.strip():
        return ""
    if PLAIN.match(text) and not NOT_PLAIN.search(text):
        html = link_references(escape(text, quote=False))
        return html if inline else f"<p>{html}</p>"
    if TOO_DEEP.search(text):
        return _as_typed(text, inline, reason="It is nested too deeply")
    return None


def _as_typed(text: str, inline: bool, reason: str) -> str:
    """The text itself, escaped, with a sentence that says why."""
    html = mark_bidi(link_references(escape(text)))
    notice = f"{reason}, so it is shown as it was typed. Nothing is lost."
    if inline:
        return f'{html} <span class="render-notice">{notice}</span>'
    return f'<p class="render-notice">{notice}</p>\n<pre class="render-plain" tabindex="0">{html}</pre>'
