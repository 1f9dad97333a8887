from django.core.management.base import BaseCommand, CommandError

from search import indexing
from search.engines import engine
from search.engines.base import Broken, Busy


class Command(BaseCommand):
    help = "Compare the search index with the database, and its files with what was written."

    def add_arguments(self, parser):
        parser.add_argument("--repair", action="store_true", help="put right what differs")

    def handle(self, *args, repair, **options):
        health = engine().health(thorough=True)
        if not health.ok:
            self.stdout.write(f"The index is damaged: {health.reason}.")
            if not repair:
                raise CommandError("Run check_index --repair or rebuild_index.", returncode=1)
            self._rebuild()
        found = self._differences()
        for verdict in ("missing", "outdated", "surplus"):
            for kind, uid in getattr(found, verdict):
                self.stdout.write(f"{verdict}\t{kind}\t{uid}")
        if found and repair:
            indexing.repair()
            found = self._differences()
        count = sum(map(len, (found.missing, found.outdated, found.surplus)))
        self.stdout.write(f"{count} differences between index and database.")
        if found:
            raise CommandError("The index is not up to date; run check_index --repair.", returncode=1)

    def _differences(self):
        try:
            return indexing.differences()
        except Broken as error:
            raise CommandError(f"The index cannot be read: {error}.", returncode=1) from error

    def _rebuild(self):
        try:
            indexing.rebuild()
        except (Busy, indexing.Unfit, OSError) as error:
            raise CommandError(f"The index was not rebuilt: {error}.", returncode=1) from error
