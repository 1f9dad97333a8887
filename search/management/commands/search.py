import csv
import html
import json
import sys

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils.html import strip_tags

from search import fallback
from search.document import KINDS
from search.engines import engine
from search.engines.base import Broken
from search.lookup import any_reader, ask_for, shown
from search.passages import Marker
from search.query import parse


class Command(BaseCommand):
    help = "Search from the command line; without --as, what every reader sees."

    def add_arguments(self, parser):
        parser.add_argument("text", nargs="*", help="what to search for, as in the search box")
        parser.add_argument("--as", dest="reader", metavar="USER", help="search with this person's eyes")
        parser.add_argument("--kind", choices=KINDS, default=KINDS[0])
        parser.add_argument("--limit", type=int, default=10)
        parser.add_argument("--json", action="store_true", help="one JSON object")
        parser.add_argument("--batch", metavar="FILE", help="TSV with a header line: id, query; - is stdin")

    def handle(self, *args, text, reader, kind, limit, batch, **options):
        user = self._user(reader) if reader else any_reader()
        if not 1 <= limit <= 10_000:
            raise CommandError("--limit is a number from 1 to 10000.")
        if batch:
            for row in self._rows(batch):
                found = self._search(user, row["query"] or "", kind, limit)
                self.stdout.write(json.dumps({"id": row["id"], "hits": list(map(_brief, found.hits))}))
            return
        found = self._search(user, " ".join(text), kind, limit)
        sheets = shown(user, found.hits)
        if options["json"]:
            hits = [_brief(h) | {"title": sheets[h.key].title} for h in found.hits if h.key in sheets]
            self.stdout.write(json.dumps({"total": found.total, "notes": found.query.notes, "hits": hits}))
        else:
            self._print(found, sheets)

    def _user(self, name):
        user = get_user_model().objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is nobody called {name}.")
        return user

    def _rows(self, path):
        try:
            with sys.stdin if path == "-" else open(path, encoding="utf-8", newline="") as file:
                rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
                if not {"id", "query"} <= set(rows.fieldnames or ()):
                    raise CommandError(f"{path} needs a header line with the columns id and query.")
                yield from rows
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path} cannot be read: {error}.") from error

    def _search(self, user, text, kind, limit):
        query = parse(text or "")
        try:
            found = engine().search(ask_for(user, query, kind, limit=limit))
        except Broken as error:
            self.stderr.write(f"There is no usable index ({error}); looking through the database.")
            return fallback.search(user, query, kind, 0, limit, ())
        return found

    def _print(self, found, sheets):
        marker = Marker(found.query)
        for note in found.query.notes:
            self.stdout.write(f"Note: {note}")
        for hit in found.hits:
            if sheet := sheets.get(hit.key):
                self.stdout.write(f"{hit.reference}  {sheet.title}  ({hit.score:.2f})")
                for passage in marker.passages(sheet, most=1):
                    self.stdout.write(f"    {passage.label}: {html.unescape(strip_tags(passage.html))}")
        self.stdout.write(f"{found.total} found.")


def _brief(hit):
    return {"reference": hit.reference, "source": hit.source, "score": hit.score}
