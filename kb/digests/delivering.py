"""Delivering: what is in the outbox leaves, one mail at a time, and how it went is written on its row.

Promise: nothing is missed, and a mail is repeated only if its sender was killed, or its connection was lost, after the
mail had left and before that was written; then at most once more each time, with the same Message-ID.
"""

import logging
import time
from dataclasses import dataclass, field
from datetime import timedelta

from django.core.mail import get_connection

from kb.digests.editions import read_editions, restricted_for, versions_of
from kb.digests.models import Sending
from kb.digests.rendering import own_words, render
from kb.lib.mail import is_permanent, list_headers, message, message_id

LEASE = timedelta(minutes=4)  # longer than the longest a mail may take: some ten waits of EMAIL_TIMEOUT seconds
LIST = "digest"
TRIES = 12  # about a day and a half, with LONGEST_WAIT between the last ones
LONGEST_WAIT = timedelta(hours=4)
AT_ONCE = 50
log = logging.getLogger(__name__)


def deliver(seconds=50):
    """Send what is waiting, for about `seconds`; yields each Sending that was dealt with, as it ended.

    Several may do this at once: each mail is claimed by a conditional UPDATE. When the mail server is out of reach the
    run ends; the next tick tries again.
    """
    stop_at = time.monotonic() + seconds
    with Outbox() as outbox:
        while batch := list(_next()):
            for sending in batch:
                if time.monotonic() > stop_at or outbox.is_closed:
                    return
                if sending.claim(LEASE):
                    outbox.deal_with(sending)
                    yield sending


def _next():
    rows = Sending.objects.claimable().select_related("digest", "recipient", "subscription")
    return rows.order_by("due_at", "pk")[:AT_ONCE]


@dataclass
class Outbox:
    """One connection kept open, and the digests rendered so far."""

    connection: object = field(default_factory=get_connection)
    rendered: dict = field(default_factory=dict)
    is_closed: bool = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def deal_with(self, sending):
        """Send one claimed mail, or write why not."""
        reason = undeliverable(sending)
        if reason:
            return sending.drop(reason)
        if not sending.recipient.email:
            return sending.park("There is no mail address; add one on the profile page.")
        mail = self.compose(sending)
        if mail is None:
            return sending.drop("Nothing of it can be read any more.")
        try:
            self._send(mail)
        except Exception as error:  # noqa: BLE001 - whatever a backend raises is written on the row and shown
            return self._refused(sending, error)
        return sending.mark_sent()

    def compose(self, sending):
        """The mail as its recipient may read it now; None when nothing is left."""
        rendered = self._rendered(sending)
        if rendered is None:
            return None
        own = own_words(sending.subscription, sending.recipient)
        headers = {**list_headers(LIST, own["leave"]), "Message-ID": message_id(LIST, sending.uid)}
        to = (own["name"], sending.recipient.email)
        return message(rendered.subject, rendered.text_for(own), rendered.html_for(own), to, headers=headers)

    def _rendered(self, sending):
        """Rendered once per digest, for as long as everything in it stands as it stood then."""
        digest = sending.digest
        restricted = tuple(restricted_for(sending.recipient, [digest]))
        key = (digest.pk, versions_of(digest), restricted)
        if key not in self.rendered:
            (edition,) = read_editions([digest], sending.recipient)
            self.rendered[key] = None if edition.is_empty else render(edition, digest.get_absolute_url())
        return self.rendered[key]

    def _send(self, mail):
        self.connection.open()
        self.connection.send_messages([mail])

    def _refused(self, sending, error):
        """Later or never; a connection that failed once is not used again."""
        text = f"{type(error).__name__}: {error}"
        log.warning("digest mail %s was not sent: %s", sending.uid, text)
        self._hang_up()
        if is_permanent(error) or sending.attempts + 1 >= TRIES:
            return sending.park(text)
        self.is_closed = not hasattr(error, "smtp_code") and not hasattr(error, "recipients")
        wait = min(timedelta(minutes=2**sending.attempts), LONGEST_WAIT)
        return sending.retry_in(wait, text)

    def _hang_up(self):
        try:
            self.connection.close()
        except Exception:  # noqa: BLE001 - it is broken already
            log.debug("closing the connection to the mail server failed", exc_info=True)
        self.connection = get_connection()


def undeliverable(sending):
    """Why a mail must not leave any more, or an empty string."""
    if not sending.recipient.is_active:
        return "The account is closed."
    if sending.subscription is None:
        return "The subscription was deleted."
    if sending.subscription.is_stopped:
        return "The subscription was stopped."
    return ""
