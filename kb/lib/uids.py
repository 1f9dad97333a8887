"""Public random identity: every row has one, no primary key leaves the process."""

import secrets

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # 32 signs; no l, o, 0, 1: they are misread aloud
LENGTH = 12


def sent_uid(fields, name: str) -> str:
    """The uid that a form sends as `name`; "" for what cannot be one, so that no database is asked for it."""
    text = fields.get(name, "")
    return text if text.isascii() and text.isalnum() else ""


def new_uid() -> str:
    """12 lowercase base32-like characters (60 random bits), fit for URLs, anchors and file names."""
    bits = secrets.randbits(5 * LENGTH)
    return "".join(ALPHABET[bits >> 5 * place & 31] for place in range(LENGTH))
