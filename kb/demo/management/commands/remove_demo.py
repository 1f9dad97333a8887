"""`manage.py remove_demo`: the invented company leaves; what real people wrote stays."""

from django.core.management.base import BaseCommand

from kb.demo.removing import remove
from kb.demo.seeding import is_here


class Command(BaseCommand):
    help = "Remove the demo's postmortems, people, teams, services, tags and themes."

    def handle(self, **options):
        if not is_here():
            self.stdout.write("There is no demo content here; nothing was changed.")
            return
        counts = remove()
        self.stdout.write("Removed " + ", ".join(f"{n} {word}" for word, n in counts.items()) + ".")
