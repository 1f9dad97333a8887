"""Mattermost: the bulk export (JSON lines), the channel export (CSV, also with the columns of the compliance export),
and posts as the API answers them (JSON). Texts are Markdown already.

The bulk export gives posts no ids, so their key is made of who said what when; the others carry theirs.
"""

import csv
import datetime
import json
import re
from collections.abc import Iterator

from postmortems.importing.chat.bundle import MAX_ENTRY, Bundle
from postmortems.importing.chat.json_list import load
from postmortems.importing.chat.message import Fault, Keys, Message, clean
from postmortems.importing.files import Refused

LINES = (".jsonl", ".json", ".ndjson", ".txt")
ABOUT_PEOPLE = re.compile(r"system_(?:join|leave|add|remove|auto_responder|guest)\w*")
# What this program calls a column, and what the exports call it (lower case, letters only).
COLUMNS = {
    "at": ("postcreationtime", "createat", "createdat", "timestamp", "date", "time"),
    "user": ("username", "user", "author", "sender"),
    "user_id": ("userid",),
    "email": ("useremail", "email"),
    "user_type": ("usertype",),
    "id": ("postid", "id"),
    "root": ("parentpostid", "repliedtopostid", "rootid", "parentid"),
    "text": ("postmessage", "message", "text"),
    "type": ("posttype", "type"),
    "channel": ("channeldisplayname", "channelname", "channel"),
}


def looks_like(bundle: Bundle) -> bool:
    return any(_form(bundle, name) for name in bundle.names[:50])


def read(bundle: Bundle, *, link_base: str = "", zone: str = "", **_) -> Iterator[Message | Fault]:
    """Posts in the order of the file. `link_base`: https://SERVER/TEAM, for links back where posts have ids."""
    link_base = link_base.rstrip("/")
    for name in bundle.names:
        form = _form(bundle, name)
        if form:
            yield from form(bundle, name, link_base)


def _form(bundle: Bundle, name: str):
    """The function that reads a file, by its beginning; None for what is not Mattermost's."""
    start = next(bundle.open(name), b"")[:4000].decode("utf-8", "replace").lstrip("\ufeff \r\n")
    if name.lower().endswith(".csv") or not start.startswith(("{", "[")):
        header = _columns(next(csv.reader([start.split("\n")[0]]), []))
        return _read_csv if {"at", "text"} <= header.keys() and len(header) > 2 else None
    first = start.split("\n")[0].strip()
    if re.match(r'\{\s*"type"\s*:\s*"(?:version|post|team|channel|user|direct_\w+|scheme|role|info|emoji|bot)"', first):
        return _read_bulk
    return _read_api if re.search(r'"(?:create_at|order)"\s*:', start) else None


