"""A record → Markdown with front matter, for people, git and `import_postmortems`.

The front matter holds the head and the rows that are nothing but fields. Each text stands in the body under a marker,
a comment that says which row and field it is; the heading above a marker is for people alone and is made anew with
each export. What the marker holds between braces is JSON.

    ### 2026-03-01 14:03 CET · Decision
    <!-- andon entry {"uid": "k3x…", "at": "2026-03-01T13:03:00+00:00", "kind": "decision"} -->

    We stop the rollout.

    #### Believed at the time
    <!-- andon believed -->
"""

import json
import re

import yaml

from postmortems.models import PART_MODELS

FORMAT = "andon/1"
MARKER = re.compile(r"^<!-- andon (?P<word>[a-z_]+)(?: (?P<data>\{.*\}))? -->$")
LOOKS_LIKE_ONE = re.compile(r"^<!-- (?:text )*andon ", re.MULTILINE)
GROUPS = {
    "entry": "Timeline",
    "perspective": "Perspectives",
    "factor": "Contributing factors",
    "observation": "What went well, what went poorly, where we were lucky",
    "learning": "Learnings",
    "countermeasure": "Countermeasures",
    "question": "Questions",
    "evidence": "Evidence",
}


def in_body(kind: str) -> bool:
    """Whether rows of this kind stand in the body; those without texts stand in the front matter."""
    return kind in PART_MODELS and bool(texts_of(kind))


def texts_of(kind: str) -> list[str]:
    """The fields of a kind that stand in the body: its first Markdown field, and all that may have several lines."""
    named = PART_MODELS[kind].MARKDOWN
    return [name for place, name in enumerate(named) if place == 0 or named[name] == "block"]


def as_markdown(record: dict) -> str:
    """The whole file, with \\n at line ends. The same record gives the same text."""
    head = {"format": FORMAT, **record["postmortem"]}
    head |= {kind: rows for kind, rows in record.items() if kind != "postmortem" and not in_body(kind)}
    matter = yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=10_000)
    blocks = [f"---\n{matter}---\n", f"# {record['postmortem']['title']}\n"]
    for kind, rows in record.items():
        if in_body(kind):
            blocks += [f"## {GROUPS[kind]}\n<!-- andon rows -->\n"] if kind in GROUPS else []
            blocks += [block for row in rows for block in _row(kind, row)]
    return "\n".join(blocks)


def _row(kind: str, row: dict):
    first, *others = texts_of(kind)
    fields = {name: value for name, value in row.items() if name not in (first, *others)}
    data = json.dumps(fields, ensure_ascii=False).replace(">", "\\u003e")  # so that nothing ends the comment
    level = "##" if kind not in GROUPS else "###"
    yield f"{level} {_heading(kind, row)}\n<!-- andon {kind} {data} -->\n{_text(row.get(first, ''))}"
    for name in others:
        if row.get(name):
            yield f"#### {name.replace('_', ' ').capitalize()}\n<!-- andon {name} -->\n{_text(row[name])}"


def _text(text: str) -> str:
    """A text between two empty lines. Lines that look like a marker say that they are text."""
    marked = LOOKS_LIKE_ONE.sub(lambda match: match.group().replace("<!-- ", "<!-- text ", 1), text)
    return f"\n{marked}\n" if text else ""


def _heading(kind: str, row: dict) -> str:
    """What a person reads above a row."""
    number = {"learning": "L-", "countermeasure": "CM-"}.get(kind)
    said = [f"{number}{row['number']}"] if number else []
    said += [row["at"][:16].replace("T", " ") + " UTC"] if row.get("at") else []
    if kind == "section" and row.get("title"):
        return _line(row["title"])
    for name in ("kind", "role", "status"):
        if row.get(name):
            choices = dict(PART_MODELS[kind]._meta.get_field(name).choices or ())
            said.append(str(choices.get(row[name], row[name])))
    return _line(" · ".join(said) or kind.capitalize())


def _line(text: str) -> str:
    return " ".join(text.split())
