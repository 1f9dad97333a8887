"""`build()`: whole postmortems from plain data, many at once; for imports, the demo and the benchmarks.

The verbs of the models write one row at a time, with its Change. Here a postmortem comes in as a whole: its rows are
inserted in bulk, the history begins with one Snapshot, and its version is 1.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction

from kb.events.record import consumers_of, nudge, record, request_delivery
from kb.lib import markdown
from postmortems.models import (
    PART_MODELS,
    Change,
    Countermeasure,
    ImportSource,
    Learning,
    Named,
    Postmortem,
    Review,
    Snapshot,
)
from postmortems.models.numbers import keep_numbers, next_numbers
from postmortems.models.parts import STEP, as_json

NUMBERED = {"learning": Learning, "countermeasure": Countermeasure}
LINKS = {"participant": "participant", "entry": "entry"}  # fields that name another row of the same postmortem by key


@dataclass
class Parts:
    """One postmortem as plain data.

    head     fields of Postmortem by name; many-to-many fields as lists of rows (services, tags, teams, authors …)
    rows     {kind of PART_MODELS: [{field: value}]}; a row may carry "key", and name others by theirs:
             entry["participant"], milestone["entry"], countermeasure["addresses"] (keys of factors and observations)
    reviews, named   fields of Review and Named
    source   (kind, key, sha256) of an import, or None
    """

    head: dict
    rows: dict[str, list[dict]] = field(default_factory=dict)
    reviews: list[dict] = field(default_factory=list)
    named: list[dict] = field(default_factory=list)
    source: tuple[str, str, str] | None = None


def build(parts: Iterable[Parts], by, *, check=True, snapshot="imported", announce=True) -> list[Postmortem]:
    """Make one Postmortem of each; all or nothing. Rendering happens before the transaction, in one round trip.

    With `check`, every field is validated first and ValidationError raised before anything is written. A handful of
    statements per kind of row, whatever their number; about 4 ms for a postmortem with 50 rows.
    """
    made = prepare(parts, by)
    render(made)
    return store(made, by, check=check, snapshot=snapshot, announce=announce)


def prepare(parts: Iterable[Parts], by) -> list["_Making"]:
    """The rows of each, unsaved and not rendered yet. The three steps of build() apart, for a pipeline of batches."""
    return [_Making(item, by) for item in parts]


def render(made: list["_Making"]) -> None:
    """Render all rows of all; needs no database, so another thread may do it."""
    render_rows([row for making in made for row in making.all_rows()])


def store(made: list["_Making"], by, *, check=True, snapshot="imported", announce=True) -> list[Postmortem]:
    """Check and write what was prepared and rendered, in one transaction."""
    if check:
        for making in made:
            making.check()
    with transaction.atomic():
        _insert(made, by)
        for making in made:
            making.remember(by, snapshot)
        subjects = [f"postmortem:{making.postmortem.uid}" for making in made]
        request_delivery(consumers_of("postmortem.changed"), subjects, announce=False)
    if announce:
        for consumer in consumers_of("postmortem.changed"):
            nudge(consumer)
    return [making.postmortem for making in made]


def render_rows(rows):
    """Fill the *_html fields of all rows; one call of the renderer."""
    todo = [(row, name) for row in rows for name in row.MARKDOWN if getattr(row, name)]
    htmls = markdown.render_many([(getattr(row, name), row.MARKDOWN[name] == "inline") for row, name in todo])
    for (row, name), html in zip(todo, htmls, strict=True):
        setattr(row, f"{name}_html", html)
    for row in rows:
        if row.MARKDOWN:
            row.renderer = markdown.RENDERER


class _Making:
    """One postmortem between plain data and rows."""

    def __init__(self, parts, by):
        self.parts, self.keyed, self.many = parts, {}, []
        many = {f.name for f in Postmortem._meta.many_to_many}
        columns = {name: value for name, value in parts.head.items() if name not in many}
        self.postmortem = Postmortem(**{"created_by": by, "number": 0, **columns})
        self.many += [(self.postmortem, name, parts.head[name]) for name in many & parts.head.keys()]
        self.rows = {kind: [self._row(kind, data) for data in rows] for kind, rows in parts.rows.items()}
        for kind in self.rows:
            self._place(kind)
        self._link()

    def _row(self, kind, data):
        data = dict(data)
        key, addresses = data.pop("key", None), data.pop("addresses", ())
        many = {f.name for f in PART_MODELS[kind]._meta.many_to_many}
        links = {name: data.pop(name) for name in LINKS if isinstance(data.get(name), str)}
        row = PART_MODELS[kind](**{name: value for name, value in data.items() if name not in many})
        row.postmortem, row.links, row.addresses = self.postmortem, links, addresses
        self.many += [(row, name, data[name]) for name in many & data.keys()]
        if key:
            self.keyed[key] = row
        return row

    def _place(self, kind):
        """Positions in the order given; timed rows by their time, those without one behind the row before them."""
        rows = self.rows[kind]
        if rows and hasattr(rows[0], "at"):
            last = None
            for place, row in enumerate(rows):
                last = row.at or last
                row.sort_key = (last is not None, last, place)
            rows.sort(
                key=lambda row: row.sort_key[:1] + ((row.sort_key[1], row.sort_key[2]) if row.sort_key[0] else ())
            )
        for place, row in enumerate(rows):
            row.position = (place + 1) * STEP

    def _link(self):
        for row in self.all_rows():
            for name, key in getattr(row, "links", {}).items():
                setattr(row, name, self.keyed[key])
            addressed = [self.keyed[key] for key in getattr(row, "addresses", ())]
            if addressed:
                self.many.append((row, "factors", [r for r in addressed if r.KIND == "factor"]))
                self.many.append((row, "observations", [r for r in addressed if r.KIND == "observation"]))

    def all_rows(self):
        yield self.postmortem
        for rows in self.rows.values():
            yield from rows

    def check(self):
        for row in self.all_rows():
            row.clean_fields(exclude={"number", "postmortem", "participant", "entry"})

    def remember(self, by, snapshot):
        """The beginning of its history, its source and its fact."""
        p = self.postmortem
        Snapshot.objects.create(postmortem=p, by=by, reason=snapshot, version=p.version, data=self.aggregate())
        if self.parts.source:
            kind, key, digest = self.parts.source
            ImportSource.objects.create(postmortem=p, kind=kind, key=key, sha256=digest, version=p.version)
        Change.objects.write(p, by, p, "import" if self.parts.source else "add", {}, {"title": p.title})
        record(f"postmortem.{snapshot}", actor=by, subject=f"postmortem:{p.uid}", group=p.uid, announce=False)

    def aggregate(self):
        """What Postmortem.as_aggregate() would say, without reading anything back."""
        many = {(row.uid, name): sorted(as_json(item) for item in items) for row, name, items in self.many}

        def data(row):
            names = [f.name for f in row._meta.many_to_many]
            columns = [name for name in row.data_fields() if name not in names]
            return {"uid": row.uid, **row.as_data(columns), **{name: many.get((row.uid, name), []) for name in names}}

        p = self.postmortem
        head = {**data(p), "number": p.number, "status": p.status, "visibility": p.visibility}
        return {"postmortem": head, **{kind: [data(row) for row in self.rows.get(kind, [])] for kind in PART_MODELS}}


def _insert(made, by):
    """All rows of all postmortems, kind by kind, in the order of PART_MODELS (rows refer to earlier kinds only)."""
    _number("postmortem", [making.postmortem for making in made])
    Postmortem.objects.bulk_create([making.postmortem for making in made])
    order = sorted(PART_MODELS, key=lambda kind: kind == "milestone")  # a milestone may follow a timeline entry
    for kind in order:
        rows = [row for making in made for row in making.rows.get(kind, [])]
        if kind in NUMBERED and rows:
            _number(kind, rows)
        for row in rows:  # what was unsaved when it was linked has its key now
            for relation in ("postmortem", *LINKS):
                if related := row._state.fields_cache.get(relation):
                    setattr(row, relation, related)
        PART_MODELS[kind].objects.bulk_create(rows, batch_size=500)
    _insert_many([entry for making in made for entry in making.many])
    Review.objects.bulk_create(Review(postmortem=m.postmortem, **fields) for m in made for fields in m.parts.reviews)
    Named.objects.bulk_create(Named(postmortem=m.postmortem, by=by, **fields) for m in made for fields in m.parts.named)


def _number(name, rows):
    """The next numbers for rows that brought none."""
    if kept := [row.number for row in rows if row.number]:
        keep_numbers(name, kept)
    new = [row for row in rows if not row.number]
    for row, number in zip(new, next_numbers(name, len(new)) if new else (), strict=True):
        row.number = number


def _insert_many(many):
    """The rows of many-to-many fields, one bulk insert per field."""
    through = {}
    for row, name, items in many:
        relation = row._meta.get_field(name)
        source, target = relation.m2m_column_name(), relation.m2m_reverse_name()
        model = relation.remote_field.through
        for item in dict.fromkeys(items):
            through.setdefault(model, []).append(model(**{source: row.pk, target: item.pk}))
    for model, rows in through.items():
        model.objects.bulk_create(rows, batch_size=500)
