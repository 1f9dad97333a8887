"""Chosen messages → timeline entries and the people in them: one transaction, once per message, taken back as one."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from kb.accounts.models import User
from postmortems.importing.build import render_rows
from postmortems.importing.chat.message import Message, escape
from postmortems.models import ChatImport, Participant, Postmortem, TimelineEntry
from postmortems.models.parts import LONG, STEP

MOST = 500  # messages taken over at once: each is a field of the form that asks what it was


@dataclass(frozen=True)
class Author:
    """Somebody who speaks in a chat. `key` is the one of the source; `user`: the only account that fits, or None."""

    key: str
    name: str
    email: str
    count: int
    is_bot: bool = False
    user: User | None = None


@dataclass(frozen=True)
class Person:
    """Who an author becomes: an account, a name, or only a function; `is_nobody`: nobody is named."""

    user: User | None = None
    name: str = ""
    function: str = Participant.Function.RESPONDER
    is_nobody: bool = False


def known_keys(postmortem: Postmortem) -> set[str]:
    """Keys of the messages that are entries of its timeline already. One query."""
    entries = TimelineEntry.objects.filter(postmortem=postmortem, source="chat").exclude(source_key="")
    return set(entries.values_list("source_key", flat=True))


def authors_of(messages: Iterable[Message]) -> list[Author]:
    """Everybody who speaks in them, the most talkative first, with the account that fits. One query."""
    counts, first = Counter(), {}
    for message in messages:
        if message.author:
            counts[message.author_key] += 1
            first.setdefault(message.author_key, message)
    users = _accounts(first.values())
    return [
        Author(key, first[key].author, first[key].email, count, first[key].kind == "bot", _only(users, first[key]))
        for key, count in counts.most_common()
    ]


def _accounts(messages: Iterable[Message]) -> dict[str, set[User]]:
    """{name in lower case: accounts that go by it}: user name, full name, address, other names in chat."""
    words = {word for message in messages for name in _names(message) for word in (name, name.lower())}
    if not words:
        return {}
    fits = Q(username__in=words) | Q(email__in=words) | Q(name__in=words) | ~Q(also_known_as="")
    people = User.objects.people().filter(fits)
    found: dict[str, set[User]] = {}
    for user in people:
        own = [user.username, user.email, user.name, *user.also_known_as.split(",")]
        for name in filter(None, (text.strip().casefold() for text in own)):
            found.setdefault(name, set()).add(user)
    return found


def _names(message: Message) -> list[str]:
    return [text for text in (message.email, message.author, message.author_key) if text]


def _only(users: dict[str, set[User]], message: Message) -> User | None:
    """The account that fits the address, else the name; None where two do."""
    for name in _names(message):
        fitting = users.get(name.casefold(), set())
        if len(fitting) == 1:
            return next(iter(fitting))
    return None


def take_over(
    postmortem: Postmortem,
    by: User,
    picks: list[tuple[Message, str]],
    people: dict[str, Person],
    *,
    zone: str,
    name: str = "",
) -> ChatImport | None:
    """Make an entry of each (message, kind of entry) that is none yet; None where all of them are there.

    `people`: {author key: Person}; who is not in it is named as in the chat. `zone`: in which the times are told.
    All or nothing: raises ValidationError. About 3 ms per message, most of it rendering.
    """
    if len(picks) > MOST:
        raise ValidationError(f"At most {MOST:,} messages are taken over at once; these are {len(picks):,}.")
    drafts = [(message, _entry(postmortem, message, kind, people, zone)) for message, kind in picks]
    render_rows([entry for _, entry in drafts])
    with transaction.atomic():
        Postmortem.objects.select_for_update().filter(pk=postmortem.pk).first()
        known = known_keys(postmortem)
        new = [(message, entry) for message, entry in drafts if entry.source_key not in known]
        if not new:
            return None
        made = _participants(postmortem, new, people)
        entries = [entry for _, entry in new]
        for entry in entries:
            entry.clean_fields(exclude={"postmortem", "participant"})
        _place(postmortem, entries)
        TimelineEntry.objects.bulk_create(entries, batch_size=200)
        postmortem.note_changes(by, "add", [(row, {}, row.as_data(), {}) for row in [*made, *entries]])
        return ChatImport.objects.create(
            postmortem=postmortem, by=by, name=name[:200], entries=[[row.uid, row.version] for row in entries],
            participants=[[row.uid, row.version] for row in made],
        )  # fmt: skip


def _entry(postmortem: Postmortem, message: Message, kind: str, people: dict[str, Person], zone: str) -> TimelineEntry:
    text = message.markdown() or "(no words)"
    person = people.get(message.author_key)
    if message.author and person and person.is_nobody and message.kind == "bot":
        text = f"{escape(message.author)}: {text}"  # which program it was is not who took part
    return TimelineEntry(
        postmortem=postmortem, kind=kind, text=text[: LONG - 1], source=TimelineEntry.Source.CHAT,
        source_key=message.key, evidence=message.link, at=message.at.replace(microsecond=0) if message.at else None,
        zone=zone, precision=message.precision if message.at else "unknown", typed="" if message.at else message.typed,
    )  # fmt: skip


def _participants(postmortem: Postmortem, new, people: dict[str, Person]) -> list[Participant]:
    """Name the people of the entries; those who take part already stay who they are. Returns the new ones."""
    rows = list(Participant.objects.filter(postmortem=postmortem).select_related("user"))
    last = max((row.position for row in rows), default=0)
    made: list[Participant] = []
    for message, entry in new:
        person = people.get(message.author_key) or Person(name=message.author)
        if person.is_nobody or not message.author:
            continue
        row = next((row for row in rows if _is(row, person)), None)
        if row is None:
            last += STEP
            row = Participant(
                postmortem=postmortem, user=person.user, name="" if person.user else person.name[:120],
                function=person.function, position=last,
            )  # fmt: skip
            row.clean_fields(exclude={"postmortem"})
            rows.append(row)
            made.append(row)
        entry.participant = row
    Participant.objects.bulk_create(made)
    for _, entry in new:
        entry.participant = entry.participant  # the row has its key now
    return made


def _is(row: Participant, person: Person) -> bool:
    if person.user or row.user_id:
        return row.user_id == (person.user.pk if person.user else 0)
    if person.name or row.name:
        return row.name.casefold() == person.name.casefold()
    return row.function == person.function


def _place(postmortem: Postmortem, entries: list[TimelineEntry]) -> None:
    """Positions among the rows that are there: by time, without one behind the message before. Others move only where
    there is no room left between two."""
    rows = list(TimelineEntry.objects.filter(postmortem=postmortem).order_by("position", "pk").only("position", "at"))
    order: list[TimelineEntry] = list(rows)
    at = len(rows)
    for entry in entries:
        if entry.at:
            at = next((i for i in range(len(order), 0, -1) if order[i - 1].at and order[i - 1].at <= entry.at), 0)
            while at and at < len(order) and not order[at].at and order[at].pk:
                at += 1  # rows without a time belong to the one before
        order.insert(at, entry)
        at += 1
    if not _spread(order):
        for place, row in enumerate(order):
            row.position = (place + 1) * STEP
        TimelineEntry.objects.bulk_update(rows, ["position"])


def _spread(order: list[TimelineEntry]) -> bool:
    """Give the new rows positions between their neighbours; False where there is no room."""
    low, waiting = 0, []
    for row in [*order, None]:
        if row is not None and row.pk is None:
            waiting.append(row)
            continue
        high = row.position if row is not None else low + (len(waiting) + 1) * STEP
        step = (high - low) // (len(waiting) + 1)
        if waiting and step < 1:
            return False
        for place, new in enumerate(waiting, 1):
            new.position = low + place * step
        low, waiting = high, []
    return True
