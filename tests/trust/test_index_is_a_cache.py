"""The index is a cache: whatever happens to its folder, pages, writing and search go on, and it heals itself."""

import random
import shutil
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.utils import timezone

from kb.events.drain import drain
from kb.events.models import Delivery
from postmortems.models import (
    ContributingFactor,
    Countermeasure,
    Learning,
    Named,
    NotPossible,
    Postmortem,
    Review,
    Tag,
    TimelineEntry,
)
from search import indexing
from tests.counts import soak
from tests.postmortems.builders import ANSWERS, draft
from tests.trust.clients import Person, tokens

pytestmark = pytest.mark.xdist_group("index is a cache")
CHANGES = soak(quick=60, full=1000)
NOTICE = "rebuilding its index"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A running site with a published postmortem, the cast, and the index caught up."""
    from tests.conftest import end
    from tests.sites import Site

    site = Site(tmp_path_factory.mktemp("cache") / "var").start()
    site.create_cast()
    site.run(
        "from kb.accounts.models import User; from tests.postmortems.builders import published\n"
        "a, f = [User.objects.get(username=n) for n in ('author', 'facilitator')]\n"
        "[published(a, f, title=f'Evergreen lock {n}') for n in range(5)]"
    )
    secrets = tokens(site, "author", "stranger")
    site.author, site.stranger = (Person(site, secrets[name]) for name in ("author", "stranger"))
    site.wait_until(lambda: len(site.stranger.finds("evergreen")) == 5, 60)
    yield site
    end(site)


def folder(site):
    return site.data_dir / "index"


def files(site):
    return sorted(path for path in folder(site).rglob("*") if path.is_file())


def delete(site):
    shutil.rmtree(folder(site))


def rewrite(site, change, suffix=""):
    """Put `change(content)` into every file of the index; the indexer may take old ones away meanwhile."""
    for path in files(site):
        with suppress(FileNotFoundError):
            if path.suffix == suffix or not suffix:
                path.write_bytes(change(path.read_bytes()))


def truncate(site):
    rewrite(site, lambda content: content[: len(content) // 3])


def truncate_tables(site):
    rewrite(site, lambda content: content[:7], suffix=".toc")


def add_a_stray_table(site):
    """As a crash of somebody else's tool could leave it: newer than the newest, and rubbish."""
    for path in {path.parent for path in files(site) if path.suffix == ".toc"}:
        for number in (998, 999):
            for name in {file.name.rpartition("_")[0] for file in path.glob("*.toc")}:
                (path / f"{name}_{number}.toc").write_bytes(b"no table of contents")


