"""Which day, year and zone the times of a report mean, where they stand only in a heading, a sentence, the title, the
file's name or the front matter."""

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from kb.lib import instants, zones
from postmortems.importing.reports.stamps import DATE, WEEKDAY, Clock, Day, cities, day_of

YEARS = range(1990, datetime.date.today().year + 2)  # 1900-01-01 stands in templates
BEGINS = r"(?<![\w/.:-])"
MENTION = re.compile(rf"{BEGINS}(?:{WEEKDAY},?\s+)?(?:the\s+)?(?:{DATE.pattern})", re.I | re.X)
SAYS_ZONE = re.compile(
    r"\b(?:times?|timestamps?|hours|clock|dates?|events?)\b[^.\n]{0,60}?\b(?:in|are|is|as|using|use|zone:?|:)\b|"
    r"\btime ?zone\b|\btimes?\b\W{0,3}$|\ball times\b|\btimes?\s*\(",
    re.I,
)
LETTERS = re.compile(rf"(?<![A-Za-z0-9/_-])(?:{zones.IN_TEXT})")
WORDS = re.compile(r"\b(pacific|eastern|central|mountain)\b(?=[ -]?(?:standard |daylight )?time|[).\s]*$)", re.I)
PAIR = re.compile(r"\b([A-Z]{2,4}T)/([A-Z]{2,4}T)\b")
PLACES = {
    "uk": "Europe/London", "london": "Europe/London", "british": "Europe/London", "berlin": "Europe/Berlin",
    "german": "Europe/Berlin", "paris": "Europe/Paris",
    "danish": "Europe/Copenhagen", "copenhagen": "Europe/Copenhagen",
    "dutch": "Europe/Amsterdam", "amsterdam": "Europe/Amsterdam", "india": "Asia/Kolkata", "indian": "Asia/Kolkata",
    "new york": "America/New_York", "san francisco": "America/Los_Angeles", "california": "America/Los_Angeles",
    "sydney": "Australia/Sydney", "tokyo": "Asia/Tokyo", "japan": "Asia/Tokyo", "singapore": "Asia/Singapore",
}  # fmt: skip
PLACE = re.compile(rf"\b({'|'.join(PLACES)})(?:\s+local)?\s+time\b", re.I)
CLOCK_WITH_ZONE = re.compile(rf"\b\d{{1,2}}(?:[:.]\d\d)*\s?(?:[ap]m\s)?\s?\(?({zones.IN_TEXT})", re.I)
AFTERNOON = 15  # a clock that falls back from here on to the morning tells of the next day
OVERNIGHT = datetime.timedelta(hours=6)


def zone_in(text: str) -> str:
    """The zone that a piece of text names, as typed; "" where it names none."""
    text = re.sub(r"\]\([^)]*\)", "]", text)
    if pair := PAIR.search(text):
        return pair.group()
    for found in LETTERS.finditer(text):
        if zone_of(found.group()):
            return found.group()
    if found := WORDS.search(text):
        return found[1]
    found = PLACE.search(text)
    return PLACES[found[1].lower()] if found else ""


def stated_zone(paragraph: str) -> str:
    """The zone of a sentence about all times: “All times in PST (UTC-8)”, “times are UTC”; "" for other sentences."""
    return zone_in(paragraph) if SAYS_ZONE.search(paragraph) else ""


def implied_zone(text: str) -> str:
    """The one zone that stands beside clock times anywhere in the text, if it is one and stands there twice."""
    told = [match[1] for match in CLOCK_WITH_ZONE.finditer(text) if match[1].isupper() or match[1][:1] == "+"]
    return told[0] if len(told) > 1 and len(set(told)) == 1 else ""


def zone_of(told: str, naive: datetime.datetime | None = None) -> str:
    """The zone to keep (IANA name or offset) for letters as typed; "" where they mean none."""
    if "/" in told and told.isupper():  # PST/PDT: the place, whatever its clocks show
        places = {place for word in told.split("/") for _, place in zones.LETTERS.get(word, ())[:1]}
        return places.pop() if len(places) == 1 else zone_of(told.split("/")[0], naive)
    if city := cities().get(told.replace(" ", "_")):
        return city
    meaning = zones.meaning(told, naive=naive) if told else None
    if meaning is None and "/" in told:  # UC/Pacific
        meaning = zones.meaning(told.rsplit("/", 1)[1], naive=naive)
    return meaning.zone if meaning else ""


