"""Slack's export: channels.json, users.json and one JSON file per channel and day, in a folder or a zip archive.

Also exports of other programs in the same form (ids as folder names, files beside), one channel's folder, or one day's
file alone. Ids that users.json does not know stay ids, unless a message carries its author's profile.
"""

import datetime
import re
from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath

from postmortems.importing.chat.bundle import Bundle
from postmortems.importing.chat.json_list import elements, load
from postmortems.importing.chat.message import Fault, Message, clean
from postmortems.importing.chat.slack_markup import to_markdown

DAY_FILE = re.compile(r"\d{4}-\d\d-\d\d(?:[._-].*)?\.json$")
LISTS = ("channels.json", "groups.json", "mpims.json", "dms.json")
JOINS = re.compile(
    r"(?:channel|group|bot|huddle)_(?:join|leave|add|remove|archive|unarchive|thread)|bot_enable|bot_disable"
)
TOPICS = re.compile(
    r"(?:channel|group)_(?:topic|purpose|name|posting_permissions|convert_to_private)|pinned_item|reminder_add"
)
TS = re.compile(r"\d{1,11}(?:\.\d{1,9})?")


def looks_like(bundle: Bundle) -> bool:
    names = [PurePosixPath(name).name for name in bundle.names]
    return any(DAY_FILE.match(name) for name in names) or {"channels.json", "users.json"} <= set(names)


def read(bundle: Bundle, *, link_base: str = "", **_) -> Iterator[Message | Fault]:
    """Messages channel by channel and day by day. `link_base`: https://WORKSPACE.slack.com, for links back."""
    export = _Export(bundle, link_base)
    yield from export.faults
    for name in sorted(export.day_files, key=lambda name: (export.channel_of(name), name)):
        channel = export.channel_of(name)
        changed: dict[str, dict] = {}
        gone: set[str] = set()
        items = []
        for item in elements(bundle.bytes_of(name), name):
            if isinstance(item, Fault):
                yield item
            elif not _is_revision(item[1], changed, gone):
                items.append(item)
        seen = set()
        for number, raw in items:
            ts = str(raw.get("ts", ""))
            raw = changed.pop(ts, raw) if ts in changed else raw
            if ts not in seen or not ts:
                seen.add(ts)
                yield export.message(raw, name, number, channel, deleted=ts in gone)
        for number, raw in enumerate(changed.values(), len(items) + 1):
            yield export.message(raw, name, number, channel)


def _is_revision(raw: dict, changed: dict[str, dict], gone: set[str]) -> bool:
    """Take in a record of a later edit or deletion, which is no message itself."""
    if raw.get("subtype") == "message_changed" and isinstance(raw.get("message"), dict):
        new = {**raw["message"]}
        new.setdefault("edited", {"ts": raw.get("ts")})
        changed[str(new.get("ts", ""))] = new
        return True
    if raw.get("subtype") == "message_deleted":
        gone.add(str(raw.get("deleted_ts", "")))
        return True
    return False


