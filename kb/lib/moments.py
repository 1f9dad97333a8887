"""Times as people type them become instants: `14:03 PST`, `~2pm`, `+5m`, `13:30–13:45 UTC`, `Mar 2 14:03`, epochs.

Pure. Nothing is guessed that cannot be seen: a time that a change of clocks makes unclear raises instants.ClockChange
with both candidates, a date that reads two ways raises NotUnderstood, letters that mean several zones are told in
`Moment.remark`. What a bare clock time belongs to (day, zone, the row before) is the Context.
"""

import datetime
import re
from dataclasses import dataclass, replace

from kb.lib import instants, zones
from kb.lib.instants import Instant
from kb.lib.moment_tokens import LASTING, MONTHS, SPAN, WEEKDAYS, Words, scan

FORMS = "Use 14:03, 14:03 PST, 2pm, +5m, 2026-03-01 14:03, 2 Mar 14:03 or 2026-03-01."
LEAD = re.compile(r"\s*(?:[-*•]\s+(?:\[[ x]\]\s+)?)?(?:\*\*|__|`|\[|\()?\s*")
TRAIL = re.compile(r"\s*(?:\*\*|__|`|\]|\))*\s*(?:(?:[-:|,;]|->|→)+(?:\s+|$)|[–—]\s*)*(?:\*\*|__|`)?\s*")
HALF_DAY = datetime.timedelta(hours=12)
LONGEST = 120  # characters of a typed time


class NotUnderstood(ValueError):
    """The text is no time, or one that cannot be. The message says what to write instead."""


@dataclass(frozen=True)
class Context:
    """What a bare time belongs to. `zone`: the incident's; `before`: the row before; `day`: chosen, or None."""

    zone: str = "UTC"
    day: datetime.date | None = None
    before: Instant | None = None
    now: datetime.datetime | None = None

    @property
    def told_in(self) -> str:
        """The zone of a time that names none."""
        return self.before.zone if self.before and self.before.at else self.zone


@dataclass(frozen=True)
class Moment:
    """What a typed time means; `remark` says what was decided on the way and should be seen, or is empty."""

    start: Instant
    until: Instant | None = None
    remark: str = ""


def read(text: str, context: Context, which: str = "") -> Moment:
    """The Moment of a text that is nothing but a time.

    `which` ("first", "second") answers an instants.ClockChange that was raised before. Raises NotUnderstood.
    """
    text = text.strip()
    if len(text) > LONGEST:
        raise NotUnderstood(f"This is longer than a time. {FORMS}")
    first, second, end = _spanned(text, 0, alone=True)
    if not first.tells or text[end:].strip(" .,;:|"):
        raise NotUnderstood(f"“{text[:40]}” is not understood as a time. {FORMS}")
    return _meaning(text, first, second, context, which)


def split(line: str, context: Context, which: str = "") -> tuple[Moment | None, str]:
    """(Moment, the text behind it) of a line such as `14:03 PST alert fired`; (None, line) where no time leads.

    Words alone (now, noon, Monday) and plain numbers are left in the text, since a sentence may start with them.
    Raises NotUnderstood and ClockChange as read() does.
    """
    start = LEAD.match(line).end()
    first, second, end = _spanned(line, start, alone=False)
    typed = line[start:end]
    if not first.tells or not _leads(first, typed) or line[end : end + 1].isalnum():
        return None, line.strip()
    rest = line[TRAIL.match(line, end).end() :].strip()
    return _meaning(typed.strip(), first, second, context, which), rest


def _leads(words: Words, typed: str) -> bool:
    """Whether these words at the start of a running text are surely a time."""
    if len(typed) > LONGEST:
        return False
    if words.get("date", "a") and not words.get("date", "y") and "clock" not in words:
        return False  # 10/20 requests
    if words.get("later", "bare"):
        return False
    if compact := words.get("clock", "compact"):
        return bool(compact[0] == "0" or words.get("clock", "mark") or "zone" in words or "date" in words)
    if words.get("clock", "dot") and len(words.get("clock", "h")) < 2 and "date" not in words:
        return False  # 3.14 was rolled back
    return any(character.isdigit() for character in typed) or ("unknown" in words and typed.startswith("?"))


def _spanned(text: str, start: int, *, alone: bool) -> tuple[Words, Words | re.Match | None, int]:
    """(first, second or a length or None, where they end)."""
    first = scan(text, start, alone=alone)
    if lasting := LASTING.match(text, first.end):
        return first, lasting, lasting.end()
    dash = SPAN.match(text, first.end) if {"clock", "date"} & set(first.found) else None
    if dash:
        second = scan(text, dash.end(), alone=alone)
        bare = second.get("clock", "compact") and not first.get("clock", "compact")
        same = "clock" in second if "clock" in first else "date" in second
        if same and not bare and (alone or dash.group().strip()):
            return first, second, second.end
    return first, None, first.end


