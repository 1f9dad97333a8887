"""What an interest picks, and what it says in words. A query is read by search.query, the only parser."""

import re
from functools import cache

from search.atoms import Facet, Period, Phrase, Prefix, Word
from search.query import parse

WATCHED = re.compile(r"PM-[1-9]\d{0,8}", re.IGNORECASE)


def picker(query, moved=None):
    """A function (document, parent) → whether `query` picks the document, by itself or because its postmortem's
    document `parent` is picked. Read once, asked of many.

    The empty query picks everything. `PM-12` is a watch: that postmortem and what belongs to it, not what mentions it.
    What was renamed or merged is still followed: `moved` as `moved_slugs` gives it.
    """
    if not query:
        return lambda document, parent: True
    if WATCHED.fullmatch(query):
        return lambda document, parent: query.upper() in (document.reference, parent.reference)
    asked = parse(query).renamed(moved or {})
    matches = cache(asked.matches)  # a parent is asked about once, not for each of its children
    return lambda document, parent: matches(document) or (parent is not document and matches(parent))


def suggested_label(query):
    """A name for an interest that somebody typed as a query."""
    if WATCHED.fullmatch(query):
        return query.upper()
    found = re.fullmatch(r'(service|team|tag):"?([^"\s]+)"?', query)
    return found[2].replace("-", " ").capitalize() if found else query or "Everything"


def explain(query):
    """Sentences on what a query picks, for the person who types it: [what, notes …]."""
    if not query.strip():
        return ["Everything that is published for the whole organization."]
    if WATCHED.fullmatch(query.strip()):
        return [f"What is new in {query.strip().upper()}: its publication, learnings and countermeasures."]
    asked = parse(query)
    wanted = [" or ".join(_spoken(atom) for atom in group) for group in asked.required]
    if asked.words:
        words = [f"“{word.text}”" for word in asked.words]
        wanted.append(f"{_how_many(asked)} {', '.join(words)}")
    if asked.parts:
        wanted.append(f"found in: {', '.join(sorted(asked.parts))}")
    sentence = "New items with " + ", and ".join(wanted) if wanted else "Everything"
    if asked.excluded:
        sentence += ", but without " + " or ".join(_spoken(atom) for atom in asked.excluded)
    return [f"{sentence}.", *asked.notes]


def _how_many(asked):
    if len(asked.words) == 1:
        return "the word"
    if asked.needed == len(asked.words):
        return "the words"
    return "any of the words" if asked.needed == 1 else f"at least {asked.needed} of the words"


def _spoken(atom):
    """One atom of a query in words."""
    if isinstance(atom, Facet):
        return f"{atom.field} {atom.value}"
    if isinstance(atom, Prefix):
        return f"words that begin with “{atom.start}”"
    if isinstance(atom, Period):
        after = f"from {atom.start:%Y-%m-%d}" if atom.start else ""
        return f"a date {after} {f'before {atom.end:%Y-%m-%d}' if atom.end else ''}".strip()
    if isinstance(atom, Phrase):
        return f"the phrase “{atom.text}”"
    return f"the word “{atom.text}”" if isinstance(atom, Word) else str(atom)
