"""A real mail server that is slow, notes whatever reaches it, and refuses some mails the first time."""

import asyncio
import contextlib
from collections import Counter
from email import message_from_bytes

from aiosmtpd.controller import Controller

from tests.machine import free_port


class PostOffice:
    """`mails`: (address, Message-ID) in the order in which they came, repeated ones again; noted before the answer 250,
    which takes `seconds`. Addresses in `busy` are put off with 451 once."""

    def __init__(self, seconds=0.05, busy=()):
        self.seconds, self.busy, self.mails = seconds, set(busy), []
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.controller.port}"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.busy:
            self.busy.discard(address)
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(self.seconds / 2)
        found = message_from_bytes(envelope.content)
        self.mails.append((envelope.rcpt_tos[0], found["Message-ID"]))
        await asyncio.sleep(self.seconds / 2)
        return "250 taken"

    def times(self):
        """How often each address got its mail."""
        return Counter(address for address, _ in self.mails)

    def repeated(self):
        """Message-IDs that came more than once."""
        return {name for name, times in Counter(name for _, name in self.mails).items() if times > 1}


@contextlib.contextmanager
def post_office(**options):
    office = PostOffice(**options)
    office.controller.start()
    yield office
    office.controller.stop()
