"""Action items: rows of tables, list items, checkboxes and numbered headings below a heading that promises them."""

import re
from dataclasses import dataclass, field

from postmortems.importing.reports.blocks import Block
from postmortems.importing.reports.headings import kind_of
from postmortems.importing.reports.outline import LABEL, Section
from postmortems.importing.reports.placeholders import EXAMPLES, is_placeholder, unbraced
from postmortems.importing.reports.stamps import DATE

TEXT = re.compile(
    r"action|item|task|descr|what|improvement|recommend|measure|summary|title|step|follow|todo|issue", re.I
)
OWNER = re.compile(r"owner|who\b|assign|respons|lead|dri\b|by whom|person|contact", re.I)
DUE = re.compile(r"\bdue|deadline|\beta\b|\bby when|\bwhen\b|target|\bdate\b|complet(?:e|ion) (?:by|date)", re.I)
STATUS = re.compile(r"status|state|done|progress|complete[d?]|resolved", re.I)
TICKET = re.compile(r"ticket|issue|bug|link|jira|\bpr\b|pull|tracking|reference|\burl\b|#", re.I)
DONE = re.compile(
    r"\b(?:done|complete[d]?|closed|fixed|finished|resolved|implemented|merged|deployed|yes)\b|✅|☑|✔|:white_check_mark:",
    re.I,
)
NOT_DONE = re.compile(
    r"\bnot (?:yet )?(?:done|complete|started)|\bin[- ]progress|\bto ?do\b|\bopen\b|\bwip\b|\bpending\b|\bpartial", re.I
)
SAYS_DONE = re.compile(
    r"(?i:[(\[*_]+\s*(?:already |has been |was )?(?:done|completed?|fixed|finished|implemented|merged)\b"
    r"[^)\]]{0,40}[)\]*_]+)"
    r"|\b(?:already (?:been )?done|(?:DONE|COMPLETED?|FIXED))\s*[.!]?\s*$|✅|☑|✔|:white_check_mark:"
    r"|^\s*(?:DONE|COMPLETED?)\b"
    r"|this has already been done"
)
STRUCK = re.compile(r"^~~.+~~\W*$", re.S)
MENTION = re.compile(r"(?<![\w/@.])@([A-Za-z0-9][\w.-]{1,38})")
TAKES = re.compile(r"\s*(?:[:,)\]/–—-]|(?:to|will|should|is|and|&|\+)\b|@)")
OWNED = re.compile(
    r"[(\[]?\b(?:owner|assignee|assigned to|responsible|dri|lead|who)s?\b\**\s*[:=]\s*\**\s*@?"
    r"(?P<who>[^,;|()\[\]\n*]{2,40})[)\]]?",
    re.I,
)
DUE_WORDS = re.compile(
    r"\b(?:due|deadline|eta|by|until|before|target(?: date)?|no later than)\b\**\s*:?\s*(?:date\s*:?\s*)?"
    r"(?:the\s+)?(?:end of\s+)?(?=\d|[a-z]{3})",
    re.I,
)
LINK = re.compile(
    r"\[(?P<words>(?:[^\[\]]|\[[^\[\]]{0,200}\]){0,400})\]\((?P<url>[^()\s]+(?:\([^()]*\))?[^()\s]*)[^)]{0,200}\)"
    r"|<(?P<auto>https?://[^>\s]+)>|(?P<bare>https?://[^\s)>\]]+)"
)
REFERENCE = re.compile(r"\[(?P<words>[^\[\]]{1,80})\](?:\[(?P<label>[^\[\]]*)\])?(?![(:])")
IS_TICKET = re.compile(
    r"/(?:issues?|pulls?|merge_requests|browse|tickets?|tasks?|bugs?|work_?items|stories|story|boards?|cards?|c|t)/|[?&]id=\d|/issues\?|jira|trello\.com|linear\.app|asana|bugzilla|/T\d+$",
    re.I,
)
TICKET_WORDS = re.compile(
    r"\b(?:issue|ticket|pr|pull request|bug|story|jira|mr|merge request)\b|#\d+|^[A-Z][A-Z0-9]{1,9}-\d+$", re.I
)
NUMBERED = re.compile(
    r"(?<![\w/])(?:[\w.-]+/[\w.-]+)?#\d{1,6}\b|\b(?!UTF-|SHA-|PM-\d|COVID|SEV-|ISO-|RFC-|CVE-|TLS-|V\d)[A-Z][A-Z0-9]{1,9}-\d{1,6}\b"
)
QUESTION = re.compile(r"^\W*[QA]\s*:\s", re.I)
HEADING_NUMBER = re.compile(
    r"^(?:(?:action|item|step)\s*(?:item\s*)?)?#?\d{1,2}\s*[.):\-–]\s+|^action(?: item)? \d+\s*:?\s*", re.I
)

ENOUGH = 4_000  # characters of an item that are looked at for its owner, date and ticket