def _meaning(typed: str, first: Words, second, context: Context, which: str) -> Moment:
    if "unknown" in first:
        return Moment(Instant(None, context.told_in, "unknown", False, typed))
    letters = first.get("zone", "zone") or (second.get("zone", "zone") if isinstance(second, Words) else None)
    start, remark = _instant(first, context, letters, which, _shared_half(first, second))
    start = replace(start, typed=typed[:LONGEST])
    until = _until(start, second, context, letters) if second else None
    if until and until.at < start.at:
        raise NotUnderstood(f"“{typed[:40]}” ends before it starts.")
    return Moment(start, until, remark)


def _shared_half(first: Words, second) -> str | None:
    """Which half of the day `11:30` is in 11:30-1pm: that of the end, or the other one if it would not come before."""
    half = second.get("clock", "half") if isinstance(second, Words) else None
    if not half or not first.get("clock", "h"):
        return None
    start, end = ((int(words.get("clock", "h")) % 12, int(words.get("clock", "m") or 0)) for words in (first, second))
    half = half.lower()
    return half if start <= end else {"a": "p", "p": "a"}[half]


def _instant(words: Words, context: Context, letters, which: str, half=None) -> tuple[Instant, str]:
    """(Instant, remark) of one side of a span."""
    about = "about" in words
    if "later" in words:
        return _later(words, context, about), ""
    if "epoch" in words:
        return _epoch(words, context, about), ""
    clock, precision = _clock(words, context, half)
    told = zones.meaning(letters, context.told_in) if letters else None
    zone = told.zone if told else context.told_in
    try:
        day = _day(words, clock, context, zone) + datetime.timedelta(days=clock[1])
        naive = datetime.datetime.combine(day, clock[0])
        if told:
            zone = zones.meaning(letters, context.told_in, naive).zone
        instant = instants.to_utc(naive, zone, precision=precision, approximate=about)
    except instants.ClockChange as question:
        if which not in ("first", "second"):
            raise
        instant = question.candidates[which == "second"]
    except NotUnderstood:
        raise
    except (ValueError, OverflowError) as error:
        raise NotUnderstood(str(error)) from None
    return instant, _remark(letters, told) if told and told.others else ""


def _remark(letters: str, told: zones.Told) -> str:
    others = " or ".join(told.others)
    return f"{letters.strip('()').upper()} was read as that of {told.place}; it can also be that of {others}."


def _later(words: Words, context: Context, about: bool) -> Instant:
    if not (context.before and context.before.at):
        raise NotUnderstood("There is no row with a time before this one to count from. Write the time itself.")
    before, got = context.before, words.found["later"].groupdict()
    length = _length(got) + datetime.timedelta(hours=int(got.get("h") or 0), minutes=int(got.get("m") or 0))
    length += datetime.timedelta(minutes=int(got.get("bare") or 0))
    finest = "second" if got.get("seconds") else "minute"
    kept = {"second": "second", "minute": finest, "hour": "hour", "day": "day"}.get(before.precision, finest)
    return Instant(before.at + length, before.zone, kept, about or before.approximate)


def _length(got: dict) -> datetime.timedelta:
    names = ("days", "hours", "minutes", "seconds")
    return datetime.timedelta(**{name: int(got.get(name) or 0) for name in names})


def _epoch(words: Words, context: Context, about: bool) -> Instant:
    digits = words.get("epoch", "epoch").replace(",", ".")
    whole = digits.partition(".")[0]
    seconds = int(whole) / {10: 1, 13: 1_000, 16: 1_000_000}[len(whole)]
    at = datetime.datetime.fromtimestamp(int(seconds), datetime.UTC)
    if at.year not in instants.YEARS:
        raise NotUnderstood(f"{digits} seconds since 1970 lie in the year {at.year}, which cannot be meant.")
    return Instant(at, context.told_in, "second", about)


def _clock(words: Words, context: Context, half=None) -> tuple[tuple[datetime.time, int], str]:
    """((time of day, days to add), precision)."""
    if "clock" not in words:
        return (datetime.time(), 0), "day"
    get = lambda name: words.get("clock", name)  # noqa: E731
    if word := get("word"):
        return _named_clock(word.lower(), context)
    compact = get("compact")
    hour, minute = (compact[:2], compact[2:]) if compact else (get("h"), get("m"))
    own = (get("half") or get("short") or "").lower()
    hour, precision = int(hour), "second" if get("s") else "minute" if minute else "hour"
    if half and 0 < hour <= 12:
        own = own or half
    if own:
        if hour > 12 and own == "a" or hour == 0:
            raise NotUnderstood(f"“{words.found['clock'].group()}” does not exist on a clock. {FORMS}")
        hour = hour if hour > 12 else hour % 12 + (12 if own == "p" else 0)
    days = 1 if hour == 24 and not int(minute or 0) else 0
    try:
        return (datetime.time(hour - 24 * days, int(minute or 0), int(get("s") or 0)), days), precision
    except ValueError:
        raise NotUnderstood(f"“{words.found['clock'].group()}” does not exist on a clock. {FORMS}") from None


