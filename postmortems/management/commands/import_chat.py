"""Print what a chat would become: its messages, in one shape for all programs. Nothing is written."""

import argparse
import json
import sys
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from kb.lib.instants import validate_zone
from postmortems.importing.chat.bundle import open_bundle
from postmortems.importing.chat.reading import FORMATS, Choice, Reading, read
from postmortems.importing.chat.suggestions import suggest
from postmortems.importing.files import Refused

SHAPE = """
With --json: one JSON object per line and message, in the order of time:
  key         stays the same when the same message is read again; unique
  at          ISO 8601, with the offset where the source or --zone tells it; null if unknown
  precision   second, minute or unknown
  typed       the time as it stands in the source
  author, author_key   the name that people see, and the id or name in the source ("" if unknown)
  channel     its name without #, "" if unknown
  thread      the key of the message that began the thread (its own for that one), or null
  kind        message, bot, join (who came and went) or topic (about the channel)
  text        Markdown from Slack and Mattermost, the plain words from IRC and pasted text
  link        an address back to the message, or null
  edited      true if the source says so
  files       [{"name", "url" or null}]
  file, line  where it stands: the file, and its line (text, CSV, JSON lines) or its number in the list (JSON), from 1
  suggested   only with --suggest: {"rule", "kind" of the timeline entry, "reason"}
Faults go to the error stream, one per line: FILE:NUMBER: reason. The exit code is 0 if anything could be read.
"""


class Command(BaseCommand):
    help = "Read a Slack export, IRC logs, a Mattermost export or pasted chat, and print the messages. Writes nothing."

    def create_parser(self, *arguments, **options):
        parser = super().create_parser(*arguments, **options)
        parser.epilog = SHAPE
        parser.formatter_class = type("Formatter", (argparse.RawDescriptionHelpFormatter, parser.formatter_class), {})
        return parser

    def add_arguments(self, parser):
        parser.add_argument("path", metavar="PATH", help="a file, a folder or a zip archive")
        parser.add_argument("--format", choices=(*FORMATS, "auto"), default="auto", help="default: auto")
        parser.add_argument("--json", action="store_true", help="one JSON object per message, see below")
        parser.add_argument("--channel", default="", help="only this channel")
        parser.add_argument("--since", metavar="TIME", help="only from here on: 2026-03-02 or 2026-03-02T14:00[+01:00]")
        parser.add_argument("--until", metavar="TIME", help="only before this")
        parser.add_argument("--zone", default="", help="of times that tell none, such as Europe/Berlin or +02:00")
        parser.add_argument("--day", type=date.fromisoformat, help="of clock times alone (default: of --since)")
        parser.add_argument(
            "--suggest", action="store_true", help="only what may matter in a timeline, with the reason"
        )
        parser.add_argument("--links", metavar="ADDRESS", default="", help="of your Slack workspace or Mattermost team")

    def handle(self, *, path, format, json, channel, since, until, zone, day, suggest, links, **options):
        choice = Choice(channel, _moment(since, "--since"), _moment(until, "--until"))
        day = day or (choice.since.date() if choice.since else None)
        try:
            if zone:
                validate_zone(zone)
            with open_bundle(path) as bundle:
                found = read(bundle, format, choice=choice, zone=zone, day=day, link_base=links)
        except Refused as fault:
            raise CommandError(f"{fault} Nothing was imported.") from None
        except ValidationError as fault:
            raise CommandError(fault.messages[0]) from None
        self._print(found, as_json=json, suggested=suggest)
        for fault in found.faults:
            self.stderr.write(str(fault))
        if not found.total:
            raise CommandError("Nothing could be read as a message.")

    def _print(self, found: Reading, *, as_json: bool, suggested: bool) -> None:
        reasons = suggest(found.messages) if suggested else {}
        messages = [message for message in found.messages if not suggested or message.key in reasons]
        if as_json:
            for message in messages:
                shape = message.as_json()
                if suggested:
                    reason = reasons[message.key]
                    shape["suggested"] = {"rule": reason.rule, "kind": reason.kind, "reason": reason.reason}
                self.stdout.write(json.dumps(shape))
            return
        for line in _summary(found):
            self.stdout.write(_printable(line))
        for message in messages if suggested else []:
            when = message.at.isoformat(" ", "minutes") if message.at else message.typed or "no time"
            words = " ".join(message.text.split())[:100]
            self.stdout.write(_printable(f"{when}  {message.author}: {words}  ({reasons[message.key].reason})"))


def _summary(found: Reading):
    """What was found, a line per subject."""
    times = [message.at for message in found.messages if message.at]
    span = f", {times[0].isoformat(' ', 'minutes')} to {times[-1].isoformat(' ', 'minutes')}" if times else ""
    yield f"{found.format}: {len(found.messages):,} of {found.total:,} messages{span}"
    yield "channels: " + ", ".join(f"{name or '(unnamed)'} {count:,}" for name, count in found.channels.most_common(20))
    yield "people: " + ", ".join(f"{name or '(unnamed)'} {count:,}" for name, count in found.people.most_common(20))
    if found.faults:
        yield f"faults: {len(found.faults):,}"


def _moment(text: str | None, option: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        raise CommandError(f"{option} {text} is no time; use 2026-03-02 or 2026-03-02T14:00.") from None


def _printable(text: str) -> str:
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
