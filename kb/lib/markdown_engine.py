"""Markdown → safe HTML, unbounded in time: only the child process calls this (see markdown.py).

Python-Markdown with a few extensions reads, nh3 with the allow-list below decides what may leave.
HTML in the text passes only where its tag is on that list; any other "<" is shown as typed, so that
<pod-name> in a sentence is not lost.
"""

import hashlib
import re

import markdown
import nh3
from markdown.blockparser import BlockParser
from markdown.blockprocessors import ParagraphProcessor
from markdown.inlinepatterns import InlineProcessor
from pygments.token import STANDARD_TYPES

from kb.lib.html_text import LINK_RELATIONS, TAG, link_references, mark_bidi
from kb.lib.markdown_source import prepare

MAX_HTML = 2_000_000
EXTENSIONS = {
    "markdown.extensions.tables": {"use_align_attribute": True},
    "markdown.extensions.footnotes": {"BACKLINK_TEXT": "↩"},
    "markdown.extensions.sane_lists": {},
    "pymdownx.highlight": {"use_pygments": True, "guess_lang": False, "noclasses": False},
    "pymdownx.superfences": {},
    "pymdownx.magiclink": {},
    "pymdownx.tilde": {"subscript": False},
}
INLINE_EXTENSIONS = {key: EXTENSIONS[key] for key in ("pymdownx.magiclink", "pymdownx.tilde")}

