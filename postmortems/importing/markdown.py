"""A Markdown document → what of a postmortem is in it. Pure: text in, Reading out; nothing is lost.

What is recognized becomes fields and rows (reports/); every other line stays in the text, and front matter that nobody
knows is kept word for word.
"""

import datetime
import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from kb.lib.instants import Instant
from postmortems.importing import front_matter
from postmortems.importing.reports.lifting import Lifted, lift
from postmortems.importing.reports.recognize import recognize
from postmortems.importing.times import instant_of
from postmortems.models.parts import LONG

TITLE, NAME = 200, 80  # characters of a title, of a tag's or service's name
PLACEHOLDERS = {
    "title",
    "incident title",
    "issue name",
    "title of the incident",
    "incident",
    "postmortem",
    "post-mortem",
}
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
URL = re.compile(r"https?://[^\s<>\"'`|\\^{}\[\]]+")
HEADING = re.compile(r"^ {0,3}# +(.+?)(?: +#+)? *$|^(?! {4}|[-=>|*#+`~]|\d+[.)] )(\S.*)\n=+ *$", re.MULTILINE)
FENCED = re.compile(r"^ {0,3}(```+|~~~+).*?(?:^ {0,3}\1[`~]* *$|\Z)", re.MULTILINE | re.DOTALL)
ISO_DATE = re.compile(r"(?<![\d/-])20[012]\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?![\d/-])")
DATE = re.compile(r"(?<!\d)(?:19|20)\d\d(-?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass
class Reading:
    """What was recognized. `sections` are (kind, title, text); `published_at` its own date, or None."""

    title: str
    sections: list[tuple[str, str, str]]
    milestones: dict[str, Instant] = field(default_factory=dict)
    services: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    severity: str = ""
    source_url: str = ""
    published_at: datetime.datetime | None = None
    lifted: Lifted | None = None
    notes: list[str] = field(default_factory=list)


def read(
    text: str, key: str, severities: frozenset[str] = frozenset(), without: frozenset[int] = frozenset()
) -> Reading:
    """What is in the text of the file `key`; the parts on the lines `without` stay text. Raises files.Refused where its
    front matter cannot be read."""
    matter, body = front_matter.split(text)
    reading = Reading(title="", sections=[])
    _take_times(reading, matter)
    _take_words(reading, matter, severities)
    summary = _take_summary(matter)
    first = text.count("\n", 0, len(text) - len(body)) + 1
    titled = _take_title(reading, matter, body, key)
    _take_links(reading, matter)
    found = recognize(text, PurePosixPath(key).name)
    reading.lifted = lift(found, body.split("\n"), first, {n + first for n in titled}, without)
    reading.sections += [("summary", "", summary)] if summary else []
    reading.sections += _cut(reading.lifted.sections) + _about_source(reading, matter, key)
    reading.published_at = reading.published_at or _own_date(reading, matter, key, body)
    return reading


def _take_title(reading: Reading, matter: front_matter.FrontMatter, body: str, key: str) -> range:
    """Set the title; the lines (from 0) of a heading of the body that says just the same."""
    given = front_matter.line(matter.take("title"))
    heading = _heading(body)
    said = plain(heading.group(1) or heading.group(2)) if heading else ""
    title = given or ("" if said.lower() in PLACEHOLDERS else said)
    title = title or _first_words(body, reading) or file_title(key)
    reading.title = shortened(title, TITLE)
    if given and reading.title != given:
        matter.give_back("title")
    if not heading or (heading.group(1) or heading.group(2)).strip() != reading.title:
        return range(0)
    if COMMENT.sub("", body[: heading.start()]).strip():
        return range(0)
    start = body.count("\n", 0, heading.start(1) if heading.group(1) else heading.start(2))
    return range(start, body.count("\n", 0, heading.end()) + 1)


def _heading(body: str) -> re.Match | None:
    """The first heading of the first level outside fenced code, if it has words."""
    masked = FENCED.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), body)
    found = HEADING.search(masked)
    return found if found and plain(found.group(1) or found.group(2)) else None


def plain(markup: str) -> str:
    """A heading without its marks: links as their words, no emphasis, no code marks, no HTML."""
    text = re.sub(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])", r"\1", markup)
    text = re.sub(r"</?[a-zA-Z][^<>]*>|\{[:#.][^{}]*\}\s*$", "", text)
    text = re.sub(r"(?<!\w)([*_]{1,3})(?=\S)(.+?)(?<=\S)\1(?!\w)", r"\2", text).replace("`", "")
    return " ".join(text.split())


def _first_words(body: str, reading: Reading) -> str:
    """For a document of a known service without any heading: the service and its first sentence."""
    text = plain(body.strip().split("\n\n")[0])
    if not reading.services or not text or "\n#" in f"\n{body}":
        return ""
    sentence = shortened(re.split(r"(?<=[a-z0-9)`])[.:] ", text)[0].rstrip("."), 110)
    name = reading.services[0]
    return sentence if name.lower() in sentence.lower() else f"{name}: {sentence}"


def file_title(key: str) -> str:
    """`2021-05-10-apply-pipeline_downtime.md` → “2021-05-10 apply pipeline downtime”."""
    stem = PurePosixPath(key).stem.replace("_", " ")
    words = re.sub(r"(?<!\d)-|-(?!\d)", " ", stem)
    return " ".join(words.split()) or "Imported postmortem"


