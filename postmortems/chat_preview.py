"""A kept chat as one page shows it: which messages fit, what is suggested, what is picked or an entry already."""

import datetime
from collections import Counter
from dataclasses import dataclass

from django.core.paginator import Page, Paginator

from kb.lib import instants
from postmortems.importing.chat.entries import known_keys
from postmortems.importing.chat.message import Message
from postmortems.importing.chat.suggestions import Suggestion, choose
from postmortems.models import ChatUpload

PER_PAGE = 100
LENGTH = 700  # characters of a message that the list shows


@dataclass(frozen=True)
class Line:
    """One message in the list; `place` is its number in the upload, `day` stands above the first line of a day."""

    place: int
    message: Message
    local: datetime.datetime | None
    day: datetime.date | None
    suggestion: Suggestion | None
    is_picked: bool
    is_known: bool

    @property
    def text(self) -> str:
        text = self.message.text or ", ".join(name for name, _ in self.message.files)
        return text if len(text) <= LENGTH else f"{text[:LENGTH]} …"

    @property
    def clock(self) -> str:
        if not self.local:
            return ""
        return f"{self.local:%H:%M:%S}" if self.message.precision == "second" else f"{self.local:%H:%M}"


class Preview:
    """An upload, unpacked once. About 0.5 s for 50,000 messages."""

    def __init__(self, upload: ChatUpload):
        self.upload, self.messages = upload, upload.messages()
        self.zone = instants.zone(upload.zone)
        self.picked = set(upload.picked)
        self.known = known_keys(upload.postmortem)

    def channels(self) -> list[tuple[str, int]]:
        """[(name, how many messages)], the busiest first; the first hundred."""
        return Counter(message.channel for message in self.messages).most_common(100)

    def fitting(self, chosen: dict) -> list[int]:
        """Places of the messages that SpanForm's cleaned data asks for; picked ones whatever their kind."""
        since, until = (self._aware(chosen.get(name)) for name in ("since", "until"))
        channel, words, only = (chosen.get(name) or "" for name in ("channel", "words", "only"))
        words = words.casefold()
        moment, found = None, []
        for place, message in enumerate(self.messages):
            moment = message.at or moment
            if only == "picked":
                fits = place in self.picked
            else:
                fits = only == "all" or message.kind in ("message", "bot")
            if not fits or (channel and message.channel != channel):
                continue
            if (since and (moment is None or moment < since)) or (until and (moment is None or moment >= until)):
                continue
            if words and words not in message.text.casefold() and words not in message.author.casefold():
                continue
            found.append(place)
        return found

    def suggested(self, places: list[int]) -> dict[int, Suggestion]:
        """{place: Suggestion} among these: the first alert is the first of what is shown."""
        hints = self.upload.hints
        return choose((place, hints[str(place)]) for place in places if str(place) in hints)

    def page(self, places: list[int], number: str | int, suggested: dict[int, Suggestion]) -> tuple[Page, list[Line]]:
        page = Paginator(places, PER_PAGE).get_page(number)
        return page, self.lines(page.object_list, suggested)

    def lines(self, places: list[int], suggested: dict[int, Suggestion]) -> list[Line]:
        lines, day = [], None
        for place in places:
            message = self.messages[place]
            local = message.at.astimezone(self.zone) if message.at else None
            begins = local.date() if local and local.date() != day else None
            day = local.date() if local else day
            lines.append(Line(
                place, message, local, begins, suggested.get(place), place in self.picked, message.key in self.known,
            ))  # fmt: skip
        return lines

    def _aware(self, at: datetime.datetime | None) -> datetime.datetime | None:
        return at.replace(tzinfo=self.zone) if at else None
