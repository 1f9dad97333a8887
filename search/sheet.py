"""A document as a page of hits shows it: its names, and its plain words, one line per part, ready to be quoted.

Whoever owns the records keeps the sheet of each version, so that a page makes none (`keep` and `sheets` of
settings.SEARCH_SUBJECTS). Making one costs about a millisecond, reading a kept one 0.05.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from search.analysis import SPOKEN_FACETS, composed
from search.document import Document

SHAPE = 1  # grows when sheets are made or written another way; those kept in an older shape are made anew
LONGEST_LINE = 30_000  # characters of one section that passages are taken from
LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
MARKUP = re.compile(r"^[#>|\s:-]+|(?<!\w)[*_~`]+|[*_~`]+(?!\w)|[*`~|]+", re.M)
SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a hit shows of one document.

    labels  facet → its values, of those whose values are words (service, tag, team, theme)
    text    the plain words of its sections (the takeaway apart), one line each
    lines   (part, anchor) of each line
    """

    kind: str
    id: str
    reference: str
    url: str
    title: str
    takeaway: str
    severity: str
    status: str
    when: datetime
    source: str
    labels: dict[str, tuple[str, ...]]
    text: str
    lines: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, document: Document) -> Self:
        sections = [s for s in document.sections if s.part != "takeaway"]
        facet = document.facets.get
        return cls(
            kind=document.kind,
            id=document.id,
            reference=document.reference,
            url=document.url,
            title=document.title,
            takeaway=document.takeaway,
            severity=next(iter(facet("severity", ())), ""),
            status=next(iter(facet("status", ())), ""),
            when=document.when,
            source=document.source,
            labels={field: tuple(facet(field)) for field in SPOKEN_FACETS if facet(field)},
            text="\n".join(plain(s.text)[:LONGEST_LINE] for s in sections),
            lines=tuple((s.part, s.anchor) for s in sections),
        )

    @property
    def key(self) -> tuple[str, str]:
        return (self.kind, self.id)

    def dumps(self) -> str:
        """Everything but the text, as JSON; `loads` makes a sheet of both again."""
        about = {name: getattr(self, name) for name in self.__slots__ if name != "text"}
        return json.dumps(about | {"when": self.when.isoformat()}, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def loads(cls, about: str, text: str) -> Self:
        fields = json.loads(about)
        fields["when"] = datetime.fromisoformat(fields["when"])
        fields["labels"] = {field: tuple(values) for field, values in fields["labels"].items()}
        fields["lines"] = tuple(map(tuple, fields["lines"]))
        return cls(text=text, **fields)


def plain(text: str) -> str:
    """Markdown source without its signs, on one line."""
    return SPACE.sub(" ", MARKUP.sub("", LINK.sub(r"\1", composed(text)))).strip()
