"""Builders of documents, and a small house of records for search to search: no database, no models."""

from collections.abc import Iterable
from contextlib import contextmanager
from datetime import UTC, datetime

from search.document import Document, Section
from search.sheet import Sheet

STORE: dict[tuple[str, str], Document] = {}
CHANGED: list[str] = []


def document(id: str, title: str = "", body: str = "", **fields) -> Document:
    """A published postmortem everybody reads, unless `fields` say otherwise."""
    parts = fields.pop("parts", {})
    sections = [Section(part, f"{part}-1", text) for part, text in parts.items()]
    if body:
        sections.append(Section("narrative", "narrative", body))
    given = {
        "kind": "postmortem",
        "group": id,
        "version": 1,
        "reference": f"PM-{abs(hash(id)) % 10**6}" if not id.isdigit() else f"PM-{id}",
        "facets": {},
        "is_open": True,
        "when": datetime(2025, 6, 1, tzinfo=UTC),
        "url": f"/{id}/",
    } | fields
    audiences = frozenset({"everyone"} if given["is_open"] else {"user:owner"})
    return Document(id=id, title=title, sections=tuple(sections), **({"audiences": audiences} | given))


def fill(*documents: Document) -> None:
    """Put them into the house (replacing those of the same key)."""
    STORE.update({document.key: document for document in documents})


def load(groups: Iterable[str]):
    wanted = set(groups)
    return iter([document for document in STORE.values() if document.group in wanted])


def groups():
    return iter(list(dict.fromkeys(document.group for document in STORE.values())))


def versions():
    return {key: document.version for key, document in STORE.items()}


def visible(user, keys):
    readers = {"everyone", f"user:{user}"}
    return {key for key in map(tuple, keys) if key in STORE and STORE[key].audiences & readers}


def passages(user, keys):
    return {key: STORE[key] for key in visible(user, keys)}


def moved(user, filters):
    return {}


def sheets(user, keys):
    return {key: Sheet.of(STORE[key]) for key in visible(user, keys)}


def keep(groups, documents):
    """Nothing is kept here: what is shown is made when asked for."""


def unkept():
    return []


def facet_labels(wanted):
    return {field: {value: value.title() for value in values} for field, values in wanted.items()}


@contextmanager
def all_done(consumer):
    yield
    CHANGED.clear()


def pending(consumer):
    return list(CHANGED)
