"""What was acknowledged is there after kill -9, whole and searchable; and how soon what is published is found."""

import json
import random
import sqlite3
import threading
import time

import pytest

from tests.counts import soak
from tests.trust.clients import Person, tokens

WRITERS = ("author", "teammate", "facilitator", "security")
KILLS = soak(quick=3, full=50)
PUBLISHED = soak(quick=10, full=100)


class Writer(threading.Thread):
    """Adds entries to a postmortem of his own, saves its summary and creates whole postmortems until nobody answers.

    What was acknowledged: `entries` (words), `summary` (a word) and `whole` (title words). `asked` is what was sent
    last and not answered: it may be there or not, but not by half.
    """

    def __init__(self, person, name, round_):
        super().__init__(daemon=True)
        self.person, self.mark = person, f"{name[:2]}{round_:02}"
        self.entries, self.whole, self.summary, self.asked = [], [], "", ""
        self.began, self.stopped = threading.Event(), threading.Event()

    def run(self):
        status, made = self.person.call("POST", "postmortems/", {"title": f"story{self.mark}x", "depth": "standard"})
        if status != 201:
            return
        self.reference, self.uid = made["reference"], made["sections"][0]["uid"]
        number, version = 0, made["sections"][0]["version"]
        while not self.stopped.is_set():
            number += 1
            word = self.asked = f"w{self.mark}n{number}x"
            status, version = self._write(number, word, version)
            if status == 0:
                return
            if status in (200, 201):
                self._note(number, word)
            assert status in (200, 201, 429), status

    def _write(self, number, word, version):
        if number % 7 == 0:
            rows = [{"text": f"{word} row {n}", "at": "2026-03-02T10:00:00Z"} for n in range(3)]
            return self.person.call("POST", "postmortems/", {"title": f"whole {word}", "timeline": rows})[0], version
        if number % 3 == 0:
            address = f"postmortems/{self.reference}/sections/{self.uid}/"
            status, body = self.person.call("PATCH", address, {"text": f"summary **{word}**"}, version)
            return status, body["version"] if status == 200 else version
        entry = {"text": f"entry {word}", "at": "2026-03-02T10:00:00Z"}
        return self.person.call("POST", f"postmortems/{self.reference}/timeline/", entry)[0], version

    def _note(self, number, word):
        self.began.set()
        self.asked = ""
        if number % 7 == 0:
            self.whole.append(word)
        elif number % 3 == 0:
            self.summary = word
        else:
            self.entries.append(word)

    def acknowledged(self):
        return [*self.entries, *self.whole, *filter(None, [self.summary])]


def rows(site, question, *values):
    """Straight from the database file, past all of our code."""
    with sqlite3.connect(f"file:{site.data_dir}/andon.sqlite3?mode=ro", uri=True) as connection:
        return connection.execute(question, values).fetchall()


def check_whole(site, writer):
    """Nothing acknowledged is missing, and nothing is there by half."""
    ((pk, version),) = rows(
        site, "select id, version from postmortems_postmortem where number = ?", int(writer.reference[3:])
    )
    texts = [text for (text,) in rows(site, "select text from postmortems_timelineentry where postmortem_id = ?", pk)]
    lost = [word for word in writer.entries if f"entry {word}" not in texts]
    assert lost == [] and len(texts) - len(writer.entries) <= 1, (lost, len(texts), len(writer.entries))
    ((text, html, saves),) = rows(
        site, "select text, text_html, version from postmortems_section where uid = ?", writer.uid
    )
    assert writer.summary in text or writer.asked in text
    if writer.asked and writer.asked in text:
        writer.summary = writer.asked  # written, though its answer never came: the one before is overwritten
    assert text.removeprefix("summary ").strip("*") in html
    assert version == 1 + len(texts) + saves - 1, "a write without its version, or a version without its write"
    assert max(rows(site, "select version from postmortems_change where postmortem_id = ?", pk)) == (version,)
    (added,) = rows(site, "select count(*) from postmortems_change where postmortem_id = ? and part_kind = 'entry'", pk)
    assert added == (len(texts),)
    check_created(site, writer)


def check_created(site, writer):
    made = rows(
        site,
        "select p.title, count(distinct e.id), count(distinct s.id) from postmortems_postmortem p"
        " left join postmortems_timelineentry e on e.postmortem_id = p.id"
        " left join postmortems_section s on s.postmortem_id = p.id where p.title like ? group by p.id",
        f"whole w{writer.mark}%",
    )
    assert all(counts == (3, 5) for _, *counts in made for counts in [tuple(counts)]), made
    assert {f"whole {word}" for word in writer.whole} <= {title for title, *_ in made}


