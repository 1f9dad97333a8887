"""Render stored Markdown again where an older renderer made its HTML."""

from django.core.management.base import BaseCommand

from kb.lib import markdown
from postmortems.rerendering import outdated, rendered_models, rerender


class Command(BaseCommand):
    help = (
        "Render again what an older renderer made, in batches. It may be stopped and started at any time; "
        "people can go on working."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--failed",
            action="store_true",
            help="also what is shown as typed because it could not be formatted",
        )

    def handle(self, *, failed, **options):
        total = sum(outdated(model, failed=failed).count() for model in rendered_models())
        done = 0
        for model in rendered_models():
            for count in rerender(model, failed=failed):
                done += count
                self.stderr.write(f"{done:,} of {total:,} rows")
        self.stdout.write(f"{done:,} rows rendered by renderer {markdown.RENDERER}.")
