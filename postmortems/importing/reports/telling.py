"""What was recognized in files, told to people and programs: `import_postmortems --dry-run --parts`."""

from collections.abc import Iterator

from postmortems.importing import files
from postmortems.importing.reports.recognize import recognize


def parts_of(item: files.File | tuple[str, str]) -> dict:
    """{"path", "timeline", "action_items", "sections", "milestones"} of a file; of one that cannot be read empty lists
    and the "reason". Lines count from 1 in the file, times are ISO 8601, with the offset where the file names a zone.
    """
    empty = {"timeline": [], "action_items": [], "sections": [], "milestones": []}
    if not isinstance(item, files.File):
        return {"path": item[0], **empty, "reason": item[1]}
    try:
        text, _ = files.read(item.path)
    except files.Refused as fault:
        return {"path": str(item.path), **empty, "reason": str(fault)}
    return {"path": str(item.path), **recognize(text, item.path.name).as_json()}


def parts_as_lines(told: dict) -> Iterator[str]:
    """The same for people: one line per part, in the order of the file."""
    yield f"{told['path']}{': ' + told['reason'] if 'reason' in told else ''}"
    lines = [(part["line"], 0, f"section    {part['kind']}: {part['heading']}") for part in told["sections"]]
    lines += [(part["line"], 1, f"event      {_span(part)}  {_short(part['text'])}") for part in told["timeline"]]
    lines += [(part["line"], 2, f"milestone  {part['type']}: {part['at']}") for part in told["milestones"]]
    lines += [(part["line"], 3, f"action     {_short(part['text'])}{_about(part)}") for part in told["action_items"]]
    for number, _, text in sorted(lines):
        yield f"{number:5}  {text}"


def _span(part: dict) -> str:
    return part["at"] + (f" – {part['until']}" if part["until"] else "")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:79]}…"


def _about(part: dict) -> str:
    said = [str(part[name]) for name in ("owner", "due", "ticket") if part[name]] + (["done"] if part["done"] else [])
    return f"  ({', '.join(said)})" if said else ""
