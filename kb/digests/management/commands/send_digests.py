"""`manage.py send_digests`: what the beat's tick does each minute, by hand, telling each step in a line."""

from datetime import UTC, datetime

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kb.digests.closing import close_periods, compose_due
from kb.digests.delivering import deliver
from kb.digests.editions import read_editions


class Command(BaseCommand):
    help = "Close the digest periods that are over and send what waits. Nothing is ever sent twice by asking twice."

    def add_arguments(self, parser):
        parser.add_argument("--now", metavar="ISO", help="pretend it is this time, such as 2026-03-02T08:05+01:00")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be sent; write nothing")

    def handle(self, *, now, dry_run, **options):
        now = moment(now) if now else timezone.now()
        closings = compose_due(now) if dry_run else close_periods(now)
        found = self.tell(closings, "would be sent" if dry_run else "composed")
        if not dry_run:
            self.send()
        if not found:
            self.stdout.write(f"No subscription is due at {now:%Y-%m-%d %H:%M %Z}.")

    def tell(self, closings, verb):
        found, subjects = 0, {}
        for found, (subscription, _, digest) in enumerate(closings, 1):  # noqa: B007 - counted
            if digest and digest.fingerprint not in subjects:
                (edition,) = read_editions([digest], subscription.owner)
                subjects[digest.fingerprint] = edition.subject
            what = f"{verb}: {subjects[digest.fingerprint]}" if digest else "nothing new, nothing sent"
            self.stdout.write(f"{subscription.owner.username}: {what}")
        return found

    def send(self):
        for sending in deliver(seconds=3600):
            sending.refresh_from_db()
            how = "sent" if sending.sent_at else "parked" if sending.parked_at else "dropped"
            how = how if sending.sent_at or sending.parked_at or sending.dropped_at else "will be tried again"
            why = f" ({sending.error})" if sending.error else ""
            self.stdout.write(f"{sending.recipient.username}: {how}{why}")
            self.stdout.flush()


def moment(text):
    """An aware datetime of ISO 8601 text; UTC where it names no zone. Raises CommandError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"“{text}” is not a time such as 2026-03-02T08:05+01:00.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
