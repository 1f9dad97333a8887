"""Versions in requests: which one was read (If-Match, or in the body), and the answer if it is not the last."""

import re

from kb.lib.problems import Refusal

ETAG = re.compile(r'(?:W/)?"([1-9]\d{0,9})"')  # W/: compression on the way makes tags weak


def etag(version):
    return f'"{version}"'


def given(request, names=("version",)):
    """(name, version) that the request says it read; `name` tells which counter is meant.

    `If-Match` speaks of the first of `names`. Refuses with 428 if there is none, with 400 if it is no version or the
    two places contradict each other.
    """
    body = request.data if isinstance(request.data, dict) else {}
    found = {name: _number(body[name], name) for name in names if name in body}
    header = request.headers.get("If-Match")
    if header is not None:
        match = ETAG.fullmatch(header.strip())
        if not match:
            raise Refusal("bad-request", f'If-Match must be one version in quotes, such as "3", not {header[:60]}.',
                          [("If-Match", "not a version")])  # fmt: skip
        number = int(match[1])
        if found.get(names[0], number) != number:
            raise Refusal(
                "bad-request", "If-Match and the body name different versions.", [(names[0], "contradiction")]
            )
        found[names[0]] = number
    if not found:
        raise Refusal(
            "version-missing",
            f'Read it, then send its version with the change: If-Match: "3", or "{names[-1]}": 3 in the body.',
            [(names[-1], "missing")],
        )
    return next(iter(found.items()))


def compare(name, version, current, show):
    """Return if `version` is `current`; else refuse: 400 for one that is not there yet, 412 with `show()`, the present
    representation, for an older one."""
    if version > current:
        raise Refusal("bad-request", f"There is no version {version} yet; the current one is {current}.",
                      [(name, f"the current version is {current}")])  # fmt: skip
    if version < current:
        raise outdated(current, show())


def outdated(version, current):
    return Refusal(
        "version-outdated",
        "It was changed after you read it; nothing was overwritten. `current` shows how it is now: "
        "bring your change into it and send that.",
        current_version=version, current=current,
    )  # fmt: skip


def _number(value, name):
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 10**10:
        raise Refusal("bad-request", f"`{name}` is a whole number from 1.", [(name, "not a version")])
    return value