class _Export:
    """The lists of people and channels, and where the days lie."""

    def __init__(self, bundle: Bundle, link_base: str):
        self.faults: list[Fault] = []
        self.bundle, self.link_base = bundle, link_base.rstrip("/")
        self.people: dict[str, tuple[str, str]] = {}
        self.bots: dict[str, str] = {}
        self.channels: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        self.day_files = [name for name in bundle.names if DAY_FILE.match(PurePosixPath(name).name)]
        if not self.day_files:  # one file of messages under any name
            known = {*LISTS, "users.json", "integration_logs.json", "canvases.json", "org_users.json"}
            self.day_files = [n for n in bundle.names if n.endswith(".json") and PurePosixPath(n).name not in known]
        for name in bundle.names:
            base = PurePosixPath(name).name
            if base in ("users.json", "org_users.json"):
                self._read_people(name)
        for name in bundle.names:
            if PurePosixPath(name).name in LISTS:
                self._read_channels(name)
        self.markdown = partial(to_markdown, person=self.name_of_person, channel=self.name_of_channel)

    def _list(self, name: str) -> list[dict]:
        value, fault = load(self.bundle.bytes_of(name), name)
        if fault or not isinstance(value, list):
            self.faults.append(fault or Fault(name, 0, "It is no list."))
            return []
        return [item for item in value if isinstance(item, dict)]

    def _read_people(self, name: str) -> None:
        for user in self._list(name):
            profile = user.get("profile") if isinstance(user.get("profile"), dict) else {}
            names = (user.get("real_name"), profile.get("real_name"), profile.get("display_name"), user.get("name"))
            found = next((text for text in map(_text, names) if text), "")
            self.people[_text(user.get("id"))] = (found or _text(user.get("id")), _text(profile.get("email")))
            if bot := _text(profile.get("bot_id")):
                self.bots[bot] = found

    def _read_channels(self, name: str) -> None:
        for channel in self._list(name):
            key, title = _text(channel.get("id")), _text(channel.get("name"))
            members = channel.get("members") if isinstance(channel.get("members"), list) else []
            if not title:
                title = ", ".join(self.name_of_person(_text(member)) for member in members) or key
            self.channels[key] = title
            self.ids[title] = key
            self.ids.setdefault(key, key)

    def name_of_person(self, key: str) -> str:
        return self.people[key][0] if key in self.people else self.bots.get(key, key)

    def name_of_channel(self, key: str) -> str:
        return self.channels.get(key, key)

    def channel_of(self, name: str) -> str:
        folder = PurePosixPath(name).parent.name or self.bundle.name
        return self.channels.get(folder, folder)

    def message(self, raw: dict, file: str, number: int, channel: str, *, deleted: bool = False) -> Message | Fault:
        ts = _text(raw.get("ts"))
        at = _instant(ts)
        if at is None:
            return Fault(file, number, f"It has no time that can be read (ts: {ts[:30] or 'none'}).")
        author, key, email, is_bot = self._author(raw)
        place = self.ids.get(channel, channel)
        thread = _text(raw.get("thread_ts"))
        made = Message(
            text=self._words(raw), at=at, typed=ts, author=author, author_key=key, email=email, channel=channel,
            key=f"slack:{place}:{ts}"[:300], thread=f"slack:{place}:{thread}"[:300] if thread else "",
            edited=bool(raw.get("edited")), files=_files(raw), link=self._link(raw, place, ts, thread),
            file=file, line=number,
        )  # fmt: skip
        subtype = _text(raw.get("subtype"))
        if JOINS.fullmatch(subtype):
            made.kind = "join"
        elif TOPICS.fullmatch(subtype):
            made.kind = "topic"
        elif is_bot:
            made.kind = "bot"
        if deleted or (not made.text and not made.files):
            made.text = made.text or ("(deleted)" if deleted or subtype == "tombstone" else "(nothing but a layout)")
        return made

    def _author(self, raw: dict) -> tuple[str, str, str, bool]:
        """(name, id, address, whether it is a program)."""
        profile = raw.get("user_profile") if isinstance(raw.get("user_profile"), dict) else {}
        bot = raw.get("bot_profile") if isinstance(raw.get("bot_profile"), dict) else {}
        key, bot_id = _text(raw.get("user")), _text(raw.get("bot_id"))
        is_bot = bool(bot_id) or raw.get("subtype") == "bot_message"
        if key in self.people and not (is_bot and raw.get("username")):
            return *self.people[key][:1], key, self.people[key][1], is_bot
        names = (raw.get("username"), profile.get("real_name"), profile.get("display_name"), profile.get("name"),
                 bot.get("name"), self.bots.get(bot_id))  # fmt: skip
        name = next((text for text in map(_text, names) if text), "")
        return name or key or bot_id, key or bot_id or name, "", is_bot

    def _words(self, raw: dict) -> str:
        text = self.markdown(_text(raw.get("text")))
        if not text:
            text = self.markdown("\n".join(_of_blocks(raw.get("blocks"))))
        return clean("\n\n".join(filter(None, [text, *self._attached(raw)])))

    def _attached(self, raw: dict) -> Iterator[str]:
        """What programs attach to a message, such as the alert itself; not the previews of links."""
        attachments = raw.get("attachments") if isinstance(raw.get("attachments"), list) else []
        for item in attachments:
            if not isinstance(item, dict) or item.get("from_url") or item.get("original_url"):
                continue
            title, link = _text(item.get("title")), _text(item.get("title_link"))
            if title and re.fullmatch(r"https?://\S+", link):
                title = f"<{link}|{title}>"
            fields = item.get("fields") if isinstance(item.get("fields"), list) else []
            told = [f"{_text(f.get('title'))}: {_text(f.get('value'))}" for f in fields if isinstance(f, dict)]
            said = [_text(item.get("pretext")), title, _text(item.get("text")), *_of_blocks(item.get("blocks")), *told]
            lines = [line for line in said if line] or [_text(item.get("fallback"))]
            yield self.markdown("\n".join(lines))

    def _link(self, raw: dict, place: str, ts: str, thread: str) -> str:
        link = _text(raw.get("permalink"))
        if not link and self.link_base:
            link = f"{self.link_base}/archives/{place}/p{ts.replace('.', '')}"
            if thread and thread != ts:
                link += f"?thread_ts={thread}&cid={place}"
        return link if re.fullmatch(r"https?://[^\s<>\"]{1,1900}", link) else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def _instant(ts: str) -> datetime.datetime | None:
    """Slack's seconds since 1970 with six digits behind the point, exactly."""
    if not TS.fullmatch(ts):
        return None
    seconds, _, rest = ts.partition(".")
    try:
        at = datetime.datetime.fromtimestamp(int(seconds), datetime.UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return at.replace(microsecond=int(rest[:6].ljust(6, "0"))) if at.year >= 1980 else None


def _files(raw: dict) -> list[tuple[str, str]]:
    found = raw.get("files") if isinstance(raw.get("files"), list) else [raw.get("file")]
    files = [item for item in found if isinstance(item, dict)]
    return [
        (_text(item.get("name")) or _text(item.get("title")) or _text(item.get("id")) or "file",
         next((link for link in (_text(item.get("permalink")), _text(item.get("url_private"))) if link), ""))
        for item in files
    ]  # fmt: skip


def _of_blocks(blocks: object, depth: int = 0) -> list[str]:
    """The texts in Slack's layout blocks, a line per block; emoji by name."""
    if not isinstance(blocks, list) or depth > 12:
        return []
    lines = []
    for block in blocks:
        if not isinstance(block, dict):
            continue
        text = block.get("text")
        inner = text.get("text") if isinstance(text, dict) else text
        own = _text(inner) or (f":{_text(block.get('name'))}:" if block.get("type") == "emoji" else "")
        own = own or (f"<@{_text(block.get('user_id'))}>" if block.get("type") == "user" else "")
        own = own or (_text(block.get("url")) if block.get("type") == "link" else "")
        nested = [*_of_blocks(block.get("elements"), depth + 1), *_of_blocks(block.get("fields"), depth + 1)]
        flat = block.get("type") in ("rich_text_section", "rich_text_quote", "rich_text_preformatted")
        lines += [part for part in [own, *(["".join(nested)] if flat else nested)] if part]
    return lines
