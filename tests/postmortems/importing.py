"""What tests of the import share: a run of the command, its JSON lines, and the real documents."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
needs_shared_data = pytest.mark.skipif(
    not SHARED.is_dir(), reason="needs ../shared/data beside the project, which is not part of it"
)
DOCUMENT = """---
title: Queue full
url: https://example.org/queue
start_time: 2026-02-01T10:00:00+01:00
end_time: 2026-02-01T11:30:00+01:00
categories: [queues]
keywords:
- back pressure
company: Acme
product: Mailer
severity: SEV-2
summary: The queue **filled**.
colour: blue
---

# Queue full

It was full.
"""


def import_(*paths, **options):
    """The JSON lines of a run, as dictionaries."""
    out, err = StringIO(), StringIO()
    call_command("import_postmortems", *map(str, paths), json=True, stdout=out, stderr=err, **options)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def write(folder, name="queue.md", text=DOCUMENT):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def stored_text(postmortem):
    """Everything of a postmortem that is text, as readers see it."""
    sections = postmortem.section_set.all()
    return "\n".join([postmortem.title, postmortem.source_url, *(s.text for s in sections)])
