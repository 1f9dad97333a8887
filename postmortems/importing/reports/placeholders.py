"""What a template left behind: “{{ summary }}”, “Short event description”, “20xx-MM-DD”. Never an event or action."""

import re

BRACES = re.compile(
    r"^\s*(?:\{\{(.*?)\}\}|\{(?![%{])([^{}]*)\}|<([^<>/@:]*)>|\[([^\[\]]*)\])\s*(?:\[[^\]]*\]\s*)?\.?\s*$", re.S
)
MACHINE = re.compile(r"\{%|%\}|\{\{[#/]?\s*[\w.]+(?:\s*\|[^}]*|\s+\w+)?\s*\}\}|#\{\w")
PHRASES = re.compile(
    r"^\W*(?:lorem ipsum|todo\b\s*(?:[:-]|$)|xxx+|yyy+|zzz+"
    r"|tbd\b|tba\b|n/?a\W*$|none\W*$|nil\W*$|nothing\W*$|-+$|…+$|\.\.\.$|\?+$"
    r"|short event description|event description|action item\s*\d*\W*$|description\W*$|summary\W*$|title\W*$"
    r"|(?:something|(?:next|another|other) thing|thing \d+|first thing|event \d+) happened|someone fromtheteam"
    r"|to be (?:done|filled|completed|added|determined|written)\b|insert \w+ here|your \w+ (?:goes )?here"
    r"|fill (?:me|this) in"
    r"|incident has been dealt with or is over|sections above are filled out"
    r"|incident title and after-action report is cleaned up|all actionable items above have linked"
    r"|link to (?:the )?(?:github )?(?:issue|ticket)|issue name|incident title|name of (?:the )?incident)",
    re.I,
)
STAND_IN = re.compile(
    r"\b(?:YYYY|yyyy)[-/ ]?(?:MM|mm)|\b20xx\b|\bDD/MM\b|\b[Hh]{2}:[Mm]{2}\b|^\s*\d\d?:\d\d [AP]M DATE\b|\?\?\s*%|\?mins"
)
ASKS = re.compile(
    r"^[_*]+\s*(?:who|what|when|where|how|why|list|describe|include|add|copy|give|put|link|explain|write|e\.g)\b.*[_*]+\W*$",
    re.I | re.S,
)
UNFILLED = re.compile(r"^\W*(?:issue name|incident title|title(?: of the incident)?)\W*(?:\(.*\)|: date)?\W*$", re.I)
EXAMPLES = re.compile(r"\bfor example,?\s*$|\bsuch as:?\s*$", re.I)


def unbraced(text: str) -> str:
    """The text out of template braces that somebody filled and left: {{ Write reports }} → Write reports."""
    text = re.sub(r"\[\s*link to (?:the )?(?:github )?(?:issue|ticket)\s*\](?!\()", "", text, flags=re.I)
    return re.sub(r"\{\{\s*(.*?)\s*\}\}", r"\1", text, flags=re.S).strip()


def is_placeholder(text: str) -> bool:
    """Whether an item, cell or row says nothing of its own."""
    bare = text.strip()
    if not re.search(r"\w", bare) or PHRASES.match(bare) or STAND_IN.search(bare) or ASKS.match(bare):
        return True
    if "{{" in bare:
        inner = unbraced(bare)
        return len(re.findall(r"\w+", inner)) < 3 or bool(MACHINE.search(bare)) or bool(PHRASES.match(inner))
    braced = BRACES.match(bare)
    return (
        bool(braced and braced[4] is None) or "{%" in bare or bool(braced and braced[4] and "link" in braced[4].lower())
    )


def is_unfilled_heading(heading: str) -> bool:
    """A heading that a template left: {{ hh:mm }}, ISSUE NAME."""
    return "{{" in heading and is_placeholder(heading) or bool(UNFILLED.match(heading))
