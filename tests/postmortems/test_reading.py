"""Reading a postmortem, a learning and a countermeasure; who may, and what each page shows."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from postmortems import fragments
from postmortems.models import Fragment, Learning, Postmortem, Review
from tests.postmortems.builders import ANSWERS, draft, published
from tests.postmortems.full import full, full_draft


@pytest.fixture
def paper(cast):
    return full(cast.author, cast.stranger)


def text_of(response):
    """What stands on the page, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def queries_of(client, url):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_a_reader_sees_takeaway_impact_and_learnings_first(cast, sign_in, paper):
    page = text_of(sign_in(cast.reader).get("/postmortems/PM-1/"))
    places = [page.index(words) for words in (
        "One lock held everything", "metric 0", "claim 0", "The summary in prose", "entry 0", "The narrative in prose",
        "factor 0", "good 0", "Reviewed by Sam Stranger",
    )]  # fmt: skip
    assert places == sorted(places)


def test_figures_stand_with_their_definition(cast, sign_in, paper):
    page = text_of(sign_in(cast.reader).get("/postmortems/PM-1/"))
    assert "Time to detect 4 min detected − started" in page
    assert "Time to recover 57 min recovered − started" in page
    assert "Time to engage" not in page


def test_factors_name_the_countermeasures_that_answer_them(cast, sign_in, paper):
    html = sign_in(cast.reader).get("/postmortems/PM-1/").content.decode()
    factor = paper.contributingfactor_set.first()
    measure = factor.countermeasures.get()
    part = html[html.index(f'id="{factor.anchor}"') :].split("</li>")[0]
    assert f'href="#{measure.anchor}"' in part and measure.reference in part


def test_every_section_and_row_has_a_stable_anchor(cast, sign_in, paper):
    html = sign_in(cast.reader).get("/postmortems/PM-1/").content.decode()
    parts = [
        *paper.section_set.all(), *paper.timelineentry_set.all(), *paper.contributingfactor_set.all(),
        *paper.learning_set.all(),
        *paper.observation_set.all(), *paper.countermeasure_set.all(), *paper.impactmeasure_set.all(),
    ]  # fmt: skip
    assert [part.anchor for part in parts if f'id="{part.anchor}"' not in html] == []
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'<a href="#([^"]+)">', html)) <= set(ids)


def test_the_times_are_told_in_incident_time_my_time_or_utc(cast, sign_in, paper):
    cast.reader.zone = "America/New_York"
    cast.reader.save()
    client = sign_in(cast.reader)
    pages = {
        clock: text_of(client.get(f"/postmortems/PM-1/?time={clock}"))
        for clock in ("incident", "mine", "utc", "nonsense")
    }
    assert "Monday 2 March 2026 · CET" in pages["incident"] and "11:00" in pages["incident"]
    assert "Monday 2 March 2026 · EST" in pages["mine"] and "05:00" in pages["mine"]
    assert "Monday 2 March 2026 · UTC" in pages["utc"] and "10:00" in pages["utc"]
    assert pages["nonsense"] == pages["incident"]


def test_an_empty_draft_is_a_page_too(cast, sign_in):
    draft(cast.author, "Nothing yet")
    page = text_of(sign_in(cast.author).get("/postmortems/PM-1/"))
    assert "Nothing yet" in page and "Draft" in page and "Timeline" not in page and "Contributing factors" not in page


def test_what_an_author_may_do_stands_on_his_page_alone(cast, sign_in, paper):
    edit = "/postmortems/PM-1/edit/"
    assert edit in sign_in(cast.author).get("/postmortems/PM-1/").content.decode()
    assert edit in sign_in(cast.teammate).get("/postmortems/PM-1/").content.decode()
    for person in (cast.reader, cast.stranger, cast.admin):
        assert edit not in sign_in(person).get("/postmortems/PM-1/").content.decode()


