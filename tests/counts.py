"""How often long tests repeat: a few times in `make test`, as often as promised in `make soak` (SOAK=1)."""

import os

SOAK = os.environ.get("SOAK") == "1"


def soak(quick, full):
    """`full` under SOAK=1, else `quick`."""
    return full if SOAK else quick