def shortened(text: str, length: int) -> str:
    """At most `length` characters, cut between words and marked with …"""
    if len(text) <= length:
        return text
    head = text[: length - 1]
    return (head.rsplit(" ", 1)[0] if " " in head[length // 2 :] else head).rstrip(" ,;:–-") + "…"


def _take_times(reading: Reading, matter: front_matter.FrontMatter) -> None:
    found = {}
    for name, keys in {
        "published": ("source_published_at", "published_at", "published", "date"),
        "started": ("start_time", "started_at", "started", "incident_start", "start"),
        "recovered": ("end_time", "recovered_at", "recovered", "incident_end", "end"),
    }.items():
        value = matter.take(*keys)
        found[name] = instant_of(value) if value is not None else None
        if value is not None and found[name] is None:
            matter.give_back(*keys)
            reading.notes.append(f"“{front_matter.line(value)[:40]}” is no time that could be read")
    published = found.pop("published")
    reading.milestones = {name: instant for name, instant in found.items() if instant}
    if len(reading.milestones) == 2 and found["recovered"].at < found["started"].at:
        del reading.milestones["recovered"]
        matter.give_back("end_time", "recovered_at", "recovered", "incident_end", "end")
        reading.notes.append("the end stands before the start, so it was not taken")
    own = published or reading.milestones.get("recovered") or reading.milestones.get("started")
    reading.published_at = own.at if own else None


def _take_words(reading: Reading, matter: front_matter.FrontMatter, severities: frozenset[str]) -> None:
    for target, keys in (
        (reading.services, ("company", "product", "service", "services", "system")),
        (reading.tags, ("categories", "category", "keywords", "tags", "labels")),
    ):
        for key in keys:
            value = matter.take(key)
            names = [front_matter.line(value)] if key == "company" else front_matter.words(value)
            names = [shortened(name, NAME) for name in names if name]
            target += [name for name in names if name not in target]
            if value is not None and (not names or any(name.endswith("…") for name in names)):
                matter.give_back(key)
    severity = front_matter.line(matter.take("severity", "sev")).lower().replace("-", "").replace(" ", "")
    reading.severity = next((s for s in severities if s in (severity, f"sev{severity}")), "")
    if not reading.severity:
        matter.give_back("severity", "sev")


def _take_summary(matter: front_matter.FrontMatter) -> str:
    value = matter.take("summary", "description")
    if isinstance(value, str) and len(value) <= LONG:
        return value.strip()
    matter.give_back("summary", "description")
    return ""


def _take_links(reading: Reading, matter: front_matter.FrontMatter) -> None:
    """The first address of the source; what else stands there is kept."""
    keys = ("source_url", "url", "source", "link")
    value = front_matter.line(matter.take(*keys))
    found = URL.search(value)
    reading.source_url = _valid(found.group()) if found else ""
    if reading.source_url != value:
        matter.give_back(*keys)


def _valid(url: str) -> str:
    """The address without what a sentence left at its end; "" where it is none."""
    if url.count(")") > url.count("("):
        url = url[: url.index(")")]
    url = url.rstrip(".,;:!?")
    try:
        URLValidator(["http", "https"])(url)
    except ValidationError:
        return ""
    return url if len(url) <= 2000 else ""


def _own_date(reading: Reading, matter: front_matter.FrontMatter, key: str, body: str) -> datetime.datetime | None:
    """The first day in the file's name, the title or the text; or when it was fetched."""
    found = DATE.search(PurePosixPath(key).name) or DATE.search(reading.title) or ISO_DATE.search(body)
    instant = instant_of(found.group()) if found else instant_of(matter.values.get("source_fetched_at"))
    return instant.at if instant else None


def _cut(sections: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """The sections, those in several that are longer than one may be."""
    out = []
    for kind, title, text in sections:
        parts = pieces(text)
        name = title or ("What happened" if kind == "narrative" else kind.capitalize())
        out += [(kind, title, part) for part in parts[:1]]
        out += [("other", f"{name[:100]}, part {number}", part) for number, part in enumerate(parts[1:], start=2)]
    return out


def pieces(text: str) -> list[str]:
    """The text in pieces that a section can hold, cut before a heading, a paragraph or a line."""
    out = []
    while len(text) > LONG:
        cut = next(
            (at for mark in ("\n# ", "\n## ", "\n\n", "\n") if (at := text.rfind(mark, LONG // 2, LONG)) > 0),
            LONG,
        )
        out.append(text[:cut])
        text = text[cut:].lstrip("\n")
    return [*out, text] if text.strip() else out


def _about_source(reading: Reading, matter: front_matter.FrontMatter, key: str) -> list[tuple[str, str, str]]:
    """Where it was found, and what its front matter said beyond the fields, as it was written."""
    said = []
    if str(matter.values.get("uuid", "")) == PurePosixPath(key).stem:
        matter.take("uuid")  # the file's name holds it already
    archived = front_matter.line(matter.values.get("archive_url"))
    if archived and _valid(archived) == archived:
        matter.take("archive_url")
        said.append(f"Archived copy: <{archived}>")
    fetched = instant_of(matter.values.get("source_fetched_at"))
    if fetched:
        matter.take("source_fetched_at")
        said.append(f"Fetched from its source on {fetched.at:%Y-%m-%d}.")
    rest = matter.rest()
    if rest:
        fence = "~" * max(3, 1 + max((len(run) for run in re.findall(r"~+", rest)), default=0))
        said.append(f"{fence}{matter.language}\n{rest}\n{fence}")
    return [("other", "About the source", "\n\n".join(said))] if said else []
