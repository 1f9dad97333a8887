"""Reading what somebody typed, piece by piece. Every input has a meaning; see search.query."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from search.analysis import STOP_WORDS, WORD, composed, expand, runs
from search.atoms import Atom, Facet, Group, Period, Phrase, Prefix, Word
from search.document import PARTS

FIELDS = ("service", "tag", "severity", "status", "team", "kind", "theme", "owner", "trigger")
LONGEST_TEXT = 100_000
MOST_PIECES = 60  # a text of more is pasted, not typed: only leading filters are read in it
MOST_READ = 500  # different words of a pasted text that are looked at
MOST_PHRASES = 12
MOST_PREFIXES = 4
MOST_NOTES = 4

PIECE = re.compile(r'-?(?:[A-Za-z_]+:)?"[^"]*"?|[^\s"]+')
SHAPE = re.compile(r"(-?)(?:([A-Za-z_]+):(?!:))?(.*)", re.S)
DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")


@dataclass
class Reading:
    """What was gathered so far. A clause is the atoms of one piece, or of several joined by OR."""

    clauses: list[tuple[bool, list[Atom]]] = field(default_factory=list)
    excluded: list[Atom] = field(default_factory=list)
    parts: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    phrases: int = 0
    prefixes: int = 0

    def note(self, sentence: str) -> None:
        if sentence not in self.notes and len(self.notes) < MOST_NOTES:
            self.notes.append(sentence)

    def telling_words(self) -> tuple[Word, ...]:
        """The plain words without repetition; without stop words unless there is nothing else."""
        plain = [a for ored, atoms in self.clauses if not ored for a in atoms if isinstance(a, Word)]
        words = tuple({(word.keys, word.pieces): word for word in plain}.values())
        telling = tuple(word for word in words if not STOP_WORDS.issuperset(word.keys))
        return telling if telling or self.required() else words

    def required(self) -> tuple[Group, ...]:
        """One group per OR and per sign; the same field twice means either value."""
        groups: dict[Group, None] = {}
        facets: dict[str, list[Atom]] = {}
        for ored, atoms in self.clauses:
            if ored:
                groups[tuple(dict.fromkeys(atoms))] = None
                continue
            for atom in atoms:
                if isinstance(atom, Facet):
                    facets.setdefault(atom.field, []).append(atom)
                elif not isinstance(atom, Word):
                    groups[(atom,)] = None
        return (*groups, *(tuple(dict.fromkeys(values)) for values in facets.values()))


def read(text: str) -> Reading:
    """Never fails; about 5 ms per 10,000 characters."""
    reading = Reading()
    text = composed(text.replace("\0", " ").encode("utf-8", "replace").decode())
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT]
        reading.note(f"Only the first {LONGEST_TEXT:,} characters were read.")
    pieces = PIECE.findall(text)
    if len(pieces) > MOST_PIECES:
        _read_pasted(pieces, reading)
    else:
        reading.tokens = pieces
        _read_typed(pieces, reading)
    if text.strip() and not (reading.clauses or reading.excluded or reading.parts):
        reading.note("There is no word in this text, so everything is shown.")
    return reading


def _read_pasted(pieces: list[str], reading: Reading) -> None:
    """A stack trace or a paragraph: plain words after leading filters."""
    filters = 0
    while filters < MOST_PIECES and SHAPE.match(pieces[filters])[2] in FIELDS:
        filters += 1
    _read_typed(pieces[:filters], reading)
    text = " ".join(pieces[filters:])
    found = list(dict.fromkeys(runs(text)))
    if len(found) > MOST_READ:
        found = sorted(found, key=len, reverse=True)[:MOST_READ]
        reading.note(f"Only the {MOST_READ:,} longest different words were read.")
    reading.clauses.append((False, _words(" ".join(found))))
    reading.tokens = [*pieces[:filters], text]


def _read_typed(pieces: list[str], reading: Reading) -> None:
    """Pieces around OR are alternatives; NOT is a minus; AND says nothing new."""
    sign = ""
    for position, piece in enumerate(pieces):
        if piece in ("OR", "NOT", "AND") and 0 < position < len(pieces) - 1 or piece == "NOT":
            sign = piece
            continue
        minus, atoms = _read_piece(piece, reading)
        if minus or sign == "NOT":
            reading.excluded.extend(atoms)
        elif sign == "OR" and reading.clauses and atoms:
            reading.clauses[-1] = (True, reading.clauses[-1][1] + atoms)
        elif atoms:
            reading.clauses.append((False, atoms))
        sign = ""


def _read_piece(piece: str, reading: Reading) -> tuple[bool, list[Atom]]:
    minus, name, value = SHAPE.match(piece).groups()
    quoted = value.startswith('"')
    if quoted and (len(value) < 2 or not value.endswith('"')):
        reading.note("A quotation mark is not closed; what follows it was searched as words.")
        quoted = False
    text = value.strip('"')
    if name:
        return bool(minus), _read_field(name, text, quoted, reading)
    return bool(minus) and bool(text), _read_text(text, quoted, reading)


def _read_field(name: str, text: str, quoted: bool, reading: Reading) -> list[Atom]:
    known = name.lower()
    if known in FIELDS and text:
        values = [text] if quoted else text.split(",")
        return [Facet(known, value) for value in values if value.strip()]
    if known in ("before", "after"):
        return _read_period(known, text, reading)
    if known == "in":
        return _read_part(text, quoted, reading)
    if known in FIELDS:
        reading.note(f"“{name}:” needs a value right after it, such as {known}:{EXAMPLES[known]}.")
        return []
    if not text.startswith("//"):
        reading.note(f"“{name}:” is not a field; it was searched as a word.")
    return _read_text(f"{name} {text}" if not text.startswith("//") else text, False, reading)


EXAMPLES = {
    "service": "payments", "tag": "dns", "severity": "sev1", "status": "published",
    "team": "platform", "kind": "incident", "theme": "retries", "owner": "ada", "trigger": "capacity",
}  # fmt: skip


def _read_part(text: str, quoted: bool, reading: Reading) -> list[Atom]:
    part = text.lower()
    if part in PARTS or f"{part}s" in PARTS:
        reading.parts.add(part if part in PARTS else f"{part}s")
        return []
    reading.note(f"“in:{text[:40]}” names no part; parts are {', '.join(PARTS)}.")
    return _read_text(text, quoted, reading)


def _read_period(name: str, text: str, reading: Reading) -> list[Atom]:
    found = DATE.fullmatch(text)
    try:
        year, month, day = (int(group or 1) for group in found.groups())
        start = datetime(year, month, day, tzinfo=UTC)
    except (AttributeError, ValueError):
        reading.note(f"“{name}:{text[:40]}” is not a date; write 2025, 2025-06 or 2025-06-30.")
        return _read_text(text, False, reading)
    return [Period(None, start) if name == "before" else Period(start, None)]


def _read_text(text: str, quoted: bool, reading: Reading) -> list[Atom]:
    if quoted:
        return _read_phrase(text, reading)
    if text.endswith("*") and (start := _prefix(text.rstrip("*"), reading)):
        return [Prefix(text, start)]
    return _words(text)


def _words(text: str) -> list[Word]:
    """The words of a text; a run too long to be a name counts as its base tokens."""
    found = []
    for run in runs(text):
        word = Word.of(run)
        tokens = dict.fromkeys(word.pieces) if not word.keys else ()
        found += [word] if word.keys else [Word(token, (token,)) for token in tokens]
    return found


def _prefix(start: str, reading: Reading) -> str:
    """What the words begin with, or "" when that is not allowed."""
    start = start.casefold()
    if not WORD.fullmatch(start):
        return ""
    reading.prefixes += 1
    if len(start) >= 3 and reading.prefixes <= MOST_PREFIXES:
        return start
    reading.note("A word with a star needs three letters, and at most four may stand in a search.")
    return ""


def _read_phrase(text: str, reading: Reading) -> list[Atom]:
    pieces = tuple(token for run in runs(text) for token in expand(run).base)
    reading.phrases += 1
    if reading.phrases > MOST_PHRASES:
        reading.note(f"At most {MOST_PHRASES} quoted phrases are read; the others count as words.")
        return _words(text)
    return [Phrase(text, pieces)] if pieces else []
