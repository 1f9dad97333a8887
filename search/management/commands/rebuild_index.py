from django.core.management.base import BaseCommand, CommandError

from search import indexing
from search.engines.base import Busy


class Command(BaseCommand):
    help = "Write the search index anew beside the current one, verify it and swap. Search stays up."

    def handle(self, *args, **options):
        try:
            count = indexing.rebuild(self._progress)
        except (Busy, indexing.Unfit, OSError) as error:
            raise CommandError(f"The index was not rebuilt: {error}. The one before stays in use.") from error
        self.stdout.write(f"\r{count} documents indexed, verified and in use.")

    def _progress(self, done, total):
        ending = "\r" if self.stdout.isatty() else "\n"
        if self.stdout.isatty() or done == total or done % 1000 == 0:
            self.stdout.write(f"{done} of {total} postmortems", ending=ending)
            self.stdout.flush()
