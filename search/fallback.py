"""Searching without an index: the database's documents one by one, for a limited time.

For the minutes in which the index is missing or damaged. Exact as far as it comes: the same
`Query.matches`, and only what the reader may see now. Newest first; no scores.
"""

import time
from collections import Counter
from collections.abc import Iterator

from search.document import Document
from search.engines.base import Found, Hit
from search.query import Query
from search.subjects import subjects

SECONDS = 1.0
CHUNK = 50


def search(user, query: Query, kind: str, offset: int, limit: int, fields: tuple[str, ...]) -> Found:
    """Like an engine's answer. Its counts are of what could be looked at in a second."""
    stop_at = time.monotonic() + SECONDS
    found: list[Document] = []
    for documents in _chunks(user, kind):
        found += [document for document in documents if query.matches(document)]
        if time.monotonic() > stop_at:
            break
    found.sort(key=lambda document: document.when, reverse=True)
    counts = {field: Counter(v for d in found for v in d.facets.get(field, ())) for field in fields}
    hits = [Hit(d.kind, d.id, d.group, d.reference, d.source, 0.0) for d in found[offset : offset + limit]]
    return Found(tuple(hits), len(found), query, counts, {kind: len(found)})


def _chunks(user, kind: str) -> Iterator[list[Document]]:
    """What `user` may see of a kind, a few at a time, the last written first."""
    keys = [key for key in subjects().versions() if key[0] == kind][::-1]
    for start in range(0, len(keys), CHUNK):
        yield list(subjects().passages(user, keys[start : start + CHUNK]).values())
