"""The few moments that figures are made of: “First detected 2020-09-07 12:39”, “**Recovery:** …”."""

import re
from dataclasses import dataclass

from postmortems.importing.reports.stamps import Stamp, read_stamp

# What stands in front of a time → the type it tells; the first line that fits wins.
LABELS = {
    "closed": (r"(?:incident |ticket |post-?mortem )?closed", r"all[- ]clear"),
    "resolved": (
        r"(?:incident |issue |problem |fully |finally )*(?:resolved|resolution)(?: time)?",
        r"permanent(?:ly)? fix(?:ed)?",
    ),
    "recovered": (
        r"(?:incident |service |fully |outage |impact |time |issue )*"
        r"(?:repaired|recovered|recovery|restored|ends?|ended)"
        r"(?: (?:time|date|declared|of (?:outage|incident|impact)))?",
        r"back to normal",
    ),
    "mitigated": (
        r"(?:incident |issue |impact )?(?:mitigated|mitigation|contained|containment)(?: (?:time|applied|in place))?",
    ),
    "diagnosed": (
        r"(?:root )?cause (?:found|identified|known|determined)", r"diagnosed", r"diagnosis(?: time)?",
        r"identified cause",
    ),
    "engaged": (
        r"(?:first )?(?:responders?|on-?call|team|engineers?) (?:engaged|joined|paged|responds?)", r"acknowledged",
        r"engaged", r"(?:time )?response (?:started|began)", r"investigation (?:started|began)",
    ),
    "declared": (r"(?:incident |outage |sev ?\d )?declared(?: time)?", r"incident (?:opened|raised|created)"),
    "detected": (
        r"(?:first |initial(?:ly)? |fault |incident |issue |problem |time )*(?:detected|detection|discovered|discovery"
        r"|noticed|identified|observed|reported|report|alert(?:ed)?)(?: (?:at|time|by \w+))?",
        r"(?:team|we) (?:became )?aware",
    ),
    "communicated": (
        r"(?:first |customers? |users? )*(?:communicated|communication|informed|notified)", r"status page updated",
    ),
    "began": (r"(?:change|bug|fault|condition|cause) (?:introduced|deployed)", r"introduced"),
    "started": (
        r"(?:fault|incident|outage|impact|issue|problem|downtime|disruption|event) "
        r"(?:occurs?|occurred|started|starts|began|begins|start)",
        r"(?:incident |outage |impact )?(?:start|started|began|begins)"
        r"(?: (?:time|date|of (?:outage|incident|impact)))?",
    ),
}  # fmt: skip
BEHIND = r"\W{0,6}(?:(?:at|on|time|date|\(utc\))\W{0,4})*(?=[~≈]?\d|\w{3,9} \d|\w+day\b|$)"
LABEL = [(kind, re.compile(rf"^\W*(?:the )?(?:{'|'.join(words)}){BEHIND}", re.I)) for kind, words in LABELS.items()]
# What an event's text says of itself: all of it, its bold label, or a mark within.
BE = r"(?: (?:was|is|has been))?"
SAYS = {
    "declared": (
        rf"^(?:the |an )?(?:major )?(?:incident|outage|sev-?\d){BE} (?:declared|opened)"
        r"(?! (?:as )?(?:resolved|over|closed|repaired))",
    ),
    "resolved": (
        rf"^(?:the )?(?:major )?(?:incident|outage|issue){BE}(?: declared| marked)?(?: as)? ?(?:resolved|over|fixed)\b",
    ),
    "recovered": (
        rf"^(?:the )?(?:incident|outage|issue){BE} (?:repaired|ends|ended)\b",
        r"^services? (?:is |was |are |were |has been |have been )?(?:fully )?restored",
    ),
    "closed": (rf"^(?:the )?(?:major )?(?:incident|outage){BE} closed",),
}  # fmt: skip
MARKED = (
    ("started", r"(?:outage|incident|impact) (?:begins|starts|began|started)|start of (?:outage|incident|impact)"),
    ("recovered", r"(?:outage|incident|impact) (?:ends|ended)|end of (?:outage|incident|impact)"),
    ("detected", r"detection|discovery|detected|discovered"),
    ("recovered", r"recovery|recovered|restored"),
    ("mitigated", r"mitigation|mitigated"),
    ("resolved", r"resolution|resolved"),
    ("declared", r"declared|incident declared"),
)
TEXT = [(kind, re.compile("|".join(words), re.I)) for kind, words in SAYS.items()]
MARK = re.compile(r"(?:\*\*|__)\W*([^*_\n]{5,40}?)\W*(?:\*\*|__)|\\?<([A-Z ]{8,30})>")
EXACT = [(kind, re.compile(rf"^(?:{words})$", re.I)) for kind, words in MARKED]


@dataclass(frozen=True)
class Labelled:
    """A label with its time: the line it stands on, the type, the Stamp."""

    line: int
    type: str
    stamp: Stamp


def labelled(line: int, text: str) -> Labelled | None:
    """“First detected: 2020-09-07 12:39” and nothing else in the line."""
    bare = re.sub(r"[*_`]+", "", text[:300]).strip()
    for kind, pattern in LABEL:
        match = pattern.match(bare)
        if match and match.end() < len(bare):
            stamp = read_stamp(bare[match.end() :])
            clear = stamp is not None and (stamp.clock or stamp.day)
            return Labelled(line, kind, stamp) if clear and len(stamp.rest) <= 40 else None
    return None


def said_by(text: str) -> str | None:
    """The type of milestone that the text of an event names, or None. Only what says so outright."""
    text = text[:300]
    for mark in MARK.finditer(text):
        words = (mark[1] or mark[2]).strip(" .:!")
        if kind := next((kind for kind, pattern in EXACT if pattern.match(words)), None):
            return kind
    bare = re.sub(r"[*_`]+", "", text).strip()
    return next((kind for kind, pattern in TEXT if pattern.match(bare)), None)
