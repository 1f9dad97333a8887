"""Figures computed from milestones, each with its definition beside it; never typed, never an average."""

from dataclasses import dataclass
from datetime import timedelta

COARSE = {"day", "unknown"}  # no duration can honestly be told from these


@dataclass(frozen=True)
class Figure:
    """One duration. `value` is a timedelta, or None where a milestone is missing or too imprecise (`missing` says
    which). `note` says when another milestone stands in."""

    key: str
    name: str
    definition: str
    value: timedelta | None
    approximate: bool = False
    note: str = ""
    missing: str = ""


DEFINITIONS = [
    ("ttd", "Time to detect", "detected − started", "started", "detected"),
    ("tta", "Time to engage", "right people present − detected", "detected", "engaged"),
    ("ttm", "Time to mitigate", "mitigated − started", "started", "mitigated"),
    ("ttr", "Time to recover", "recovered − started", "started", "recovered"),
    ("latency", "Latency of knowledge", "detected − condition introduced", "began", "detected"),
]


def figures_of(milestones, published_at=None):
    """[Figure] of an iterable of milestones (with type, at, precision, approximate). Pure; no queries."""
    found = {m.type: m for m in milestones if m.at}
    figures = [_figure(found, *definition) for definition in DEFINITIONS]
    if published_at and "resolved" in found:
        value = published_at - found["resolved"].at
        if value >= timedelta(0):
            figures.append(Figure("ttp", "Time to publish", "published − resolved", value))
    return figures


def _figure(found, key, name, definition, first, last):
    note = ""
    if last == "recovered" and "recovered" not in found and "resolved" in found:
        last, note = "resolved", "counted to “resolved”, since “recovered” is missing"
    absent = [type_ for type_ in (first, last) if type_ not in found]
    if absent:
        return Figure(key, name, definition, None, missing=f"no time for “{absent[0]}”")
    start, end = found[first], found[last]
    if start.precision in COARSE or end.precision in COARSE:
        return Figure(key, name, definition, None, missing="known only to the day")
    value = end.at - start.at
    if value < timedelta(0):
        return Figure(key, name, definition, None, missing=f"“{last}” stands before “{first}”")
    rough = start.approximate or end.approximate or "hour" in (start.precision, end.precision)
    return Figure(key, name, definition, value, approximate=rough, note=note)
