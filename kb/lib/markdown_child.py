"""The child process that renders: lines of JSON in, lines of JSON out. Started by killable.py.

In:  [seconds, [[text, inline], …]]   one batch, and the processor time that each text may take
Out: {"html": …} or {"fault": …}      one line per text, as soon as it is done; first of all a line "ready"

It ends with its input, and so with its parent, however that ends; and by SIGPROF when a text used up its time.
"""

import json
import resource
import signal
import sys
import types
from pathlib import Path

MEMORY = 1 << 30


def main() -> None:
    """Answer batches until the input ends."""
    sys.modules["kb"] = site = types.ModuleType("kb")  # kb.lib alone, not what the site loads
    site.__path__ = [str(Path(__file__).resolve().parent.parent)]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (ValueError, OSError):
        pass  # a system without that limit; the clock still counts
    from kb.lib.markdown_engine import to_html

    _answer("ready")
    for line in sys.stdin:
        seconds, items = json.loads(line)
        for text, inline in items:
            signal.setitimer(signal.ITIMER_PROF, seconds)  # nobody handles it, so it ends even a long regex
            try:
                answer = {"html": to_html(text, inline)}
            except Exception as fault:  # whatever a text provokes, the next one is served
                answer = {"fault": type(fault).__name__}
            signal.setitimer(signal.ITIMER_PROF, 0)
            _answer(answer)


def _answer(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