def flip_bits(site):
    dice = random.Random(7)

    def flip(content):
        flipped = bytearray(content)
        for _ in range(1 + len(content) // 50 if content else 0):
            flipped[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
        return bytes(flipped)

    rewrite(site, flip)


def empty_every_file(site):
    rewrite(site, lambda content: b"")


def put_a_file_in_its_place(site):
    shutil.rmtree(folder(site))
    folder(site).write_text("not a folder")


def point_outside(site):
    (folder(site) / "current").write_text("../../../../etc")


DAMAGES = [
    delete, truncate, truncate_tables, add_a_stray_table, flip_bits, empty_every_file, put_a_file_in_its_place,
    point_outside,
]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_pages_writing_and_search_go_on_and_the_index_heals_itself(site, damage):
    damage(site)
    status, found = site.stranger.call("GET", f"search/?{urlencode({'q': 'evergreen lock'})}")
    assert status == 200, found
    assert found["is_rebuilding"] or len(found["results"]) >= 5
    assert {"PM-1", "PM-5"} <= {hit["reference"] for hit in found["results"]}, "it answers from the database"
    word = f"after{damage.__name__.replace('_', '')}x"
    status, made = site.author.call("POST", "postmortems/", {"title": f"Written {word}"})
    assert status == 201
    assert site.author.call("GET", f"postmortems/{made['reference']}/")[0] == 200
    assert site.status("/readyz") == 200
    if damage is put_a_file_in_its_place:
        folder(site).unlink()  # whoever did that must undo it; the rest is not his work
    # The beat looks within a minute; a search that meets damage asks at once.
    site.wait_until(lambda: healed(site, word), 90)
    assert len(site.stranger.finds("evergreen")) == 5
    site.wait_until(lambda: "0 differences" in site.manage("check_index", check=False).stdout, 60)


def healed(site, word):
    status, found = site.author.call("GET", f"search/?{urlencode({'q': word})}")
    assert status == 200, found
    return not found["is_rebuilding"] and len(found["results"]) == 1


def test_without_an_index_the_page_says_so_and_answers_from_the_database(db, cast, sign_in):
    for number in range(3):
        draft(cast.author, f"Evergreen {number}")
    with suppress(FileNotFoundError):
        shutil.rmtree(index_folder())
    page = sign_in(cast.author).get("/search/?q=evergreen").content.decode()
    assert NOTICE in page
    assert page.count("Evergreen</mark>") + page.count(">Evergreen ") >= 3


def index_folder():
    from search.engines import engine

    return engine().folder


def refuse_to_write(monkeypatch, error):
    """As a read-only or a full disk would: no file of the index can be made or written. (Nothing binds root.)"""
    import builtins

    real = builtins.open

    def open_(path, mode="r", *arguments, **options):
        if str(path).startswith(str(index_folder())) and set(mode) & set("wax+"):
            raise OSError(error, "refused", str(path))
        return real(path, mode, *arguments, **options)

    monkeypatch.setattr(builtins, "open", open_)
    monkeypatch.setattr("io.open", open_)


@pytest.mark.parametrize("error", [30, 28, 13], ids=["read-only", "full", "forbidden"])
def test_a_folder_that_cannot_be_written_stops_nobody_and_is_caught_up_later(db, cast, sign_in, monkeypatch, error):
    before = draft(cast.author, "Evergreen before")
    indexing.rebuild()
    drain("index")
    client = sign_in(cast.author)
    with monkeypatch.context() as patch:
        refuse_to_write(patch, error)
        after = draft(cast.author, "Evergreen after")
        drain("index")
        assert Delivery.objects.filter(subject=f"postmortem:{after.uid}").exists(), "what is owed is not forgotten"
        page = client.get("/search/?q=evergreen")
        assert page.status_code == 200 and before.reference in page.content.decode()
        assert client.get(after.get_absolute_url()).status_code == 200
    Delivery.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    drain("index")
    page = client.get("/search/?q=evergreen").content.decode()
    assert before.reference in page and after.reference in page and NOTICE not in page
    call_command("check_index")


class Life:
    """Random things that happen to postmortems, each by the verb that people use."""

    def __init__(self, cast, dice):
        self.cast, self.dice = cast, dice

    def one(self):
        return Postmortem.objects.get(pk=self.dice.choice(list(Postmortem.objects.values_list("pk", flat=True))))

    def create(self):
        people = [self.cast.author, self.cast.stranger, self.cast.security]
        hidden = {"visibility": "restricted"} if self.dice.random() < 0.3 else {}
        draft(self.dice.choice(people), f"Story {self.dice.random()}", depth="note", **hidden)

    def edit_section(self):
        section = self.one().section_set.first()
        section.change(None, section.version, text=f"text {self.dice.random()}")

    def edit_head(self):
        found = self.one()
        tag = Tag.objects.named(f"tag {self.dice.randrange(5)}")
        found.change_details(None, found.details_version, title=f"Title {self.dice.random()}", tags=[tag])

    def add_row(self):
        model, fields = self.dice.choice([
            (Learning, {"claim": "a claim"}), (Countermeasure, {"statement": "a measure"}),
            (ContributingFactor, {"statement": "a factor"}), (TimelineEntry, {"text": "an entry"}),
        ])  # fmt: skip
        model.add(self.one(), None, **fields)

    def remove_row(self):
        rows = [*Learning.objects.all(), *Countermeasure.objects.all(), *TimelineEntry.objects.all()]
        if rows:
            row = self.dice.choice(rows)
            row.remove(None, row.version)

    def move_countermeasure(self):
        rows = list(Countermeasure.objects.filter(status="proposed"))
        if rows:
            self.dice.choice(rows).accept(None)

    def publish(self):
        found = self.one()
        if not found.learning_set.exists():
            Learning.add(found, None, claim="a claim")
        found.refresh_from_db()
        found.submit_for_review(None, [self.cast.facilitator])
        Review.objects.filter(postmortem=found).update(outcome="approved", answers=ANSWERS)
        found.publish(None)

    def withdraw(self):
        self.one().withdraw(None, "it was wrong")

    def reinstate(self):
        self.one().reinstate(None)

    def restrict(self):
        self.one().restrict(None)

    def open_up(self):
        self.one().open_up(None, "everybody may read it")

    def name(self):
        Named.name_reader(self.one(), None, user=self.cast.stranger)

    def trash(self):
        self.one().delete_to_trash(None)

    def restore(self):
        trashed = Postmortem.objects.exclude(trashed_at=None).first()
        if trashed:
            trashed.restore(None)

    def purge(self):
        trashed = Postmortem.objects.exclude(trashed_at=None).first()
        if trashed:
            trashed.purge(None)

    def drain(self):
        drain("index")


RARELY = {"purge", "trash"}


@pytest.mark.django_db
def test_after_random_changes_the_index_equals_the_database(cast, capsys, figure):
    dice = random.Random(11)
    life, happened = Life(cast, dice), 0
    verbs = [name for name in vars(Life) if not name.startswith("_") and name not in ("one",)]
    verbs = [name for name in verbs for _ in range(1 if name in RARELY else 3)]
    indexing.rebuild()
    for _ in range(8):
        life.create()
    while happened < CHANGES:
        with suppress(NotPossible):
            getattr(life, dice.choice(verbs))()
            happened += 1
    drain("index")
    assert not Delivery.objects.filter(consumer="index").exists()
    assert not indexing.differences()
    call_command("check_index")
    figure(f"{happened} random changes: {capsys.readouterr().out.strip()}")
    audiences_are_right(cast)


def audiences_are_right(cast):
    """Versions alone would not tell that a level was missed: everybody finds exactly what he may see."""
    from search.lookup import search_for

    for person in (cast.author, cast.stranger, cast.reader, cast.facilitator, cast.security):
        seen = set(Postmortem.objects.visible_to(person).values_list("uid", flat=True))
        found, page = set(), 1
        while hits := search_for(person, "title OR story", page=page).hits if page < 40 else ():
            fresh = {hit.id for hit in hits} - found
            if not fresh:
                break
            found |= fresh
            page += 1
        assert found == seen
