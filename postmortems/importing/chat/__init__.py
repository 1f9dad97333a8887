"""Chats → messages → timeline entries: one file per format, one Message for all of them."""

from postmortems.importing.chat.message import Fault, Message
from postmortems.importing.chat.text import recognize

__all__ = ["Fault", "Message", "recognize"]
