"""Slack's own markup → Markdown: `*bold*`, `_italic_`, `~gone~`, `<@U1>`, `<#C1|ops>`, `<https://a.b|text>`, `&lt;`.

The borders at which Slack sees a word as marked are those of its own messages: `mid*word*` is not. Code stays as it is.
"""

import re
from collections.abc import Callable

CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
# A mark with white space on both sides is a sign of arithmetic or of a list.
SIGN = r"(?:(?<=\S){mark}|{mark}(?!\s))"
PAIR = rf"(?<![{{mark}}\w@]){SIGN}(?!{{mark}})([^{{mark}}\n]+){SIGN}(?![{{mark}}\w])"
BOLD = re.compile(PAIR.format(mark=r"\*"))
ITALIC = re.compile(PAIR.format(mark="_"))
GONE = re.compile(PAIR.format(mark="~"))
ANGLE = re.compile(r"<([^<>\n]*)>")
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:[^\s|]+", re.IGNORECASE)


def to_markdown(text: str, person: Callable[[str], str], channel: Callable[[str], str]) -> str:
    """`person` and `channel` give the name of an id. About 20 µs for an ordinary message."""
    if not any(sign in text for sign in "*_~<&`"):
        return text
    parts = CODE.split(text)
    for place, part in enumerate(parts):
        parts[place] = _code(part) if place % 2 else _prose(part, person, channel)
    return "".join(parts)


def _code(part: str) -> str:
    """Code: only Slack's three entities and the brackets it puts around addresses are undone."""
    inner = ANGLE.sub(lambda match: match[1].split("|")[-1] if ADDRESS.match(match[1]) else match[0], part)
    inner = _unescaped(inner)
    if not part.startswith("```"):
        return inner
    body = inner[3:-3].strip("\n")
    return f"\n```\n{body}\n```\n"


def _prose(part: str, person, channel) -> str:
    kept: list[str] = []

    def keep(match: re.Match) -> str:
        kept.append(_angle(match[1], person, channel))
        return f"\ue000{len(kept) - 1}\ue001"

    text = ANGLE.sub(keep, part)
    # Italic before bold: the bold's two stars must not be seen as italics of its own.
    text = ITALIC.sub("\ue002\\1\ue002", text)
    text = BOLD.sub(r"**\1**", text)
    text = GONE.sub(r"~~\1~~", text).replace("\ue002", "*")
    text = _unescaped(text)
    return re.sub("\ue000(\\d+)\ue001", lambda match: kept[int(match[1])], text)


def _angle(inside: str, person, channel) -> str:
    """What stands in angle brackets: somebody, a channel, a command, an address with or without words of its own."""
    target, _, label = inside.partition("|")
    label = _unescaped(label)
    if target.startswith("@"):
        return f"@{label or person(target[1:])}"
    if target.startswith("#"):
        return f"#{label or channel(target[1:])}"
    if target.startswith("!"):
        return _command(target[1:], label)
    target = _unescaped(target)
    if not ADDRESS.fullmatch(target):
        return f"<{inside}>"
    if not label or target.removeprefix("mailto:") == label or re.sub(r"^\w+://|/$", "", target) == label.rstrip("/"):
        return target
    if target.startswith(("http://", "https://")):
        return f"[{label.replace('[', '(').replace(']', ')')}](<{target}>)"
    return f"{label} ({target})"


def _command(word: str, label: str) -> str:
    """`<!here>`, `<!subteam^S1|@ops>`, `<!date^1392734382^{date}|18 Feb 2014>`."""
    if label:
        return label
    name = word.split("^")[0]
    return f"@{name}"


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