@dataclass
class Dates:
    """What the whole document says of its days. `anchor`: the day that years and orders are judged by."""

    anchor: datetime.date | None = None
    default: datetime.date | None = None  # of times without a day
    month_first: bool | None = None  # 10/22/2022 was seen, or 22/10/2022; None: neither
    seen: list[datetime.date] = field(default_factory=list)

    def resolve(self, day: Day, near: datetime.date | None = None) -> datetime.date | None:
        """The calendar day that is meant, or None; `near`: the day before it in the timeline."""
        near = near or self.anchor
        options = [(day.month, day.day)]
        if day.order in ("?", "."):
            swapped = (day.day, day.month)
            european = day.order == "." or self.month_first is False
            options = [swapped, options[0]] if european else [options[0], swapped]
        found = [d for m, n in options for y in self._years(day.year, near) if (d := _date(y, m, n))]
        if not found:
            return None
        if day.year is not None and (self.month_first is not None or day.order != "?" or near is None):
            return found[0]
        if near is None:
            return None
        best = min(abs(option - near) for option in found)
        return next(option for option in found if abs(option - near) == best)

    def _years(self, year: int | None, near: datetime.date | None) -> list[int]:
        if year is None:
            return [near.year - 1, near.year, near.year + 1] if near else []
        if year in YEARS:
            return [year]
        told, meant = str(year), near.year if near else 0
        slips = {told[:i] + told[i + 1 :] for i in range(len(told))} | {told[:4]}
        if len(told) == 3:
            slips |= {str(meant)} if all(digit in str(meant) for digit in told) else set()
        if str(meant) in slips:
            return [meant]
        return [int(told[:4])] if len(told) == 5 and int(told[:4]) in YEARS else []


def _date(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day) if year in YEARS else None
    except ValueError:
        return None


def mentions(text: str) -> list[Day]:
    """The days that a text names, in order."""
    return [day_of(match) for match in MENTION.finditer(text)]


def dates_of(*, intro: str, headings: str, title: str, summary: str, name: str, matter: str, body: str) -> Dates:
    """The days of a document from what it says: the sentence or heading above the times first, the file's name last."""
    dates = Dates(month_first=_order([intro, headings, title, matter, body]))
    full = [
        day
        for text in (title, name, matter, headings, intro, summary, body[:20_000])
        for day in mentions(text)
        if day.year and day.order == "ymd"
    ]
    loose = [day for text in (title, name, headings, intro, summary) for day in mentions(text) if day.year]
    dates.anchor = next((found for day in [*full, *loose] if (found := dates.resolve(day))), None)
    told = [found for day in mentions(intro) + mentions(headings) + mentions(title) if (found := dates.resolve(day))]
    written = [found for day in mentions(name) + mentions(matter) if (found := dates.resolve(day))]
    happened = [found for day in mentions(summary)[:1] if (found := dates.resolve(day))]
    close = [day for day in happened if not written or abs((day - written[0]).days) <= 10]
    dates.default = next(iter([*told, *close, *written]), None)
    return dates


def _order(texts: Iterable[str]) -> bool | None:
    for text in texts:
        for day in mentions(text[:20_000]):
            if day.order == "?" and (day.month > 12) != (day.day > 12):
                return day.day > 12
    return None


def clock_time(clock: Clock, after: datetime.time | None = None, halves: bool = False) -> datetime.time:
    """The time of day. `halves`: this timeline writes am and pm, so a time without them is the next one after
    `after`."""
    hour = clock.hour
    if clock.half == "p" and hour < 12:
        hour += 12
    elif clock.half == "a" and hour == 12:
        hour = 0
    elif not clock.half and not clock.padded and halves and after and 1 <= hour <= 12:
        minutes = after.hour * 60 + after.minute
        choices = [hour % 12, hour % 12 + 12]
        later = [h for h in choices if h * 60 + clock.minute >= minutes]
        hour = later[0] if later and later[0] * 60 + clock.minute - minutes <= 6 * 60 else hour
    return datetime.time(hour % 24, clock.minute, clock.second or 0)


def next_day(before: datetime.datetime, time: datetime.time) -> bool:
    """Whether a time without a day, after `before`, belongs to the day after."""
    same = datetime.datetime.combine(before.date(), time)
    return before.hour >= AFTERNOON and before - same > OVERNIGHT


def with_zone(naive: datetime.datetime, zone: str) -> datetime.datetime:
    """Aware where a zone is known, else as it is."""
    return naive.replace(tzinfo=instants.zone(zone)) if zone else naive
