"""A row of the desk's timeline as HTML. In Python instead of a template, since a desk draws hundreds of them.

A template asks for each value with a look-up that is slow for models; 500 rows would take a quarter of a second, here
they take a tenth of that. Every word of people is escaped where it is taken (`escape`, `plain_text.show`); what is not
is made here or by the renderer of Markdown. What is seldom there (a working copy, the coach) is added by the template
postmortems/writing/entry_rows.html.
"""

from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString, mark_safe

from kb.lib import plain_text
from postmortems.models import TimelineEntry
from postmortems.timeline import Line, about

KINDS, SOURCES = dict(TimelineEntry.Kind.choices), dict(TimelineEntry.Source.choices)
ENTRY = """<li class="{css}" id="{anchor}" tabindex="-1"{how}>{before}
<input type="checkbox" class="pick" form="batch" name="row" value="{uid}:{version}"
 aria-label="Choose the entry {label}">
<div class="clock">{clock}</div>
<div class="row-body">{names}<div class="prose">{text}</div>{believed}<p class="meta">{meta}</p>"""
TOOLS = """</div>
<div class="row-tools"><a class="edit-link mark-link" href="{at}milestone/" hx-get="{at}milestone/"
 hx-target="#{anchor}" hx-swap="outerHTML">Key time<span class="visually-hidden"> of this entry</span></a><a
 class="edit-link" href="{at}" hx-get="{at}" hx-target="#{anchor}"
 hx-swap="outerHTML"{focus}>Edit<span class="visually-hidden"> this entry</span></a></div>
</li>
"""
ALONE = """<li class="{css}" id="mark-{uid}"{how}>{before}
<div class="clock">{clock}</div>
<div class="row-body">{names}<p class="meta"><span>a key time without an entry</span></p>"""


@dataclass(frozen=True)
class Row:
    """`start` and `end` of a row, between them what a template adds; `entry` is None for a milestone alone."""

    start: SafeString
    end: SafeString
    entry: TimelineEntry | None


def rows_of(lines: list[Line], base: str, how: str = "", focus: str = "") -> list[Row]:
    """The rows of desk_lines(). `base`: address of the entries; `how`: its hx-swap-oob; `focus`: the anchor of the row
    whose edit link takes the keyboard. About 40 µs a row."""
    swap = f' hx-swap-oob="{escape(how)}"' if how else ""
    return [_entry(line, base, swap, focus) if line.entry else _alone(line, swap) for line in lines]


def _entry(line: Line, base: str, how: str, focus: str) -> Row:
    entry, anchor = line.entry, line.entry.anchor
    start = ENTRY.format(
        css=f"desk-row moment{' key' if entry.is_key_moment else ''}{_phases(line)}",
        anchor=anchor,
        how=how,
        before=_before(line),
        uid=entry.uid,
        version=entry.version,
        label=f"at {line.clock}" if line.clock else escape(entry.text[:40]),
        clock=_clock(line),
        names=_names(line) if line.milestones else "",
        text=entry.text_html,
        believed=_believed(entry) if entry.believed_html else "",
        meta=_meta(entry),
    )
    tools = TOOLS.format(at=f"{base}{entry.uid}/", anchor=anchor, focus=" autofocus" if focus == anchor else "")
    return Row(mark_safe(start), mark_safe(tools), entry)


def _alone(line: Line, how: str) -> Row:
    start = ALONE.format(
        css=f"desk-row moment alone{_phases(line)}",
        uid=line.milestones[0].uid,
        how=how,
        before=_before(line),
        clock=_clock(line),
        names=_names(line),
    )
    return Row(mark_safe(start), mark_safe("</div>\n</li>\n"), None)


def _phases(line: Line) -> str:
    return "".join(f" phase-{mark.type}" for mark in line.milestones)


def _before(line: Line) -> str:
    found = ""
    if gap := line.gap_line:
        found += f'<p class="gap-line{" long" if gap.long else ""}">{gap.text}</p>'
    if day := line.day_line:
        found += f'<p class="day-line">{day.text} · {escape(day.zone)}</p>'
    return found


def _clock(line: Line) -> str:
    if line.at is None:
        return '<span class="zone">time unknown</span>'
    until = f"–{line.until}" if line.until else ""
    clock = about(line.clock or "day only")
    return f'<time datetime="{line.at.isoformat()}">{clock}{until}</time> <span class="zone">{escape(line.zone)}</span>'


def _names(line: Line) -> str:
    found = ""
    for mark in line.milestones:
        note = f' <span class="muted">{plain_text.show(mark.note)}</span>' if mark.note else ""
        found += f'<p class="milestone-name">{mark.get_type_display()}{note}</p>'
    return found


def _believed(entry: TimelineEntry) -> str:
    return f'<p class="believed"><b>Believed then</b> {entry.believed_html}</p>'


def _meta(entry: TimelineEntry) -> str:
    said = [escape(KINDS.get(entry.kind, entry.kind))]
    said += ["key moment"] if entry.is_key_moment else []
    said += [plain_text.show(str(entry.participant))] if entry.participant_id else []
    said += [f"from {escape(SOURCES.get(entry.source, entry.source).lower())}"] if entry.source != "typed" else []
    if address := entry.evidence:
        shown = plain_text.show(address if len(address) <= 60 else f"{address[:59]}…")
        leads = address.startswith(("https://", "http://"))
        said.append(f'<a href="{escape(address)}" rel="noopener nofollow">{shown}</a>' if leads else shown)
    return "".join(f"<span>{word}</span>" for word in said)
