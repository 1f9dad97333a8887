"""`manage.py seed_demo [--password PW]`: load the invented company; its people's passwords are printed once."""

from django.core.management.base import BaseCommand, CommandError

from kb.demo.seeding import CAST, NameTaken, is_here, seed


class Command(BaseCommand):
    help = "Load a dozen postmortems of an invented company, and the people who wrote them."

    def add_arguments(self, parser):
        parser.add_argument("--password", help="the same password for everybody (default: a random one each)")

    def handle(self, *, password, **options):
        if is_here():
            self.stdout.write("The demo is here already; nothing was changed. `manage.py remove_demo` removes it.")
            return
        try:
            passwords = seed(password)
        except NameTaken as taken:
            raise CommandError(str(taken)) from None
        self.stdout.write("Demo people; these passwords are not shown again:")
        for name in sorted(
            passwords, key=lambda name: (name not in CAST, CAST.index(name) if name in CAST else 0, name)
        ):
            self.stdout.write(f"  {name:<12} {passwords[name]}")
