"""How uploaded files come in: onto the disk of DATA_DIR, never more than the address takes, and never a 500.

A view says how much it takes with `@takes_files("NAME_OF_THE_SETTING")`, in megabytes. What is more is read past and
dropped; the other fields of the form arrive, so that nothing typed is lost, and `request.upload_fault` says what
happened.
"""

import contextlib
import logging
from pathlib import Path

from django.conf import settings
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler

FULL, TOO_LARGE = "full", "too large"
log = logging.getLogger(__name__)


def takes_files(setting):
    """Mark a view: the setting of this name says how many megabytes it takes, all files of a request together."""

    def mark(view):
        view.largest_upload = setting
        return view

    return mark


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """For settings.FILE_UPLOAD_HANDLERS. A view that is not marked takes UPLOAD_SIZE."""

    def __init__(self, request=None):
        super().__init__(request)
        self.received = 0

    def new_file(self, *args, **options):
        try:
            Path(settings.FILE_UPLOAD_TEMP_DIR).mkdir(mode=0o700, parents=True, exist_ok=True)
            super().new_file(*args, **options)
        except OSError as fault:
            self._skip(FULL, fault)

    def receive_data_chunk(self, raw_data, start):
        self.received += len(raw_data)
        if self.received > largest_of(self.request):
            self._skip(TOO_LARGE)
        try:
            return super().receive_data_chunk(raw_data, start)
        except OSError as fault:
            self._skip(FULL, fault)

    def file_complete(self, file_size):
        try:
            return super().file_complete(file_size)
        except OSError as fault:
            self._note(FULL, fault)
            return None

    def _skip(self, word, fault=None):
        self._note(word, fault)
        with contextlib.suppress(OSError, AttributeError):  # a full disk has no room for what is still in memory
            self.file.close()
        raise SkipFile

    def _note(self, word, fault):
        if fault:
            log.error("an upload could not be written: %s", fault)
        self.request.upload_fault = (word, self.file_name)


def largest_of(request) -> int:
    """Bytes that the address of this request takes, all files of it together."""
    match = getattr(request, "resolver_match", None)
    view = match.func if match else None
    setting = getattr(getattr(view, "cls", view), "largest_upload", "UPLOAD_SIZE")
    return getattr(settings, setting) * 1_000_000