def test_a_stranger_gets_the_same_404_for_a_draft_as_for_nothing(cast, sign_in):
    full_draft(cast.author)
    client = sign_in(cast.stranger)
    for url in ("/postmortems/PM-1/", "/PM-1/", "/learnings/L-1/", "/L-1", "/countermeasures/CM-1/", "/CM-1/"):
        there, nowhere = client.get(url), client.get(url.replace("-1", "-999"))
        assert (there.status_code, text_of(there)) == (404, text_of(nowhere))


def test_nobody_reads_without_signing_in(sign_in, paper):
    assert sign_in(None).get("/postmortems/PM-1/").status_code == 302


def test_a_restricted_one_is_open_to_its_people_only(cast, sign_in, paper):
    paper.restrict(cast.author)
    codes = {name: sign_in(person).get("/postmortems/PM-1/").status_code for name, person in cast.everybody().items()}
    assert codes == {
        "author": 200, "stranger": 200, "security": 200,
        "teammate": 404, "reader": 404, "facilitator": 404, "admin": 404,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("short", "long"),
    [("/PM-1/", "/postmortems/PM-1/"), ("/L-2", "/learnings/L-2/"), ("/CM-1/", "/countermeasures/CM-1/")],
)
def test_short_addresses_lead_to_the_page(cast, sign_in, paper, short, long):
    assert sign_in(cast.reader).get(short).headers["Location"] == long


def test_reading_the_second_time_renders_nothing_and_costs_few_queries(cast, sign_in, paper, monkeypatch):
    client = sign_in(cast.reader)
    first = client.get("/postmortems/PM-1/").content
    monkeypatch.setattr(fragments, "make", lambda pk: pytest.fail("rendered again"))
    assert queries_of(client, "/postmortems/PM-1/") <= 5
    assert client.get("/postmortems/PM-1/").content.count(b"<article") == first.count(b"<article") == 1


def test_a_write_to_any_part_makes_a_new_fragment(cast, sign_in, paper):
    client = sign_in(cast.reader)
    client.get("/postmortems/PM-1/")
    learning = paper.learning_set.first()
    learning.change(cast.author, learning.version, claim="A better claim")
    assert "A better claim" in text_of(client.get("/postmortems/PM-1/"))
    assert Fragment.objects.get().version == Postmortem.objects.get().version


def test_a_database_that_takes_no_writes_keeps_nobody_from_reading(cast, sign_in, paper, monkeypatch):
    from django.db import OperationalError

    def refuse(*args, **options):
        raise OperationalError("attempt to write a readonly database")

    monkeypatch.setattr(Fragment.objects, "bulk_create", refuse)
    assert "claim 0" in text_of(sign_in(cast.reader).get("/postmortems/PM-1/"))


def test_the_number_of_queries_does_not_grow_with_the_postmortem(cast, sign_in):
    full(cast.author, cast.stranger, rows=1, title="Small")
    full(cast.author, cast.stranger, rows=5, title="Large")
    client = sign_in(cast.reader)
    client.get("/")
    first = [queries_of(client, f"/postmortems/{reference}/") for reference in ("PM-1", "PM-2")]
    again = [queries_of(client, f"/postmortems/{reference}/") for reference in ("PM-1", "PM-2")]
    assert first[0] == first[1] and again[0] == again[1] < first[0]


def test_hostile_text_is_shown_and_never_run(cast, sign_in):
    nasty = '<img src=x onerror="alert(1)">\u202e'
    full(cast.author, cast.stranger, title=nasty, rows=1)
    html = sign_in(cast.reader).get("/postmortems/PM-1/").content.decode()
    assert "<img" not in html and "\u202e" not in html and "&lt;img" in html


def test_pages_carry_no_inline_script_style_or_handler(cast, sign_in, paper):
    for url in (
        "/postmortems/PM-1/",
        "/learnings/L-1/",
        "/countermeasures/CM-1/",
        "/",
        "/postmortems/",
        "/services/checkout/",
    ):
        html = sign_in(cast.author).get(url).content.decode()
        assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", html), url


