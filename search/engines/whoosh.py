"""The embedded engine: two Whoosh indexes as the store of postings. The only file that imports it.

Layout under DATA_DIR/index (0700, disposable, never restored from elsewhere: Whoosh pickles):

    current              the name of the build in use, replaced by rename
    lock, rebuilding     held by who writes, by who rebuilds
    broken               somebody met damage
    <build>/open         documents everybody may read
    <build>/private      the others

Whoosh stores and merges; searching happens over whole posting blocks as arrays (ranking.py). Used
of it: SegmentWriter with compound=False and merges on purpose, TOC, SegmentReader, columns. Files
are read, not mapped, so that a truncated one is an error and never a signal.
"""

import copy
import math
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from whoosh.codec.whoosh3 import W3Codec
from whoosh.columns import FixedBytesColumn, VarBytesColumn
from whoosh.fields import COLUMN, FieldType, Schema
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import BufferFile
from whoosh.formats import Existence
from whoosh.index import TOC, FileIndex
from whoosh.reading import SegmentReader, TermNotFound
from whoosh.writing import SegmentWriter

from search.analysis import token_hash
from search.atoms import facet_value
from search.document import Document
from search.engines.arrays import NOTHING, NUMBERS, PART_CODES, Posting, Segment, term
from search.engines.builds import Builds
from search.engines.files import verify
from search.engines.ranking import View
from search.engines.runs import Runs

NAME = "MAIN"
MOST_SEGMENTS = 8
SMALL = 4_000_000  # bytes of a file that is kept in memory
LARGE = 4  # a segment this many times larger than all smaller ones together is not merged with them,
LARGEST = 5_000  # nor one of so many documents: that would take minutes, a rebuild does it aside


class Terms(FieldType):
    """Ready-made terms with their weights; nothing is analysed or stored."""

    def __init__(self):
        self.format = Existence()
        self.analyzer = self.vector = self.column_type = None
        self.indexed = True
        self.stored = self.scorable = self.unique = self.spelling = False

    def index(self, value, **kwargs):
        return ((name.encode(), 1, weight, b"") for name, weight in value.items())


def _schema() -> Schema:
    return Schema(
        terms=Terms(),
        numbers=COLUMN(FixedBytesColumn(NUMBERS.itemsize)),
        about=COLUMN(VarBytesColumn()),
        sections=COLUMN(VarBytesColumn()),
        base=COLUMN(VarBytesColumn()),
        extra=COLUMN(VarBytesColumn()),
    )


def make(folder: Path) -> "Builds":
    """The engine over this folder; opens nothing yet."""
    return Builds(folder, WhooshIndex)


def _fields(document: Document) -> dict:
    """A document as what the schema stores."""
    analysis, kind = document.analysis, document.kind
    terms = {term(kind, "w", token): weight for token, weight in analysis.weights.items()}
    terms |= {term(kind, "x", form): weight for form, weight in analysis.forms.items()}
    for field, values in document.facets.items():
        terms |= {term(kind, "f", f"{field}={facet_value(value)}"): 1.0 for value in values}
    terms[term(kind, "r", document.reference.casefold())] = 1.0
    terms |= {term("", "a", audience): 1.0 for audience in document.audiences}
    terms |= {term("", "k", kind): 1.0, term("", "g", document.group): 1.0}
    words = analysis.sections
    base = [code for w in words for code in (*map(token_hash, w.base), 0)]
    extra = [token_hash(token) for w in words for token in (*w.wholes, *w.forms)]
    rows = [(PART_CODES.get(w.part, 255), len(w.base), len(w.wholes), len(w.forms)) for w in words]
    when = math.floor(document.when.timestamp())
    about = (kind, document.id, document.group, document.reference, document.source.replace("\x1f", " "))
    return {
        "terms": terms,
        "numbers": struct.pack("<qfi", when, analysis.length, document.version),
        "about": "\x1f".join(about).encode(),
        "sections": np.array(rows, np.uint32).tobytes(),
        "base": np.array(base, np.uint32).tobytes(),
        "extra": np.array(extra, np.uint32).tobytes(),
    }


