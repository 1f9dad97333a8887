"""What is done to finished, already safe HTML: only its text is touched, its tags stay as they are.

All functions are linear in the length of the HTML and expect attributes in double quotes, as sanitised
and escaped HTML has them.
"""

import re
from collections.abc import Iterator

# The characters that turn the reading direction or hide: what is seen would not be what is stored.
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
TAG = re.compile(r'<[/a-zA-Z](?:[^>"]++|"[^"]*+")*+>')
REFERENCE = re.compile(r"(?<![\w./#&-])(PM|L|CM)-([1-9][0-9]{0,8})(?![\w]|-\w|\.\d)")
CLOSED_TO_LINKS = {"a", "code", "pre", "kbd", "samp"}
LINK_RELATIONS = "noopener nofollow ugc"


def mark_bidi(html: str) -> str:
    """Show characters that turn the reading direction as marked code points; what is stored stays."""
    if not BIDI.search(html):
        return html
    return "".join(
        BIDI.sub(_percent_encoded, piece) if is_tag else BIDI.sub(_code_point, piece) for is_tag, piece in _pieces(html)
    )


def link_references(html: str) -> str:
    """Make PM-12, L-3 and CM-7 links to /PM-12/ …, outside code and links; never asking whether they exist."""
    if not REFERENCE.search(html):
        return html
    out, closed = [], 0
    for is_tag, piece in _pieces(html):
        if is_tag:
            closed += _opens(piece)
        elif not closed:
            piece = REFERENCE.sub(rf'<a href="/\g<0>/" rel="{LINK_RELATIONS}">\g<0></a>', piece)
        out.append(piece)
    return "".join(out)


def _pieces(html: str) -> Iterator[tuple[bool, str]]:
    """(is a tag, piece) in order; joined they are the HTML again."""
    end = 0
    for tag in TAG.finditer(html):
        if tag.start() > end:
            yield False, html[end : tag.start()]
        yield True, tag.group()
        end = tag.end()
    if end < len(html):
        yield False, html[end:]


def _opens(tag: str) -> int:
    """1 where a tag begins a place without links, -1 where it ends one, else 0."""
    name = re.match(r"</?([a-zA-Z0-9]+)", tag)
    if not name or name.group(1).lower() not in CLOSED_TO_LINKS:
        return 0
    return -1 if tag.startswith("</") else 1


def _code_point(match: re.Match) -> str:
    return f'<span class="bidi">U+{ord(match.group()):04X}</span>'


def _percent_encoded(match: re.Match) -> str:
    """Inside a tag no element can stand; an address keeps its meaning when it is percent-encoded."""
    return "".join(f"%{byte:02X}" for byte in match.group().encode())
