"""Vectors for stored and reflected XSS: a file of them, and ways of wrapping that multiply them.

`vectors(count, code)` is for every test that tries text fields and doors; `faults(html)` says what in a piece
of HTML could run.
"""

import itertools
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

FILE = Path(__file__).with_name("xss_vectors.txt")
ESCAPES = {r"\n": "\n", r"\x02": "\x02", r"\x03": "\x03", r"\u0001": "\u0001"}
WRAPPERS: list[Callable[[str], str]] = [
    lambda v: v,
    lambda v: f"Before {v} after",
    lambda v: f"- item\n\n    {v}\n",
    lambda v: f"> quoted {v}",
    lambda v: f"| a | b |\n| --- | --- |\n| {v} | x |",
    lambda v: f"[{v}](https://example.org)",
    lambda v: f"**{v}**",
    lambda v: f"x[^n]\n\n[^n]: {v}",
    lambda v: f"<div>{v}",
    lambda v: f"<details><summary>{v}</summary>\n\n{v}\n\n</details>",
    lambda v: f"```\n{v}",
    lambda v: f"`{v}",
    lambda v: v.swapcase(),
    lambda v: v.replace("<", "\n<"),
    lambda v: v.replace("=", " = "),
    lambda v: v.replace(" ", "/", 1),
    lambda v: v + v,
]


def written(code: str = "pwned()") -> list[str]:
    """The vectors of the file, with the code they try to run."""
    lines = [line for line in FILE.read_text().splitlines() if line and not line.startswith("# One")]
    for escape, character in ESCAPES.items():
        lines = [line.replace(escape, character) for line in lines]
    return [line.replace("JS", code) for line in lines]


def vectors(count: int, code: str = "pwned()") -> Iterator[str]:
    """At least the written ones, then wrapped ones, `count` in all."""
    wrapped = (wrap(vector) for wrap in WRAPPERS for vector in written(code))
    return itertools.islice(wrapped, count)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag in FORBIDDEN_TAGS:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            address = "".join(c for c in (value or "") if c > " ").lower()
            if name.startswith(("on", "hx-", "data-", "x-", "_")) or name in {
                "style",
                "srcdoc",
                "formaction",
                "srcset",
            }:
                self.faults.append(f"{tag} {name}")
            if name in {"href", "src", "action", "poster", "xlink:href"} and not address.startswith(
                ("http://", "https://", "mailto:", "/", "#user-content-")
            ):
                self.faults.append(f"{tag} {name}={value}")
            if name in {"id", "name"} and not (value or "").startswith("user-content-"):
                self.faults.append(f"{tag} {name}={value}")

    handle_startendtag = handle_starttag


FORBIDDEN_TAGS = set(
    "script style svg math iframe object embed link meta base form input button select textarea video audio source"
    " template noscript frame frameset applet body html head title marquee xmp plaintext".split()
)


def faults(html: str) -> list[str]:
    """What in the HTML could run, load or fool; [] for safe HTML."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.faults
