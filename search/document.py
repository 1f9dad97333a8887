"""What a searchable thing looks like to search: words, facets, readers; no domain model.

Whoever owns the records (settings.SEARCH_SUBJECTS) makes Documents; engines store them, queries
match them, pages quote them.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from search.analysis import Analysis, analyse

KINDS = ("postmortem", "learning", "countermeasure")

# The parts a hit can name, in the order in which they are shown when equally good.
PARTS = (
    "title", "takeaway", "summary", "impact", "timeline", "perspectives", "questions", "factors", "countermeasures",
    "learnings", "observations", "narrative", "evidence",
)  # fmt: skip


@dataclass(frozen=True)
class Section:
    """One piece of text with an address on its page: `url#anchor`. `part` is one of PARTS.

    A row of a list (a timeline entry, a factor) is best its own Section, so that a hit links to it.
    """

    part: str
    anchor: str
    text: str


@dataclass(frozen=True)
class Document:
    """One postmortem, learning or countermeasure as search sees it.

    kind         one of KINDS; with `id` (a uid) it names the document
    group        uid of the postmortem it belongs to: the unit of re-indexing
    version      grows with every change that matters here; compared by `check_index`
    reference    "PM-12", "L-3", "CM-7"
    facets       field → values (slugs, lower case), for `service:payments` and the counts
    audiences    tokens of those who may read it (`kb.accounts.audiences`)
    is_open      everybody signed in may read it: it goes into the open index
    when         aware; what `before:`, `after:` and the order "newest" look at
    url          its page, without fragment
    source       import key or ""
    identifiers  further references it is found by, e.g. its postmortem's "PM-12"

    The text has no Markdown rendered; plain or Markdown source both do.
    """

    kind: str
    id: str
    group: str
    version: int
    reference: str
    title: str
    sections: tuple[Section, ...]
    facets: dict[str, tuple[str, ...]]
    audiences: frozenset[str]
    is_open: bool
    when: datetime
    url: str
    source: str = ""
    identifiers: tuple[str, ...] = field(default=())

    def __hash__(self) -> int:
        return hash((self.kind, self.id, self.version))

    @property
    def key(self) -> tuple[str, str]:
        """(kind, id), the name of the document everywhere in search."""
        return (self.kind, self.id)

    @property
    def takeaway(self) -> str:
        """The one sentence shown below the title, or ""."""
        return next((s.text for s in self.sections if s.part == "takeaway"), "")

    @cached_property
    def analysis(self) -> Analysis:
        """Its words, computed once (about 0.3 ms for 670 words)."""
        return analyse(self)
