"""`address("service", "checkout")`: reverse(), remembered; a list names a hundred, most of them again and again."""

import functools

from django.urls import reverse


@functools.lru_cache(maxsize=4096)
def address(name: str, *args: str) -> str:
    """The path of the page called `name`; raises NoReverseMatch. Addresses do not change while a process lives."""
    return reverse(name, args=args)