def _read_bulk(bundle: Bundle, name: str, link_base: str) -> Iterator[Message | Fault]:
    people: dict[str, tuple[str, str]] = {}
    channels: dict[tuple[str, str], str] = {}
    keys = Keys("mattermost")
    for number, line in enumerate(bundle.lines_of(name), 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            kind = item["type"]
            value = item.get(kind) or {}
            if kind == "user":
                people[_text(value.get("username"))] = (_full_name(value), _text(value.get("email")))
            elif kind == "channel":
                channels[_text(value.get("team")), _text(value.get("name"))] = _text(value.get("display_name"))
            elif kind in ("post", "direct_post"):
                yield from _of_bulk(value, people, channels, keys, name, number)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
            yield Fault(name, number, f"It is no line of an export: {str(fault)[:80] or type(fault).__name__}.")


def _of_bulk(post: dict, people, channels, keys: Keys, file: str, number: int) -> Iterator[Message | Fault]:
    members = post.get("channel_members")
    team, slug = _text(post.get("team")), _text(post.get("channel"))
    channel = ", ".join(map(_text, members)) if isinstance(members, list) else channels.get((team, slug)) or slug
    began = None
    for raw in [post, *(post.get("replies") or [])]:
        made = _message(raw, file, number, channel)
        if isinstance(made, Fault):
            yield made
            continue
        name, email = people.get(made.author, ("", ""))
        made.author_key, made.author, made.email = made.author, name or made.author, email
        made.key = keys.key_of(made)
        began = began or made
        if post.get("replies"):
            made.thread = began.key
        yield made


def _read_csv(bundle: Bundle, name: str, link_base: str) -> Iterator[Message | Fault]:
    rows = csv.reader(f"{line}\n" for line in bundle.lines_of(name))
    old_limit = csv.field_size_limit(MAX_ENTRY)
    try:
        columns = _columns(next(rows, []))
        channel = re.sub(r"\.csv$", "", name.rsplit("/", 1)[-1])
        keys = Keys("mattermost")
        while True:
            number = rows.line_num + 1
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as fault:
                yield Fault(name, number, f"It is no row of CSV: {fault}.")
                continue
            if any(row):
                raw = {word: row[place] for word, place in columns.items() if place < len(row)}
                yield _of_api(raw, name, number, raw.get("channel") or channel, keys, link_base)
    finally:
        csv.field_size_limit(old_limit)


def _read_api(bundle: Bundle, name: str, link_base: str) -> Iterator[Message | Fault]:
    value, fault = load(bundle.bytes_of(name), name)
    if fault:
        yield fault
        return
    posts = value.get("posts", value) if isinstance(value, dict) else value
    posts = list(posts.values()) if isinstance(posts, dict) else posts
    if not isinstance(posts, list):
        raise Refused(f"{name} holds no posts.")
    channel = _text(value.get("channel_name") or value.get("channel")) if isinstance(value, dict) else ""
    users = value.get("users") if isinstance(value, dict) and isinstance(value.get("users"), dict) else {}
    keys = Keys("mattermost")
    for number, post in enumerate(posts, 1):
        if not isinstance(post, dict):
            yield Fault(name, number, "It is no post.")
            continue
        who = users.get(_text(post.get("user_id")))
        raw = {
            "at": post.get("create_at"), "id": post.get("id"), "root": post.get("root_id") or post.get("parent_id"),
            "user": (who or {}).get("username") if isinstance(who, dict) else post.get("username") or post.get("user"),
            "user_id": post.get("user_id"), "text": post.get("message"), **_rest(post),
        }  # fmt: skip
        place = channel or _text(post.get("channel_name") or post.get("channel") or post.get("channel_id"))
        yield _of_api(raw, name, number, place, keys, link_base)


def _rest(post: dict) -> dict:
    return {name: post.get(name) for name in ("type", "props", "edit_at", "delete_at", "attachments", "metadata")}


def _of_api(raw: dict, file: str, number: int, channel: str, keys: Keys, link_base: str) -> Message | Fault:
    made = _message({**raw, "message": raw.get("text"), "create_at": raw.get("at")}, file, number, channel)
    if isinstance(made, Fault):
        return made
    made.author_key = _text(raw.get("user_id")) or made.author
    made.author, made.email = made.author or made.author_key, _text(raw.get("email"))
    own, root = _text(raw.get("id")), _text(raw.get("root"))
    made.key = f"mattermost:{own}"[:300] if own else keys.key_of(made)
    made.thread = f"mattermost:{root}"[:300] if root else ""
    if own and link_base and re.fullmatch(r"https?://[^\s<>\"]{1,1500}", link_base):
        made.link = f"{link_base}/pl/{own}"
    return made


def _message(raw: dict, file: str, number: int, channel: str) -> Message | Fault:
    """What all forms have in common: message, create_at, user, props, type, attachments, edit_at."""
    at, typed = _instant(raw.get("create_at"))
    if at is None:
        return Fault(file, number, f"It has no time that can be read ({typed[:40] or 'none'}).")
    props = raw.get("props") if isinstance(raw.get("props"), dict) else {}
    kind = _text(raw.get("type"))
    is_bot = any(str(props.get(name)).lower() == "true" for name in ("from_bot", "from_webhook", "from_plugin"))
    is_bot = is_bot or _text(raw.get("user_type")).lower() == "bot"
    attached = props.get("attachments") if isinstance(props.get("attachments"), list) else []
    said = [
        _text(raw.get("message")),
        *("\n".join(_of_attachment(item)) for item in attached if isinstance(item, dict)),
    ]
    return Message(
        text=clean("\n\n".join(filter(None, said))) or "(deleted)" * bool(raw.get("delete_at")), at=at, typed=typed,
        author=_text(props.get("override_username")) or _text(raw.get("user")), channel=channel,
        kind="join" if ABOUT_PEOPLE.match(kind) else "topic" if kind.startswith("system_") else "bot" if is_bot
        else "message", edited=_number(raw.get("edit_at")) > 0, files=_files(raw), file=file, line=number,
    )  # fmt: skip


def _of_attachment(item: dict) -> list[str]:
    fields = [field for field in item.get("fields") or [] if isinstance(field, dict)]
    told = [f"{_text(field.get('title'))}: {_text(field.get('value'))}" for field in fields]
    lines = [_text(item.get("pretext")), _text(item.get("title")), _text(item.get("text")), *told]
    return [line for line in lines if line] or [_text(item.get("fallback"))]


def _files(raw: dict) -> list[tuple[str, str]]:
    metadata = raw.get("metadata") if isinstance(raw.get("metadata"), dict) else {}
    found = raw.get("attachments") or metadata.get("files") or []
    return [
        (_text(item.get("name")) or _text(item.get("path")).rsplit("/", 1)[-1] or "file", "")
        for item in (found if isinstance(found, list) else [])
        if isinstance(item, dict)
    ]


def _instant(value: object) -> tuple[datetime.datetime | None, str]:
    """(instant, as it stood): milliseconds since 1970, ISO 8601, or Go's `2020-03-10 15:12:11.1 +0000 UTC`."""
    typed = _text(value).strip()
    try:
        if re.fullmatch(r"\d{9,14}(?:\.0+)?", typed):
            number = int(typed.split(".")[0])
            at = datetime.datetime.fromtimestamp(number / (1000 if number > 10**11 else 1), datetime.UTC)
        else:
            match = re.match(
                r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,6})\d*)?\s*(Z|UTC|[+-]\d\d:?\d\d)?", typed
            )
            date, clock, rest, zone = match.groups()
            offset = "" if not zone else "+00:00" if zone in ("Z", "UTC") else zone
            at = datetime.datetime.fromisoformat(f"{date}T{clock}{'.' + rest.ljust(6, '0') if rest else ''}{offset}")
    except (ValueError, AttributeError, OverflowError, OSError):
        return None, typed
    return (at if at.year >= 1980 else None), typed


def _columns(header: list[str]) -> dict[str, int]:
    names = [re.sub(r"[^a-z]", "", name.lower()) for name in header]
    found = {}
    for word, known in COLUMNS.items():
        if places := [names.index(name) for name in known if name in names]:
            found[word] = places[0]
    return found


def _full_name(user: dict) -> str:
    full = " ".join(filter(None, [_text(user.get("first_name")), _text(user.get("last_name"))]))
    return full or _text(user.get("nickname")) or _text(user.get("username"))


def _number(value: object) -> int:
    try:
        return int(value or 0)
    except (TypeError, ValueError):
        return 0


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""
