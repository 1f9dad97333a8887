"""The language coach: finds words that judge people, and asks. No Django, no network, no chance; data per language."""

from .findings import FIELDS, Finding, find

__all__ = ["FIELDS", "Finding", "find"]