@dataclass
class Item:
    """An action item as it stands there. `done` None: not said; `group`: the heading it stands under."""

    line: int
    text: str
    owner: str | None = None
    due: str | None = None  # as typed
    done: bool | None = None
    ticket: str | None = None
    group: str = ""
    section: Section | None = None
    blocks: list[Block] = field(default_factory=list)


def action_items(section: Section, references: dict[str, str], has_lists: bool) -> list[Item]:
    """The items among one section's own blocks. `references`: link targets by label; `has_lists`: whether the action
    sections of the document list anything, so that headings alone are not items."""
    if not section.is_in("action_items") or section.kind != "action_items":
        return []
    done = bool(re.search(r"[(\[]\s*(?:completed?|done|finished)\s*[)\]]", section.heading, re.I)) or None
    if heading := _heading_item(section, has_lists):
        return [_told(heading, references, done)]
    found, index, blocks, examples = [], 0, section.blocks, False
    floor = min((block.indent for block in blocks if block.kind == "item"), default=0)
    first = next((block for block in blocks if block.kind == "item"), None)
    numbered = first is not None and first.marker[0].isdigit()  # then bullets on the same level are details
    while index < len(blocks):
        block = blocks[index]
        if block.kind == "cells":
            found += _row(block, section, references)
        elif block.kind == "item" and block.indent <= floor + 1 or _boxed(block):
            behind = _below(blocks, index, numbered)
            if not examples:
                found += _items(block, behind, section, references, done)
            index += len(behind)
        elif block.kind == "text":
            examples = bool(EXAMPLES.search(block.text))  # a template's list: “For example,” stands above it
        index += 1
    return found


def _boxed(block: Block) -> bool:
    return block.kind == "text" and bool(re.match(r"\[[ xX]?\]\s+\S", block.text))


def _below(blocks: list[Block], index: int, numbered: bool = False) -> list[Block]:
    """What belongs to the item: everything further to the right, code pasted between two items, and below a numbered
    item bullets and text up to the next number."""
    owner, place = blocks[index], index + 1
    numbered = (
        numbered
        and owner.marker[:1].isdigit()
        and any(
            block.kind == "item" and not block.marker[0].isdigit() and block.indent <= owner.indent
            for block in blocks[index + 1 : index + 4]
        )
    )
    while place < len(blocks):
        block, after = blocks[place], blocks[place + 1 : place + 2]
        inner = block.indent > owner.indent and block.kind in ("item", "text", "code")
        code = block.kind == "code" and bool(after) and after[0].kind == "item"
        detail = numbered and (block.kind == "text" or (block.kind == "item" and not block.marker[0].isdigit()))
        if not (inner or code or detail):
            break
        place += 1
    return blocks[index + 1 : place]


def _items(block: Block, behind: list[Block], section: Section, references: dict, done: bool | None) -> list[Item]:
    """The item; or those below it, where it only names a group (“SRE team:”)."""
    children = [child for child in behind if child.kind == "item"]
    label = re.sub(r"[*_`]+", "", block.whole).strip()
    if children and block.box is None and len(label.split()) <= 3 and label.endswith(":"):
        floor = min(child.indent for child in children)
        out = []
        for place, child in enumerate(behind):
            if child.kind == "item" and child.indent == floor:
                item = _item(child, _below(behind, place), section, references, done)
                out += [Item(**{**vars(found), "group": found.group or label.rstrip(":")}) for found in item]
        if out:
            out[0].blocks.insert(0, block)
        return out
    return _item(block, behind, section, references, done)


def _item(block: Block, behind: list[Block], section: Section, references: dict, done: bool | None) -> list[Item]:
    text = re.sub(r"^\[[ xX]?\]\s+", "", block.whole) if _boxed(block) else block.whole
    if is_placeholder(text) or QUESTION.match(text):
        return []
    below = "\n".join(
        (f"{' ' * max(0, part.indent - block.indent)}{part.marker} " if part.kind == "item" else "") + part.whole
        for part in behind
    )
    box = block.box if not _boxed(block) else "x" in block.text[:3].lower()
    item = Item(block.line, unbraced(text), done=box, section=section, blocks=[block, *behind])
    return [_told(item, references, done, below)]


def _told(item: Item, references: dict[str, str], done: bool | None, below: str = "") -> Item:
    """Owner, date, state and ticket from the words of the item itself, then of what stands below it."""
    text = item.text[:ENOUGH]
    item.owner = item.owner or owner_in(text)
    item.ticket = item.ticket or ticket_in(text, references) or ticket_in(below[:ENOUGH], references)
    item.due = item.due or due_in(text)
    if item.done is not True and (SAYS_DONE.search(text) or STRUCK.match(text)):
        item.done = True
    item.done = done if item.done is None else item.done
    return item