def test_a_learning_says_what_why_and_where_from(cast, sign_in, paper):
    page = text_of(sign_in(cast.reader).get("/learnings/L-1/"))
    for words in ("claim 0", "matters 0", "Checkout waited for a lock", "Checkout", "Retries", "claim 1"):
        assert words in page
    Learning.objects.get(number=2).remove(cast.author, 1)
    assert "Also learned there" not in text_of(sign_in(cast.reader).get("/learnings/L-1/"))


def test_a_countermeasure_shows_its_way_and_what_it_answers(cast, sign_in, paper):
    measure = paper.countermeasure_set.first()
    measure.accept(cast.author)
    html = sign_in(cast.reader).get("/CM-1/", follow=True).content.decode()
    assert re.search(r'aria-current="step"><span class="dot"></span>Accepted', html)
    for words in ("measure 0", "factor 0", "observation 0", "overdue"):
        assert words in html


def test_a_declined_countermeasure_says_why(cast, sign_in, paper):
    paper.countermeasure_set.first().decline(cast.author, "It only moves the cliff")
    assert "Declined: It only moves the cliff" in text_of(sign_in(cast.reader).get("/countermeasures/CM-1/"))


def test_a_withdrawn_one_is_kept_for_its_owner_with_the_reason(cast, sign_in, paper):
    paper.withdraw(cast.author, "It names a customer")
    assert "It names a customer" in text_of(sign_in(cast.author).get("/postmortems/PM-1/"))
    assert sign_in(cast.reader).get("/postmortems/PM-1/").status_code == 404


def test_home_gathers_what_waits_for_me(cast, sign_in, paper):
    draft(cast.author, "Half a draft")
    asked = full_draft(cast.author, title="Please read this").submit_for_review(cast.author, [cast.stranger])
    assert Review.objects.filter(postmortem=asked, outcome="").exists()
    mine, theirs = (text_of(sign_in(person).get("/")) for person in (cast.author, cast.stranger))
    assert "Half a draft" in mine and "measure 0" in mine and "claim 0" in mine
    assert "Please read this" in theirs and "Half a draft" not in theirs and "measure 0" not in theirs


def test_home_and_the_page_itself_say_what_came_of_a_review(cast, sign_in):
    client, asked = sign_in(cast.author), full_draft(cast.author).submit_for_review(cast.author, [cast.stranger])
    assert "In review edited" in " ".join(text_of(client.get("/")).split())
    Review.answer(asked, cast.stranger, outcome="approved", answers=ANSWERS)
    assert "In review approved edited" in " ".join(text_of(client.get("/")).split())
    page = client.get(asked.get_absolute_url()).content.decode()
    assert f"{asked.get_absolute_url()}publish/" in page and f"{asked.get_absolute_url()}review/" in page
    asked.request_changes(cast.stranger)
    Review.objects.update(outcome="changes_asked")
    assert "Draft changes asked edited" in " ".join(text_of(client.get("/")).split())
    assert f"{asked.get_absolute_url()}submit/" in client.get(asked.get_absolute_url()).content.decode()


def test_claims_stand_in_lists_without_their_marks(cast, sign_in):
    published(cast.author, cast.stranger)
    Learning.add(Postmortem.objects.get(), cast.author, claim="Put `units` & *ranges* into <names>")
    for path in ("/", "/learnings/", "/learnings/L-1/"):
        assert "Put units &amp; ranges into" in sign_in(cast.reader).get(path).content.decode(), path


def test_home_of_a_new_site_says_what_will_be_here(cast, sign_in):
    page = text_of(sign_in(cast.reader).get("/"))
    assert "Nothing learned yet" in page and "Nothing waits for you" in page


def test_home_costs_the_same_with_more(cast, sign_in):
    published(cast.author, cast.stranger)
    client = sign_in(cast.author)
    client.get("/")
    few = queries_of(client, "/")
    for number in range(3):
        published(cast.author, cast.stranger, title=f"More {number}")
        full_draft(cast.author, title=f"Draft {number}", rows=1)
    assert queries_of(client, "/") <= few + 1  # services of learnings, which the first had none of
