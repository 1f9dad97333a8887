"""The id of the request that is being answered, for the log's lines and for error answers."""

import logging
from contextvars import ContextVar

current = ContextVar("request_id", default="-")


class RequestIdFilter(logging.Filter):
    """Puts `request_id` on each record of the log; “-” outside of a request."""

    def filter(self, record):
        record.request_id = current.get()
        return True