def test_what_was_acknowledged_survives_kill_9_of_everything_and_is_found(make_site, figure):
    site = make_site().start()
    site.create_cast()
    people = {name: Person(site, secret) for name, secret in tokens(site, *WRITERS).items()}
    words, slowest = {name: [] for name in WRITERS}, 0.0
    for kill in range(KILLS):
        writers = {name: Writer(person, name, kill) for name, person in people.items()}
        for writer in writers.values():
            writer.start()
        assert all(writer.began.wait(60) for writer in writers.values())  # however busy the machine is
        time.sleep(random.uniform(1, 2.5))
        site.kill()
        for writer in writers.values():
            writer.join(60)
        began = time.monotonic()
        site.launch()
        site.wait_until(lambda: site.status("/readyz") == 200, 180)
        for name, writer in writers.items():
            check_whole(site, writer)
            words[name] += writer.acknowledged()
            slowest = max(slowest, found_after(site, people[name], writer, began))
    count = sum(map(len, words.values()))
    found = f"all found ≤ {slowest:.1f} s after the start"
    figure(f"{KILLS} kills of the whole site, {count} acknowledged writes: 0 lost; {found}")
    assert count > KILLS * len(WRITERS)
    everything_is_found(site, words)
    assert slowest <= soak(quick=30, full=15)  # the promise is 15 s; a machine busy with other tests gets twice as long


def found_after(site, person, writer, began):
    """Seconds from the start until the last words acknowledged before the kill are found."""
    wanted = [word for word in (writer.entries[-1:] + writer.whole[-1:] + [writer.summary]) if word]
    while not all(person.finds(word) for word in wanted):
        owed = rows(site, "select consumer, subject, attempts, error, since from events_delivery")
        said = [person.call("GET", f"search/?q={word}") for word in wanted]
        told = f"not found a minute after the start: {wanted}; answers: {said}; owed: {owed}\n{site.output()}"
        assert time.monotonic() - began < 60, told
        time.sleep(0.3)
    return time.monotonic() - began


def everything_is_found(site, words):
    """Every acknowledged word by the search command (older summaries were overwritten), and not a row too many."""
    site.wait_until(lambda: not rows(site, "select 1 from events_delivery"), 30)
    for name, own in words.items():
        asked = "id\tquery\n" + "".join(f"{word}\t{word}\n" for word in own)
        lines = site.manage("search", "--batch", "-", "--as", name, stdin=asked).stdout.splitlines()
        answers = {line["id"]: line["hits"] for line in map(json.loads, lines)}
        assert [word for word in own if not answers[word]] == []
    assert "0 differences" in site.manage("check_index").stdout


@pytest.fixture
def ready_notes(make_site):
    """A running site with PUBLISHED reviewed postmortems that wait for their publication."""
    site = make_site().start()
    site.create_cast()
    site.run(
        "from kb.accounts.models import User; from tests.postmortems.builders import ANSWERS, in_review\n"
        "from postmortems.models import Review\n"
        "a, f = [User.objects.get(username=n) for n in ('author', 'facilitator')]\n"
        f"for n in range({PUBLISHED}):\n"
        "    p = in_review(a, f, title=f'fresh{n}x'); Review.answer(p, f, outcome='approved', answers=ANSWERS)\n"
    )
    site.wait_until(lambda: not rows(site, "select 1 from events_delivery"), 60)
    return site


def test_what_is_published_is_found_within_three_seconds(ready_notes, figure):
    site = ready_notes
    secrets = tokens(site, "author", "stranger")
    author, stranger = (Person(site, secrets[name]) for name in ("author", "stranger"))
    seconds = []
    for number in range(PUBLISHED):
        assert stranger.finds(f"fresh{number}x") == []
        version = author.call("GET", f"postmortems/PM-{number + 1}/")[1]["version"]
        status, body = author.call("POST", f"postmortems/PM-{number + 1}/publish/", {}, version)
        assert status == 200, body
        began = time.monotonic()
        while not stranger.finds(f"fresh{number}x"):
            assert time.monotonic() - began < 20
            time.sleep(0.1)
        seconds.append(time.monotonic() - began)
    seconds.sort()
    middle, late = seconds[len(seconds) // 2], seconds[int(len(seconds) * 0.95) - 1]
    figure(f"published → found by a stranger, {PUBLISHED} times: p50 {middle:.2f} s, p95 {late:.2f} s")
    assert late <= 3
