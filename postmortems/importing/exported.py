"""What `export_postmortems` wrote → Parts again, field by field (see postmortems/exporting/markdown.py)."""

import datetime
import json
import re
from dataclasses import dataclass
from pathlib import Path

import yaml
from django.core.files.base import ContentFile
from django.db import models

from kb.accounts.models import Team, User
from kb.lib import file_kinds
from postmortems import attachments
from postmortems.exporting.markdown import FORMAT, LOOKS_LIKE_ONE, MARKER, texts_of
from postmortems.importing.build import LINKS, Parts
from postmortems.importing.files import Refused
from postmortems.models import PART_MODELS, Attachment, Evidence, Postmortem, Service, Severity, Tag, Theme

KIND = "andon"  # of the ImportSource
POINTERS = ("factors", "observations", "superseded_by", "attachment")
VOCABULARIES = (Service, Tag, Theme)
HEADING = re.compile(r"^#{1,6} .*$")


@dataclass(frozen=True)
class Exported:
    """One file read: the record that it was made of."""

    record: dict

    @property
    def uid(self) -> str:
        return self.record["postmortem"]["uid"]


def is_export(text: str) -> bool:
    return text.startswith(f"---\nformat: {FORMAT}\n")


def read(text: str) -> Exported:
    """The record in an exported file. Raises Refused with the line that cannot be read."""
    matter, _, body = text.removeprefix("---\n").partition("\n---\n")
    try:
        head = yaml.safe_load(matter)
        head.pop("format")
        record = {kind: head.pop(kind) for kind in list(head) if kind in (*PART_MODELS, "attachments")}
        for kind, word, fields, said in _blocks(body, matter.count("\n") + 3):
            if kind == word:
                record.setdefault(kind, []).append({**fields, **({texts_of(kind)[0]: said} if said else {})})
            else:
                record[kind][-1][word] = said
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, RecursionError) as fault:
        raise Refused(f"Its front matter is not as an export writes it: {str(fault).splitlines()[0]}.") from None
    if not isinstance(head.get("uid"), str) or not isinstance(head.get("title"), str):
        raise Refused("Its front matter lacks the uid or the title.")
    return Exported({"postmortem": {name: _plain(value) for name, value in head.items()}, **record})


def _blocks(body: str, line: int):
    """(kind of the row, kind or field, fields of a row, text) for each marker, in their order."""
    kind, word, fields, lines = "", "", {}, []
    for number, said in enumerate([*body.split("\n"), "<!-- andon rows -->"], start=line + 1):
        marker = MARKER.match(said)
        if not marker:
            lines.append(said)
            continue
        if word and word != "rows":
            yield kind, word, fields, _text(lines)
        word, lines = marker["word"], []
        if marker["data"]:
            kind = word
            try:
                fields = json.loads(marker["data"])
            except ValueError:
                raise Refused(f"The marker in line {number} holds no JSON that can be read.") from None
            if kind not in PART_MODELS:
                raise Refused(f"Line {number} names a kind of row that is not known here: {kind}.")
        elif word != "rows" and (kind not in PART_MODELS or word not in texts_of(kind)):
            raise Refused(f"Line {number} names a field that is not known here: {word}.")


def _text(lines: list[str]) -> str:
    """Without the empty line on either side, and without the heading of the next marker."""
    if lines and HEADING.match(lines[-1]):
        lines = lines[:-1]
    text = "\n".join(lines[1:-1])
    return LOOKS_LIKE_ONE.sub(lambda match: match.group().replace("<!-- text ", "<!-- ", 1), text)


def _plain(value):
    """YAML reads times and dates as such; records hold them as text."""
    return value.isoformat() if isinstance(value, (datetime.datetime, datetime.date)) else value


