"""Write postmortems as Markdown files that people, git and `import_postmortems` can read."""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from kb.accounts.models import User
from kb.events.record import record
from postmortems.exporting.folder import export_to, exported_for


class Command(BaseCommand):
    help = (
        "Write a Markdown file for each postmortem that everybody may read. A second run writes only what changed "
        "and removes what nobody may read any more. One line per file."
    )

    def add_arguments(self, parser):
        parser.add_argument("folder", metavar="DIR", help="where the files go; made if it is missing")
        whose = parser.add_mutually_exclusive_group()
        whose.add_argument("--as", dest="user", metavar="USER", help="what this person may read")
        whose.add_argument("--everything", action="store_true", help="drafts and restricted ones too, for a backup")
        parser.add_argument("--json", action="store_true", help="one JSON object per line")

    def handle(self, *, folder, user, everything, json, **options):
        reader = User.objects.filter(username=user, is_active=True).first() if user else None
        if user and reader is None:
            raise CommandError(f"There is nobody with the username “{user}”; nothing was exported.")
        with transaction.atomic():  # the audit trail says who took what along, before anything leaves
            whose = user or ("everything" if everything else "everybody")
            record("export.started", actor=reader, subject="export:folder", data={"whose": whose})
        counts = Counter()
        try:
            for written in export_to(Path(folder), exported_for(reader, everything=everything)):
                counts[written.outcome] += 1
                if json or written.outcome != "unchanged":
                    self.stdout.write(as_json(written) if json else f"{written.outcome:9}  {written.path}")
        except OSError as fault:
            raise CommandError(f"It cannot be written: {fault}. What was written before stays.") from fault
        said = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(counts.items())) or "nothing to export"
        self.stderr.write(f"{said}.")


def as_json(written):
    return json.dumps(asdict(written))