def _named_clock(word: str, context: Context) -> tuple[tuple[datetime.time, int], str]:
    if word == "now":
        if context.now is None:
            raise NotUnderstood(f"“now” means nothing here. {FORMS}")
        local = context.now.astimezone(instants.zone(context.told_in))
        return (local.time().replace(second=0, microsecond=0, tzinfo=None), 0), "minute"
    return (datetime.time(12 if word == "noon" else 0), 0), "minute"


def _day(words: Words, clock: tuple, context: Context, zone: str) -> datetime.date:
    if words.get("clock", "word") and words.get("clock", "word").lower() == "now" and "date" not in words:
        return context.now.astimezone(instants.zone(zone)).date()
    if "date" in words:
        return _date(words.found["date"].groupdict(), context, zone)
    carried = _carried(clock[0], context, zone)
    if "weekday" not in words:
        return carried
    wanted = WEEKDAYS.index(words.get("weekday", "weekday").lower())
    return carried + datetime.timedelta(days=(wanted - carried.weekday()) % 7)


def _carried(clock: datetime.time, context: Context, zone: str) -> datetime.date:
    """The day of a bare clock time: the chosen one, or that of the row before, past midnight if it has to be."""
    before = context.before if context.before and context.before.at else None
    if before is None or (context.day and context.day != before.local.date()):
        if context.day is None:
            raise NotUnderstood("On which day? Give the date too, for instance 2026-03-01 14:03.")
        return context.day
    local = before.at.astimezone(instants.zone(zone))
    if before.precision == "day":
        return before.local.date()
    same = datetime.datetime.combine(local.date(), clock)
    back = local.replace(tzinfo=None) - same
    return local.date() + datetime.timedelta(days=1 if back > HALF_DAY else 0)


def _date(got: dict, context: Context, zone: str) -> datetime.date:
    near = _near(context, zone)
    if word := (got.get("word") or "").lower():
        return _named_day(word, context, zone)
    if got.get("a"):
        month, day = _month_and_day(int(got["a"]), int(got["b"]), got)
    else:
        month = MONTHS.index(got["month"][:3].lower()) + 1 if got.get("month") else int(got["mo"])
        day = int(got["d"])
    year = got.get("y")
    try:
        if year:
            return datetime.date(int(year) + (2000 if len(year) == 2 else 0), month, day)
        if near is None:
            raise NotUnderstood("Of which year? Write the date as 2026-03-01.")
        years = [y for y in (near.year, near.year - 1, near.year + 1) if _exists(y, month, day)]
        return min((datetime.date(y, month, day) for y in years), key=lambda date: abs(date - near))
    except NotUnderstood:
        raise
    except ValueError:
        raise NotUnderstood(f"This day does not exist on a calendar. {FORMS}") from None


def _exists(year: int, month: int, day: int) -> bool:
    try:
        return bool(datetime.date(year, month, day))
    except ValueError:
        return False


def _near(context: Context, zone: str) -> datetime.date | None:
    if context.day:
        return context.day
    at = context.before.at if context.before and context.before.at else context.now
    return at.astimezone(instants.zone(zone)).date() if at else None


def _named_day(word: str, context: Context, zone: str) -> datetime.date:
    one = datetime.timedelta(days=1)
    if word in ("today", "yesterday", "tomorrow"):
        if context.now is None:
            raise NotUnderstood(f"“{word}” means nothing here; write the date.")
        today = context.now.astimezone(instants.zone(zone)).date()
        return today + {"today": 0, "yesterday": -1, "tomorrow": 1}[word] * one
    near = context.before.local.date() if context.before and context.before.at else context.day
    if near is None:
        raise NotUnderstood(f"There is no row before for “{word}” to count from; write the date.")
    return near if word == "same day" else near + one


def _month_and_day(a: int, b: int, got: dict) -> tuple[int, int]:
    """Of 10/20 and 20/10; what reads both ways is asked."""
    if a == b or b > 12 >= a:
        return a, b
    if a > 12 >= b:
        return b, a
    year = got.get("y") or ""
    raise NotUnderstood(
        f"{a}/{b}{'/' + year if year else ''} can be two days: {a} {MONTHS[(b - 1) % 12].title()} or "
        f"{b} {MONTHS[(a - 1) % 12].title()}. Write it as {year or '2026'}-{a:02}-{b:02}, year, month, day."
    )


def _until(start: Instant, second, context: Context, letters) -> Instant:
    if isinstance(second, re.Match):
        return replace(start, at=start.at + _length(second.groupdict()), typed="")
    after = replace(context, before=start, day=None)
    try:
        end, _ = _instant(second, after, letters, "")
    except instants.ClockChange as question:
        later = [one for one in question.candidates if one.at >= start.at]
        if len(later) != 1:
            raise NotUnderstood(
                "The clocks changed at the time it ended; write that with its offset, such as 02:30 +01:00."
            ) from None
        end = later[0]
    if end.at < start.at and "date" not in second:
        end = replace(end, at=end.at + datetime.timedelta(days=1))
    return end
