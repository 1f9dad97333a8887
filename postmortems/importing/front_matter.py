"""Front matter: what stands above a Markdown document between lines of --- (YAML) or +++ (TOML)."""

import datetime
import re
import tomllib
from dataclasses import dataclass, field

import yaml

from postmortems.importing.files import Refused

OPENING = re.compile(r"\s*(---|\+\+\+)[ \t]*\n")
KEY = re.compile(r"(?P<quote>[\"']?)(?P<key>[^\s\"'#:{\[-][^\"':]*)(?P=quote)[ \t]*:(?:\s|\Z)")
MAX_LENGTH = 64_000


@dataclass
class FrontMatter:
    """Its values by key (lower case, _ for - and spaces), and its lines, so that none gets lost."""

    values: dict[str, object] = field(default_factory=dict)
    text: str = ""
    language: str = "yaml"
    taken: set[str] = field(default_factory=set)

    def take(self, *names: str) -> object:
        """The first value that is there, noted as used."""
        for name in names:
            if self.values.get(name) not in (None, "", [], {}):
                self.taken.add(name)
                return self.values[name]
        return None

    def give_back(self, *names: str) -> None:
        """What was taken could not be used in full: let its lines be kept."""
        self.taken -= set(names)

    def rest(self) -> str:
        """The lines of what nobody took and that says something; "" where nothing is left."""
        if self.language != "yaml":
            return "" if self.taken >= _said(self.values) else self.text
        kept, keep = [], True
        for line in self.text.split("\n"):
            if match := KEY.match(line):
                key = _plain(match["key"])
                keep = key not in self.taken and key in _said(self.values)
            if keep and line.strip():
                kept.append(line)
        return "\n".join(kept)


def split(text: str) -> tuple[FrontMatter, str]:
    """(front matter, body). Raises Refused where it has a beginning and cannot be read."""
    opening = OPENING.match(text)
    if not opening:
        return FrontMatter(), text
    fence = re.escape(opening[1])
    closing = re.compile(rf"^(?:{fence}|\.\.\.)[ \t]*$", re.MULTILINE).search(text, opening.end())
    if not closing:
        return FrontMatter(), text  # a rule, not front matter
    inner, body = text[opening.end() : closing.start()].rstrip("\n"), text[closing.end() :]
    if opening[1] == "---" and inner.strip() and not any(map(KEY.match, inner.split("\n"))):
        return FrontMatter(), text  # two rules with prose in between
    if len(inner) > MAX_LENGTH:
        raise Refused(f"Its front matter is longer than {MAX_LENGTH:,} characters.")
    language = "toml" if opening[1] == "+++" else "yaml"
    return FrontMatter(_values(inner, language), inner, language), body


def _values(text: str, language: str) -> dict[str, object]:
    try:
        values = tomllib.loads(text) if language == "toml" else _yaml(text)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        line = f" in line {mark.line + 2}" if mark else ""
        raise Refused(f"Its front matter is not valid YAML{line}: {fault.problem or fault.context}.") from None
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        said = str(fault).split("\n")[0][:200] or "nested too deeply"
        raise Refused(f"Its front matter is not valid {language.upper()}: {said}.") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise Refused("Its front matter is not a list of keys and values.")
    return {_plain(str(key)): value for key, value in values.items()}


def _yaml(text: str) -> object:
    """Safe YAML; without aliases, since a few lines of them unfold to gigabytes."""
    loader = _NoAliases if re.search(r"[&*]\w", text) else getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, Loader=loader)  # noqa: S506 - both are safe loaders


class _NoAliases(yaml.SafeLoader):
    def compose_node(self, parent, index):
        if self.check_event(yaml.events.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.composer.ComposerError(None, None, "aliases (*name) are not taken", mark)
        return super().compose_node(parent, index)


def _plain(key: str) -> str:
    return re.sub(r"[\s-]+", "_", key.strip()).lower()


def _said(values: dict[str, object]) -> set[str]:
    return {key for key, value in values.items() if value not in (None, "", [], {})}


def words(value: object) -> list[str]:
    """A list of words from a list, or from a string with commas; [] for anything else."""
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        return []
    return [str(item).strip() for item in value if isinstance(item, (str, int, float)) and str(item).strip()]


def line(value: object) -> str:
    """A value as one line of text; "" for what is none."""
    if isinstance(value, (str, int, float, datetime.date)):
        return " ".join(str(value).split())
    return ""
