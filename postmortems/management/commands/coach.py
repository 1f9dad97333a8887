"""What the language coach would ask about in a text: every finding, for scripts and for the curious."""

import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from postmortems.coach import FIELDS, find


class Command(BaseCommand):
    help = (
        "Print what the language coach asks about in files of text or Markdown. Paragraphs between blank lines are "
        "read independently. With --json each line is one object: rule, family, weight (coach, asks or info), start "
        "and end (characters of the file), text, question. The exit code is 0 whatever was found: the coach never "
        "blocks."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="+", metavar="FILE", help="a file in UTF-8; - reads standard input")
        parser.add_argument("--field", choices=FIELDS, default="other", help="the section the text stands in")
        parser.add_argument("--json", action="store_true", help="one JSON object per line")

    def handle(self, *, paths, field, json, **options):
        for path in paths:
            text = read(path)
            for finding in find(text, field):
                self.stdout.write(as_json(finding) if json else as_lines(finding, path, text))


def read(path):
    """The text of a file with its line ends as they are, so that offsets fit; CommandError says what is wrong."""
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise CommandError(f"“{path}” cannot be read: {error.strerror}.") from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CommandError(f"“{path}” is not UTF-8: byte {error.start + 1} does not fit.") from error


def as_json(finding):
    return json.dumps(finding.as_dict())


def as_lines(finding, path, text):
    line = text.count("\n", 0, finding.start) + 1
    column = finding.start - text.rfind("\n", 0, finding.start)
    said = " ".join(finding.text.split())
    return f"{path}:{line}:{column}  {finding.rule.id} {finding.weight}  “{said}”\n    {finding.rule.question}"
