"""Many people write at once: nobody is told that the database is locked, and nobody's edit is lost."""

import html
import json
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from postmortems.models import Postmortem, TimelineEntry
from tests.counts import soak
from tests.postmortems.builders import draft
from tests.sites import ROOT

SECONDS = soak(quick=5, full=60)
PROCESSES, THREADS = 4, 8  # 32 writers
EDITORS, EDITS = 64, 5
AT_ONCE = soak(quick=8, full=64)
SHARING = soak(quick=16, full=64)  # of the editors, who also write in the same section


def test_32_writers_never_hear_that_the_database_is_locked(make_site, figure):
    """With the settings of a real site (WAL, IMMEDIATE, FULL), in four processes as in life."""
    site = make_site()
    site.manage("migrate")
    site.create_cast()
    site.run("from kb.accounts.models import User; from postmortems.models import Postmortem\n"
             "Postmortem.start(User.objects.get(username='author'), 'Shared')")  # fmt: skip
    told = [json.loads(line) for line in hammered(site)]
    assert [error for one in told for error in one["errors"]] == []
    done = {key: sum(one["done"].get(key, 0) for one in told) for one in told for key in one["done"]}
    counted = json.loads(site.run(
        "import json; from postmortems.models import *; from collections import Counter\n"
        "saves = {f'saves {s.postmortem.title[7:]}': s.version - 1 for s in Section.objects.exclude(version=1)}\n"
        "texts = TimelineEntry.objects.values_list('text', flat=True)\n"
        "texts = Counter(text if text.startswith('own') else 'shared' for text in texts)\n"
        "print(json.dumps(saves | texts))"
    ))  # fmt: skip
    assert counted == {key: value for key, value in done.items() if value}
    total = sum(done.values())
    figure(f"32 writers, {SECONDS} s: {total} writes ({total / SECONDS:.0f} a second), 0 refused, 0 lost")
    assert total >= 32


def hammered(site):
    """The last line of each of the processes, which all write at the same time."""
    code = "from tests.trust.hammer import hammer; hammer({}, {}, {})"
    command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c"]
    running = [
        subprocess.Popen(
            [*command, code.format(number * THREADS, THREADS, SECONDS)],
            cwd=ROOT, env=site.environment, stdout=subprocess.PIPE, text=True,
        )
        for number in range(PROCESSES)
    ]  # fmt: skip
    for process in running:
        out, _ = process.communicate(timeout=SECONDS * 3 + 120)
        assert process.returncode == 0, out
        yield out.splitlines()[-1]


@pytest.fixture
def desk(transactional_db):
    """A postmortem, its first section, and a timeline entry for each editor."""
    from tests.cast import create_cast

    cast = create_cast()
    found = draft(cast.author, "Sixty-four at one desk")
    section = found.section_set.first().change(cast.author, 1, text="the first line")
    for number in range(EDITORS):
        TimelineEntry.add(found, cast.author, text=f"entry {number}")
    return cast, found, section


def field(page, pattern):
    return html.unescape(re.search(pattern, page, re.DOTALL)[1])


def version_of(page):
    return field(page, r'name="version" value="(\d+)"')


def text_of(page):
    return field(page, r'<textarea name="text"[^>]*>\n?(.*?)</textarea>').replace("\r\n", "\n")


class Editor:
    """One of the two who may write, in a browser without scripts: opens the form, types, saves, again if refused."""

    refused = 0
    counting = threading.Lock()

    def __init__(self, user, by_itself=False):
        self.client, self.by_itself = Client(), by_itself
        self.client.force_login(user, settings.AUTHENTICATION_BACKENDS[0])

    def add_line(self, address, line):
        """Append a line to a text; on a conflict, put it under what the other one wrote."""
        page = self.client.get(address).content.decode()
        for _ in range(500):
            text = f"{text_of(page)}\n{line}".strip()
            response = self.client.post(
                address, {"version": version_of(page), "text": text, "title": "", **self.more(page)}
            )
            if response.status_code == (204 if self.by_itself else 302):
                return
            assert response.status_code == 409, response.content.decode()[:2000]
            shown = html.unescape(response.content.decode())
            if self.by_itself:
                assert "saved another version" in shown
            else:
                assert line in shown and "the first line" in shown, "a conflict shows both versions"
            with Editor.counting:
                Editor.refused += 1
            page = self.client.get(address).content.decode()
        raise AssertionError(f"500 conflicts in a row for {line}")

    def more(self, page):
        """The fields that the form of an entry needs besides its text, and the word for what no button saves."""
        entry = {"kind": "observation", "source": "typed"} if 'name="source"' in page else {}
        return entry | ({"autosave": "1"} if self.by_itself else {})


@pytest.mark.parametrize(
    ("by_itself", "editors"), [(False, EDITORS), (True, soak(quick=16, full=EDITORS))], ids=["save", "autosave"]
)
def test_64_editors_of_one_postmortem_lose_nothing(desk, figure, by_itself, editors):
    """Each edits his own entry five times, and some of them all write in the same section at the same time."""
    cast, postmortem, section = desk
    Editor.refused, before = 0, Postmortem.objects.get(pk=postmortem.pk).version
    base = f"/postmortems/{postmortem.reference}/edit"
    uids = list(TimelineEntry.objects.order_by("position").values_list("uid", flat=True))
    people = [cast.author, cast.teammate]

    def edit(number):
        try:
            editor = Editor(people[number % 2], by_itself)
            for edit in range(EDITS):
                editor.add_line(f"{base}/entry/{uids[number]}/", f"own {number} {edit}.")
                if number < SHARING:
                    editor.add_line(f"{base}/section/{section.uid}/", f"line {number} {edit}.")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(edit, range(editors)))
    lines = postmortem.section_set.get(pk=section.pk).text.split("\n")
    wanted = [f"line {number} {edit}." for number in range(min(SHARING, editors)) for edit in range(EDITS)]
    assert sorted(lines) == sorted(["the first line", *wanted])
    for number, uid in enumerate(uids[:editors]):
        text = TimelineEntry.objects.get(uid=uid).text.replace("\r\n", "\n")
        assert text == "\n".join([f"entry {number}", *(f"own {number} {edit}." for edit in range(EDITS))])
    writes = EDITS * (editors + min(SHARING, editors))
    assert Postmortem.objects.get(pk=postmortem.pk).version == before + writes
    figure(f"{editors} editors: {writes} edits, 0 lost, {Editor.refused} refused with both versions and saved again")
    assert Editor.refused > 0


@pytest.mark.parametrize(("version", "status"), [("", 428), ("1", 409), ("99", 400), ("x", 400), ("-1", 400)])
def test_a_blind_overwrite_is_refused_with_both_versions_shown(desk, version, status):
    cast, postmortem, section = desk
    address = f"/postmortems/{postmortem.reference}/edit/section/{section.uid}/"
    response = Editor(cast.teammate).client.post(address, {"version": version, "text": "mine alone"})
    shown = response.content.decode()
    assert response.status_code == status
    assert "mine alone" in shown and "the first line" in shown
    assert postmortem.section_set.get(pk=section.pk).text == "the first line"
