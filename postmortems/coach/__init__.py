"""The language coach: finds words that judge people, and asks. No Django, no network, no chance; data per language."""

from .findings import FIELDS, Finding, find, normal
from .language import FINDS
from .wording import Remark, check_wording, good_marks

__all__ = ["FIELDS", "FINDS", "Finding", "Remark", "check_wording", "find", "good_marks", "normal"]