def parts_of(exported: Exported, digest: str, by: User | None, *, publish: bool, given: dict[str, int]) -> Parts:
    """What build() takes. The uid is kept, and so are numbers above those that this house had `given` when the run
    began ({"postmortem": 12, …}), so that links to `PM-12` go on meaning the same: no number is ever given twice.

    People who have no account here are left out; then the importer owns it. Without `publish` it comes in as a draft.
    """
    record = dict(exported.record)
    record.pop("attachments", None)
    head = dict(record.pop("postmortem"))
    row = _fields(Postmortem, _numbered("postmortem", head, given))
    row |= {"origin": Postmortem.Origin.IMPORTED, "created_by": by, "owner": row.get("owner") or by}
    if row.get("status") != "draft":
        when = row.get("published_at") or datetime.datetime.now(datetime.UTC)
        is_open = row.get("visibility", "organization") == "organization" and row["status"] in ("published", "archived")
        if publish:
            row |= {"published_at": when, "visible_since": when if is_open else None}
        else:
            row |= {"status": "draft", "published_at": None}
    rows = {kind: [_row(kind, _numbered(kind, data, given)) for data in found] for kind, found in record.items()}
    return Parts(row, rows, source=(KIND, exported.uid, digest))


def _numbered(kind: str, data: dict, given: dict[str, int]) -> dict:
    """The fields, without a number that this house may have given to something else."""
    fresh = isinstance(data.get("number"), int) and data["number"] > given.get(kind, 0)
    return data if fresh else {name: value for name, value in data.items() if name != "number"}


def _row(kind: str, data: dict) -> dict:
    fields = _fields(PART_MODELS[kind], {k: v for k, v in data.items() if k not in LINKS and k not in POINTERS})
    links = {name: data[name] for name in LINKS if name in data}
    addresses = [*data.get("factors", ()), *data.get("observations", ())]
    return {**fields, **links, "key": data["uid"], **({"addresses": addresses} if addresses else {})}


def _fields(model, data: dict) -> dict:
    """Field values as the model takes them. Raises Refused for a field that the model does not have."""
    known = {f.name: f for f in (*model._meta.concrete_fields, *model._meta.many_to_many)}
    found = {}
    for name, value in data.items():
        if name not in known:
            raise Refused(f"It has a field that is not known here: {name}.")
        field = known[name]
        if not field.is_relation:
            found[name] = field.to_python(value)
        elif isinstance(value, list):
            found[name] = [row for row in _related(field.related_model, value) if row]
        elif row := _related(field.related_model, [value])[0]:
            found[name] = row
    return found


def _related(model: type[models.Model], words: list[str]) -> list:
    if model in VOCABULARIES:
        return model.objects.many_named(words)
    by = {User: "username", Team: "name", Severity: "slug"}.get(model)
    if by is None:
        raise Refused(f"{model._meta.verbose_name} cannot be named in an export.")
    rows = {getattr(row, by): row for row in model.objects.filter(**{f"{by}__in": words})}
    return [rows.get(word) for word in words]


def take_files(exported: Exported, postmortem: Postmortem, by: User | None, folder: Path) -> None:
    """Store the files that lie beside the export and hang them on their rows, under the uids that texts name them by.

    Inside the transaction that made the postmortem. Raises Refused for a file that is missing, lies elsewhere or is
    of a kind that is not taken.
    """
    held = {row.get("attachment"): row["uid"] for row in exported.record.get("evidence", ())}
    for file in exported.record.get("attachments", ()):
        data = _beside(folder, file).read_bytes()
        try:
            made = attachments.store(postmortem, by, ContentFile(data, name=file["name"]))
        except file_kinds.Refused as fault:
            raise Refused(f"{file['path']}: {fault}") from fault
        if not Attachment.objects.filter(uid=file["uid"]).exists():
            Attachment.objects.filter(pk=made.pk).update(uid=file["uid"])
        Evidence.objects.filter(postmortem=postmortem, uid=held.get(file["uid"])).update(attachment=made)


def _beside(folder: Path, file: dict) -> Path:
    """Where the file lies: in the folder that the export made beside its Markdown, and nowhere else."""
    place = Path(str(file["path"]))
    path = folder / place
    if place.is_absolute() or len(place.parts) != 2 or not place.parts[0].endswith(".files") or ".." in place.parts:
        raise Refused(f"{place} does not lie beside the export.")
    if path.is_symlink() or path.parent.is_symlink() or not path.is_file():
        raise Refused(f"{place} is missing; import the whole folder that was exported.")
    return path
