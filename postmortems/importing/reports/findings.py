"""What contributed and what was noticed (went well, poorly, lucky): lists, or paragraphs, below headings that say so;
and figures among what the impact was."""

import re
from dataclasses import dataclass, field

from postmortems.importing.reports.blocks import Block
from postmortems.importing.reports.outline import Section
from postmortems.importing.reports.placeholders import EXAMPLES, is_placeholder, unbraced

FINDINGS = {"contributing_factors": "factor", "went_well": "observation", "went_poorly": "observation"}
FINDINGS |= {"lucky": "observation"}
ROUGHLY = r"(?:at least|about|around|approximately|approx\.?|roughly|over|more than|nearly|almost|up to|~|≈|>|<)\s*"
FIGURE = re.compile(
    rf"^\W*(?P<about>{ROUGHLY})?(?P<number>\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)?)\s?(?P<unit>%|[kKM]?\s?[A-Za-z][\w-]*)",
    re.I,
)
NO_UNIT = {"of", "in", "the", "to", "and", "at", "on", "am", "pm", "st", "nd", "rd", "th", "x"}


@dataclass
class Finding:
    """A statement: `kind` factor or observation, `section_kind` which of them, and the lines it stands on."""

    kind: str
    section_kind: str
    line: int
    text: str
    blocks: list[Block] = field(default_factory=list)


@dataclass(frozen=True)
class Figure:
    """A number that the impact is told in: “78% of requests failed”."""

    line: int
    metric: str
    value: str
    unit: str
    measured: bool


def findings(section: Section) -> list[Finding]:
    """The statements of one section's own blocks; [] where it is of another kind."""
    kind = FINDINGS.get(section.kind)
    if kind is None or section.is_in("action_items"):
        return []
    groups = _listed(section.blocks) or _told(section.blocks)
    return [
        Finding(kind, section.kind, group[0].line, text, group)
        for group in groups
        if (text := unbraced(_text(group))) and not is_placeholder(text)
    ]


def _listed(blocks: list[Block]) -> list[list[Block]]:
    """Each item of the list with all that stands further right."""
    groups: list[list[Block]] = []
    floor = min((block.indent for block in blocks if block.kind == "item"), default=0)
    examples = False
    for block in blocks:
        if block.kind == "item" and block.indent <= floor + 1:
            groups.append([] if examples else [block])
        elif block.kind in ("item", "text") and groups and groups[-1] and block.indent > floor:
            groups[-1].append(block)
        elif block.kind == "text":
            examples = bool(EXAMPLES.search(block.text))
    return [group for group in groups if group]


def _told(blocks: list[Block]) -> list[list[Block]]:
    """Each paragraph."""
    groups: list[list[Block]] = []
    for block in blocks:
        if block.kind != "text" or block.text.startswith(("!", "<", "{", ">")):
            continue
        if groups and not block.after_blank:
            groups[-1].append(block)
        else:
            groups.append([block])
    return groups


def _text(group: list[Block]) -> str:
    first = group[0]
    lines = [first.whole]
    for block in group[1:]:
        mark = f"{' ' * max(0, block.indent - first.indent - 2)}{block.marker} " if block.kind == "item" else ""
        lines.append(("\n" if block.after_blank and block.kind != "item" else "") + mark + block.whole)
    return "\n".join(lines).strip()


def figures(section: Section) -> list[Figure]:
    """The numbers with which lines of an impact begin."""
    if section.kind != "impact" or section.is_in("action_items"):
        return []
    out = []
    for block in section.blocks:
        match = FIGURE.match(block.text[:200]) if block.kind == "item" else None
        if not match or match["unit"].lower() in NO_UNIT:
            continue
        metric = re.sub(r"[*_`]+", "", block.text[match.end("number") :]).strip(" .")
        metric = metric if match["unit"] != "%" else metric.lstrip("% ")
        value = match["number"].replace(",", "")
        if metric and len(metric) <= 200 and len(value.split(".")[0]) <= 12:
            out.append(Figure(block.line, metric, value, match["unit"].strip(), not match["about"]))
    return out
