"""Many writers in one process: run inside a site by test_writers.py. Prints what was acknowledged as JSON."""

import json
import threading
import time
from collections import Counter

from django.db import connections

from kb.accounts.models import User
from kb.events.drain import drain
from postmortems.models import Postmortem, Section, TimelineEntry


def hammer(first, count, seconds):
    """Threads `first` … `first + count - 1`, each writing its own postmortem, and the shared PM-1, for `seconds`."""
    until, done, errors = time.monotonic() + seconds, Counter(), []
    threads = [threading.Thread(target=write, args=(n, until, done, errors)) for n in range(first, first + count)]
    for thread in threads:
        thread.start()
    while time.monotonic() < until:
        drain("index", seconds=1)  # the indexer reads and crosses off beside the writers
        time.sleep(0.1)
    for thread in threads:
        thread.join()
    print(json.dumps({"done": done, "errors": errors[:5]}))


def write(number, until, done, errors):
    try:
        author = User.objects.get(username="author")
        shared, own = Postmortem.objects.get(number=1), Postmortem.start(author, f"Writer {number}")
        section = Section.objects.filter(postmortem=own).first()
        while time.monotonic() < until:
            TimelineEntry.add(own, author, text=f"own {number}")
            done[f"own {number}"] += 1
            TimelineEntry.add(shared, author, text=f"shared {number}")
            done["shared"] += 1
            section.change(author, section.version, text=f"**{done[f'own {number}']}** {number}")
            done[f"saves {number}"] += 1
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the test is about
        errors.append(f"{type(error).__name__}: {error}")
    finally:
        connections.close_all()
