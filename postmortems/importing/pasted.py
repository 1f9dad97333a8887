"""Text that was pasted into the timeline → rows: a chat as its messages, anything else line by line."""

import dataclasses

from kb.lib import instants, moments
from postmortems.importing.chat import recognize

MOST_TEXT = 20_000  # characters of one row


def rows_of(text, context):
    """[{field: value}] of timeline entries, with "who" where a chat names its speaker. Pure; never raises.

    A line that begins with a time begins a row; lines without one go on the row before. A time that cannot be read, or
    that a change of clocks makes unclear, stays in the text of a row without a time.
    """
    messages = recognize(text, context.day, context.told_in)
    rows = [_of_message(message, context) for message in messages if message.kind in ("message", "bot")]
    return [row for row in rows if row["text"]] or _of_lines(text, context)


def _of_message(message, context):
    told = message.at is not None and message.at.tzinfo is not None
    return {
        "text": message.markdown()[:MOST_TEXT].strip(), "who": message.author, "at": message.at if told else None,
        "zone": context.told_in, "precision": message.precision if told else "unknown", "approximate": False,
        "typed": message.typed[:120], "until": None, "source": "chat", "source_key": message.key[:300],
        "evidence": message.link if message.link.startswith(("http://", "https://")) else "",
    }  # fmt: skip


def _of_lines(text, context):
    rows = []
    for line in filter(str.strip, text.split("\n")):
        try:
            moment, rest = moments.split(line, context)
        except (moments.NotUnderstood, instants.ClockChange):
            moment, rest = moments.Moment(instants.Instant(None, context.told_in, "unknown")), line.strip()
        if moment is None and rows:
            rows[-1]["text"] = f"{rows[-1]['text']}\n{rest}".strip()[:MOST_TEXT]
            continue
        start = moment.start if moment else instants.Instant(None, context.told_in, "unknown")
        rows.append(_of_line(start, moment, rest))
        if start.at:
            context = dataclasses.replace(context, before=start, day=None)
    return [row for row in rows if row["text"]]


def _of_line(start, moment, text):
    return {
        "text": text[:MOST_TEXT], "at": start.at, "zone": start.zone, "precision": start.precision,
        "approximate": start.approximate, "typed": start.typed,
        "until": moment.until.at if moment and moment.until else None, "source": "typed",
    }  # fmt: skip