INLINE_TAGS = set("a abbr b br code del em i img ins kbd mark q s samp small span strong sub sup u var".split())
BLOCK_TAGS = set(
    "blockquote dd details div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre summary"
    " table tbody td tfoot th thead tr ul".split()
)
ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "title"},
    "li": {"id"},
    "ol": {"start"},
    "sup": {"id"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
ALIGN = {"align": {"left", "right", "center"}}
CLASSES = {
    "span": {name for name in STANDARD_TYPES.values() if name},
    "div": {"highlight", "footnote"},
    "a": {"footnote-ref", "footnote-backref"},
}
SHOWN_HREF = re.compile(r"(?:https?://|mailto:|/(?![/\\]))", re.IGNORECASE)
SHOWN_SRC = re.compile(r"(?:https?://|/attachments/(?!.*\.\.))", re.IGNORECASE)
FOOTNOTE = re.compile(r"#?fn(?:ref\d*)?:(?=.)", re.DOTALL)
ID_PREFIX = "user-content-"


def allowed_attribute(tag: str, name: str, value: str) -> str | None:
    """What nh3 keeps of one attribute; None drops it. Addresses lead out or to the site, ids are ours."""
    if name == "id":
        return ID_PREFIX + _identifier(value) if FOOTNOTE.match(value) else None
    if name == "href":
        if value.startswith("#"):
            return f"#{ID_PREFIX}{_identifier(value[1:])}" if FOOTNOTE.match(value) else None
        return value if SHOWN_HREF.match(value) else None
    if name == "src":
        return value if SHOWN_SRC.match(value) else None
    if name in {"colspan", "rowspan", "start"}:
        return value if value.isdecimal() and value.isascii() and int(value[:9]) <= 1000 else None
    return value


def _identifier(value: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "-", value)


def cleaner(tags: set[str]) -> nh3.Cleaner:
    """An nh3 cleaner for a set of tags; the one place that decides what HTML may hold."""
    return nh3.Cleaner(
        tags=tags,
        clean_content_tags={"script", "style"},
        attributes={tag: names for tag, names in ATTRIBUTES.items() if tag in tags},
        attribute_filter=allowed_attribute,
        tag_attribute_values={tag: ALIGN for tag in ("td", "th") if tag in tags},
        set_tag_attribute_values={"img": {"loading": "lazy", "referrerpolicy": "no-referrer"}},
        allowed_classes={tag: names for tag, names in CLASSES.items() if tag in tags},
        url_schemes={"http", "https", "mailto"},
        link_rel=LINK_RELATIONS,
        strip_comments=True,
    )


CLEAN_BLOCKS = cleaner(INLINE_TAGS | BLOCK_TAGS)
CLEAN_INLINE = cleaner(INLINE_TAGS)


class KnownTag(InlineProcessor):
    """HTML in the text, kept for nh3 to judge; what is no known tag is not matched and shown as typed."""

    def __init__(self, tags: set[str], md: markdown.Markdown):
        names = "|".join(sorted(tags, key=len, reverse=True))
        super().__init__(rf"</?(?:{names})(?:\s[^<>]*)?/?>", md)

    def handleMatch(self, m: re.Match, data: str) -> tuple[str, int, int]:
        return self.md.htmlStash.store(m.group(0)), m.start(0), m.end(0)


def block_reader() -> markdown.Markdown:
    """Python-Markdown for texts of many lines."""
    md = markdown.Markdown(extensions=list(EXTENSIONS), extension_configs=EXTENSIONS, output_format="html")
    md.preprocessors.deregister("html_block")
    md.inlinePatterns.register(KnownTag(INLINE_TAGS | BLOCK_TAGS, md), "html", 90)
    return md


def inline_reader() -> markdown.Markdown:
    """Python-Markdown for a sentence: emphasis, code, links; a leading "1." or "#" means itself."""
    md = markdown.Markdown(
        extensions=list(INLINE_EXTENSIONS), extension_configs=INLINE_EXTENSIONS, output_format="html"
    )
    md.preprocessors.deregister("html_block")
    md.inlinePatterns.register(KnownTag(INLINE_TAGS, md), "html", 90)
    md.parser = BlockParser(md)
    md.parser.blockprocessors.register(ParagraphProcessor(md.parser), "paragraph", 10)
    md.treeprocessors["inline"].parser = md.parser
    return md


BLOCKS, INLINE = block_reader(), inline_reader()


def to_html(text: str, inline: bool) -> str:
    """Safe HTML of a text. May be slow or raise RecursionError, MemoryError, ValueError (too long)."""
    if inline:
        html = INLINE.reset().convert(text)
        html = re.sub(r"</p>\s*<p>", "<br><br>", html)
        return finish(_images(CLEAN_INLINE.clean(_bounded(html))))
    html = CLEAN_BLOCKS.clean(_bounded(BLOCKS.reset().convert(prepare(text))))
    return finish(_own_ids(_outline(html), text))


def _bounded(html: str) -> str:
    if len(html) > MAX_HTML:
        raise ValueError("the result is too long")
    return html


def finish(html: str) -> str:
    """References as links and hidden marks shown; the fast path does the same."""
    return mark_bidi(link_references(html)).strip()


def _own_ids(html: str, text: str) -> str:
    """Ids and their links made one of a kind on the page, as several texts share it."""
    if ID_PREFIX not in html:
        return html
    own = hashlib.sha256(text.encode()).hexdigest()[:8]
    return re.sub(rf'(id="|href="#){ID_PREFIX}', rf"\g<1>{ID_PREFIX}{own}-", html)


def _outline(html: str) -> str:
    """Headings from h3 on without gaps, tasks with boxes, wide things that can be scrolled by keyboard."""
    html = _headings(html.replace("<p></p>", ""))
    html = re.sub(r"(<li>\s*(?:<p>)?)\[([ xX])\] ", _task, html)
    html = html.replace("<pre>", '<pre tabindex="0">')
    html = html.replace("<table>", '<div class="table-scroll" tabindex="0" role="group"><table>')
    html = html.replace("</table>", "</table></div>")
    return _images(html)


def _headings(html: str) -> str:
    open_levels: list[int] = []

    def place(match: re.Match) -> str:
        if match.group(1):
            return f"</h{min(2 + len(open_levels), 6)}>"
        level = int(match.group(2))
        while open_levels and open_levels[-1] >= level:
            open_levels.pop()
        open_levels.append(level)
        return f"<h{min(2 + len(open_levels), 6)}>"

    return re.sub(r"<(/?)h([1-6])>", place, html)


def _images(html: str) -> str:
    """Images of our own are shown. One of another site becomes a link to it: loading it would tell that site who
    reads what and when, and the content security policy does not load it either. Within a link its text is left."""
    if "<img" not in html:
        return html
    within = False

    def place(match: re.Match) -> str:
        nonlocal within
        tag = match.group()
        if tag.startswith(("<a ", "<a>", "</a")):
            within = not tag.startswith("</")
        return _image(tag, within) if tag.startswith("<img") else tag

    return TAG.sub(place, html)


def _image(tag: str, within_link: bool) -> str:
    """An image that may not be shown becomes its text; one without a text gets an empty one."""
    alt, src = (re.search(rf' {name}="([^"]*)"', tag) for name in ("alt", "src"))
    text = alt.group(1).replace("<", "&lt;") if alt else ""
    if not src:
        return text
    if src.group(1).startswith("/"):
        return tag if alt else tag.replace("<img", '<img alt=""', 1)
    if within_link:
        return text or "image"
    return f'<a href="{src.group(1)}" rel="{LINK_RELATIONS}">{text or "image"}</a>'


def _task(match: re.Match) -> str:
    done = match.group(2) != " "
    label, sign = ("done", "☑") if done else ("to do", "☐")
    return f'{match.group(1)}<span class="task" role="img" aria-label="{label}">{sign}</span> '