class Codec(W3Codec):
    """The usual file format; lengths stand in `numbers`, so they are not looked up per posting."""

    length_stats = False


class Files(FileStorage):
    """The folder's files: small ones whole in memory, large ones read where needed; never mapped."""

    def __init__(self, folder: Path):
        super().__init__(str(folder), supports_mmap=False)

    def open_file(self, name, **kwargs):
        path = Path(self.folder) / name
        if path.stat().st_size > SMALL:
            return super().open_file(name, **kwargs)
        return BufferFile(path.read_bytes(), name=name)  # as bytes: of a memoryview it would keep a second copy


class WhooshSource:
    """One segment on disk (arrays.Source)."""

    def __init__(self, storage: Files, schema: Schema, segment):
        whole = copy.copy(segment)
        whole._deleted = set()  # who is deleted is the View's to say
        self._reader = SegmentReader(storage, schema, whole)
        self._schema = schema
        self.size = segment.doc_count_all()
        self._about = self._column("about")
        self.numbers = np.frombuffer(b"".join(self._rows("numbers")), NUMBERS)

    def __del__(self):
        if hasattr(self, "_reader"):
            self._reader.close()

    def _column(self, name: str):
        return self._reader.column_reader(name, self._schema[name].column_type)

    def _rows(self, name: str) -> list[bytes]:
        column = self._column(name)
        return [column[number] for number in range(self.size)]

    def posting(self, name: str) -> Posting:
        try:
            matcher = self._reader.postings("terms", name.encode())
        except TermNotFound:
            return NOTHING
        return decoded(matcher)

    def terms(self, prefix: str) -> list[str]:
        return [name.decode() for name in self._reader.expand_prefix("terms", prefix.encode())]

    def texts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        rows, base, extra = map(self._rows, ("sections", "base", "extra"))
        sections = np.frombuffer(b"".join(rows), np.uint32).reshape(-1, 4)
        per_document = np.array([len(row) // 16 for row in rows])
        base, extra = (np.frombuffer(b"".join(rows), np.uint32) for rows in (base, extra))
        return sections, per_document, base, extra

    def about(self, number: int) -> tuple[str, ...]:
        return tuple(self._about[int(number)].decode().split("\x1f"))


def decoded(matcher) -> Posting:
    """All blocks of a posting list at once: some 0.1 µs each instead of 2 to 4 one by one."""
    ids, weights = [], []
    while matcher.is_active():
        matcher._read_data()
        steps, often = matcher._data[:2]
        ids.append(np.cumsum(steps))
        weights.append(np.broadcast_to(np.asarray(1.0 if often is None else often, np.float32), len(steps)))
        matcher._next_block()
    return Posting(np.concatenate(ids).astype(np.int32), np.concatenate(weights).astype(np.float32))


class WhooshIndex:
    """One index in one folder: a kept view for readers, a writer at a time."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._storage = Files(folder)
        self._schema = _schema()
        self._generation, self._views, self._segments = -1, [], {}
        self._lock = threading.Lock()

    def create(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True)
        TOC.create(self._storage, self._schema, NAME)

    def generation(self) -> int:
        return TOC._latest_generation(self._storage, NAME)

    def views(self) -> list[View]:
        """The segments as of now; only new ones are opened."""
        with self._lock:
            generation = self.generation()
            if generation < 0:
                raise FileNotFoundError(f"no index in {self.folder.name}")
            if generation != self._generation:
                self._refresh()
            return self._views

    def _refresh(self) -> None:
        toc = TOC.read(self._storage, NAME, schema=self._schema)
        loaded = {s.segment_id(): self._segments.get(s.segment_id()) or self._opened(s) for s in toc.segments}
        views = [View(loaded[s.segment_id()], _live(s)) for s in toc.segments]
        self._views, self._segments, self._generation = views, loaded, toc.generation

    def segment_ids(self) -> list[str]:
        """Of the segments of the last commit; each stands in the names of its files."""
        return [segment.segment_id() for segment in TOC.read(self._storage, NAME, schema=self._schema).segments]

    def _opened(self, segment) -> Segment:
        verify(self.folder, segment.segment_id())
        return Segment(WhooshSource(self._storage, self._schema, segment))

    def entries(self) -> Iterator[tuple[tuple[str, ...], int]]:
        """(about, version) of every live document."""
        for segment, live in self.views():
            for number in np.flatnonzero(live):
                yield segment.about(number), int(segment.numbers["version"][number])

    def put(self, groups: Iterable[str], documents: Iterable[Document]) -> bool:
        """Replace these groups in one commit; False if that changes nothing."""
        places = self._places(groups)
        latest = {document.key: document for document in documents}
        if not latest and not any(len(numbers) for numbers in places.values()):
            return False
        with self.writer(places) as add:
            for document in latest.values():
                add(document)
        return True

    @contextmanager
    def writer(self, places: dict | None = None) -> Iterator[Callable[[Document], None]]:
        """Gives a function that adds a document; one commit at the end, nothing if it fails.

        `places` are documents to delete: segment id → numbers.
        """
        self._sweep()
        index = FileIndex(self._storage, self._schema, NAME)
        codec = Codec(blocklimit=1024, compression=1)
        writer = SegmentWriter(index, codec=codec, compound=False, timeout=5)
        writer.pool = Runs(Path(writer.temp_storage().folder))
        try:
            for segment in writer.segments:
                for number in (places or {}).get(segment.segment_id(), ()):
                    segment.delete_document(int(number))
            yield lambda document: writer.add_document(**_fields(document))
            writer.commit(mergetype=_merged)
        except BaseException:
            _cancel(writer)
            raise

    def _places(self, groups: Iterable[str]) -> dict[str, np.ndarray]:
        views = self.views()
        names = {id(segment): name for name, segment in self._segments.items()}
        wanted = [term("", "g", group) for group in groups]
        found = {}
        for segment, live in views:
            numbers = [segment.posting(name).ids for name in wanted]
            ids = np.concatenate(numbers) if numbers else NOTHING.ids
            found[names[id(segment)]] = ids[live[ids]]
        return found

    def _sweep(self) -> None:
        """Remove what a killed writer left in its scratch folder."""
        scratch = self.folder / f"{NAME}.tmp"
        for path in scratch.glob("*") if scratch.exists() else ():
            path.unlink(missing_ok=True)


def _live(segment) -> np.ndarray:
    live = np.ones(segment.doc_count_all(), bool)
    live[list(segment.deleted_docs())] = False
    return live


def _cancel(writer) -> None:
    """Give the lock back, whatever state the writer is in."""
    try:
        writer.cancel()
    except Exception:  # noqa: BLE001 - the first error is the one to tell
        if writer.writelock:
            writer.writelock.release()


def _merged(writer, segments: list) -> list:
    """Merge small segments once there are many; one that is large by comparison stays as it is."""
    segments = [s for s in segments if s.doc_count_all() > s.deleted_count()]
    small = sorted((s for s in segments if s.doc_count_all() < LARGEST), key=lambda s: s.doc_count_all())
    if len(small) < MOST_SEGMENTS:
        return segments
    total, merged = 0, []
    for segment in small:
        if len(merged) > 1 and segment.doc_count_all() > LARGE * total:
            break
        total += segment.doc_count_all()
        merged.append(segment)
    for segment in merged:
        reader = SegmentReader(writer.storage, writer.schema, segment)
        writer.add_reader(reader)
        reader.close()
    return [segment for segment in segments if segment not in merged]
