"""Bring in the postmortems an organization already has: Markdown files, with or without front matter."""

import json
import sys
import time
from collections import Counter
from dataclasses import asdict

from django.core.management.base import BaseCommand, CommandError

from kb.accounts.models import User
from postmortems.importing.files import find
from postmortems.importing.owner import system_owner
from postmortems.importing.reports.telling import parts_as_lines, parts_of
from postmortems.importing.run import Import


class Command(BaseCommand):
    help = (
        "Import Markdown files, or all of a folder. Importing again updates what changed, as long as nobody "
        "edited it here. Nothing is announced in digests or mail. One line per file."
    )

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a Markdown file or a folder of them")
        parser.add_argument("--as", dest="user", metavar="USER", help="whose they are (default: nobody's)")
        parser.add_argument("--publish", action="store_true", help="publish each at its own date, not as a draft")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")
        parser.add_argument("--json", action="store_true", help="one JSON object per line")
        parser.add_argument(
            "--parts", action="store_true", help="with --dry-run: what was recognized in each file, line by line"
        )

    def handle(self, *, paths, user, publish, dry_run, json, parts=False, **options):
        if parts:
            return self._print_parts(paths, dry_run, json)
        by = self._owner(user, dry_run)
        found = list(find(paths))
        progress = Progress(len(found), self.stderr)
        counts = Counter()
        for outcome in Import(by, publish=publish, dry_run=dry_run).take_in(found):
            self.stdout.write(_as_json(outcome) if json else _as_line(outcome))
            counts[outcome.outcome] += 1
            progress.show(sum(counts.values()))
        progress.end(counts, dry_run)

    def _print_parts(self, paths, dry_run, json):
        """What is recognized, without the database; a file that cannot be read is said and the rest goes on."""
        if not dry_run:
            raise CommandError("--parts only shows what is recognized; add --dry-run. Nothing was imported.")
        for item in find(paths):
            told = parts_of(item)
            self.stdout.write(_dumped(told) if json else "\n".join(parts_as_lines(told)))

    def _owner(self, username, dry_run):
        if not username:
            return None if dry_run else system_owner()
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"There is nobody with the username “{username}”; nothing was imported.")
        if not user.writes:
            raise CommandError(f"{user} only reads; give the role member first. Nothing was imported.")
        return user


class Progress:
    """On the error stream: a counter on a terminal, else a line every few seconds; at the end the sums."""

    def __init__(self, total, stream):
        self.total, self.stream = total, stream
        self.began = self.told = time.monotonic()
        self.on_terminal = stream.isatty()

    def show(self, done):
        now = time.monotonic()
        if now - self.told >= (0.1 if self.on_terminal else 5):
            self.told = now
            text = f"{done:,} of {self.total:,} files"
            self.stream.write(f"\r{text}" if self.on_terminal else text, ending="" if self.on_terminal else "\n")

    def end(self, counts, dry_run):
        seconds = time.monotonic() - self.began
        said = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(counts.items())) or "no Markdown files"
        dry = " Nothing was written (--dry-run)." if dry_run else ""
        lead = "\r" if self.on_terminal else ""
        self.stream.write(f"{lead}{self.total:,} files in {seconds:.1f} s: {said}.{dry}")


def _as_json(outcome):
    return _dumped(asdict(outcome))


def _dumped(value):
    return json.dumps(value)


def _as_line(outcome):
    text = f"{outcome.outcome:9}  {outcome.reference or '—':8}  {outcome.path}"
    text += f"  ({outcome.reason})" if outcome.reason else ""
    return text.encode(sys.stdout.encoding or "utf-8", "backslashreplace").decode(sys.stdout.encoding or "utf-8")