def owner_in(text: str) -> str | None:
    """Who has it: “owner: Ann”, or a mention that begins or ends the item."""
    if match := OWNED.search(text):
        return match["who"].strip(" .*_`@") or None
    bare = re.sub(r"[*`]+", "", re.sub(r"\s*[(\[<]*https?://\S+\s*$", "", text)).strip()
    names = list(MENTION.finditer(bare))
    if not names or len({name[1] for name in names}) > 2:
        return None
    first, last = names[0], names[-1]
    if not bare[: first.start()].strip(" ([-") and TAKES.match(bare, first.end()):
        return first[1].rstrip(".")
    return last[1].rstrip(".") if len(names) == 1 and not re.sub(r"[\s)\].,;:-]+", "", bare[last.end() :]) else None


def due_in(text: str) -> str | None:
    """The date behind “due”, “by” or “before”, as typed."""
    for match in DUE_WORDS.finditer(text):
        if found := DATE.match(text, match.end()):
            return found.group()
    return None


def ticket_in(text: str, references: dict[str, str]) -> str | None:
    """The address of its ticket, issue or pull request, else the number that it has."""
    for link in LINK.finditer(text):
        url = link["url"] or link["auto"] or link["bare"]
        if IS_TICKET.search(url) or (link["words"] and TICKET_WORDS.search(link["words"]) and "://" in url):
            return url.rstrip(".,;")
    plain = LINK.sub(" ", text)
    for match in REFERENCE.finditer(plain):
        target = references.get((match["label"] or match["words"]).lower())
        if target and (IS_TICKET.search(target) or TICKET_WORDS.search(match["words"])):
            return target
    found = NUMBERED.search(plain)
    return found.group() if found else None


def _row(block: Block, section: Section, references: dict[str, str]) -> list[Item]:
    header = block.header or [""] * len(block.cells)
    column = {}
    for name, pattern in (("owner", OWNER), ("due", DUE), ("status", STATUS), ("ticket", TICKET)):
        places = [i for i, words in enumerate(header) if pattern.search(words) and i not in column.values()]
        if name == "ticket":
            places = [i for i in places if not re.search("action|item|task|descr", header[i], re.I)]
        if places and places[0] < len(block.cells):
            column[name] = places[0]
    free = [i for i in range(len(block.cells)) if i not in column.values()]
    named = [i for i in free if i < len(header) and TEXT.search(header[i])]
    place = next(iter(named), None) if named else max(free, key=lambda i: len(block.cells[i]), default=None)
    text = block.cells[place] if place is not None else ""
    if is_placeholder(text):
        return []

    def cell(name):
        value = block.cells[column[name]].strip() if name in column else ""
        return None if not value or is_placeholder(value) else re.sub(r"[*_`]+", "", value)

    status, ticket = cell("status") or "", cell("ticket")
    said = block.cells[column["status"]] if "status" in column else ""
    box = re.search(r"\[([xX ])\]", said)
    done = bool(DONE.search(said)) and not NOT_DONE.search(said) if status or said.strip() else None
    done = box[1].strip() != "" if box else done
    owner = (cell("owner") or "").lstrip("@") or None
    ticket = ticket and (ticket_in(ticket, references) or ticket)
    return [_told(Item(block.line, text, owner, cell("due"), done, ticket, "", section, [block]), references, None)]


def _heading_item(section: Section, has_lists: bool) -> Item | None:
    """A heading below “Action items” that is one: numbered, or with nothing but prose in the whole part."""
    numbered = HEADING_NUMBER.match(section.heading)
    below = section.parent is not None and section.parent.is_in("action_items")
    if not below or (section.own_kind and not numbered) or LABEL.match(section.heading):
        return None
    prose = any(block.kind == "text" and not is_placeholder(block.text) for block in section.blocks)
    names_kind = kind_of(section.heading) != "other"
    if not numbered and (has_lists or names_kind or not prose or len(section.heading.split()) < 3):
        return None
    text = HEADING_NUMBER.sub("", section.heading)
    owner = MENTION.search(text)
    text = re.sub(r"\s*`?@[\w.-]+`?\s*$", "", text)
    if is_placeholder(text):
        return None
    return Item(section.line, text, owner[1] if owner else None, section=section, blocks=list(section.blocks))


def is_story(section: Section) -> bool:
    """Whether “Remediation” tells what was done in the incident (“access was restricted”), not what is to be done."""
    told = [block.text for block in section.blocks if block.kind == "item" and block.box is None]
    past = [text for text in told if re.search(r"\b(?:was|were|has been|have been)\b|^\W*(?:we )?\w+ed\b", text, re.I)]
    return (
        bool(re.match(r"\W*remediation\W*$", section.heading, re.I)) and len(told) > 1 and len(past) * 3 > len(told) * 2
    )


def lists_anything(sections: list[Section]) -> bool:
    """Whether any section of actions holds a list or a table."""
    return any(
        block.kind in ("item", "cells")
        for s in sections
        if s.kind == "action_items" and not HEADING_NUMBER.match(s.heading)
        for block in s.blocks
    )
