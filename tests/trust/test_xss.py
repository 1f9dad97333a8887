"""Stored and reflected XSS: vectors through every text field and door, read in a real browser under the site's CSP.

Nothing may run; and nothing may be stopped by the content security policy alone, which is there for the day on which
this test has a gap: so a single violation fails, too.
"""

import io
import itertools
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import models
from django.test import Client

from kb.digests.models import Subscription
from kb.lib.plain_text import validate_plain_text
from postmortems.importing.build import Parts, build
from postmortems.models import PART_MODELS, Countermeasure, Learning, Postmortem, Review, Service, Tag, Theme
from search import indexing
from tests.counts import soak
from tests.lib.xss import vectors
from tests.postmortems.builders import ANSWERS

pytestmark = pytest.mark.browser
COUNT = soak(quick=60, full=1000)
AT_ONCE = 30  # rows of each kind in one postmortem
REFLECTED = soak(quick=12, full=COUNT)
SENT = soak(quick=5, full=60)  # typed into forms and sent to the API
WATCH = """
    window.told = [];
    window.pwned = () => { window.told.push("executed at " + location.href); };
    for (const name of ["alert", "confirm", "prompt"]) window[name] = window.pwned;
    document.addEventListener("securitypolicyviolation", event =>
        window.told.push(`stopped by the CSP: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
"""
# What waits for a click or a key: it need not be pressed to be found. Of our own pages, only forms have actions.
ARMED = """() => [...document.querySelectorAll("*")].flatMap(element => [...element.attributes].map(a => [element, a]))
    .filter(([element, a]) => /^on/i.test(a.name) || a.name === "style" || a.name === "srcdoc"
        || (/^(href|src|action|formaction|data|xlink:href|poster|background)$/i.test(a.name)
            && /^\\s*(javascript|vbscript|data:text|data:image.svg|file)/i.test(a.value.replace(/[\\x00-\\x20]/g, ""))))
    .map(([element, a]) => `armed: <${element.localName} ${a.name}=${a.value.slice(0, 80)}>`)
    .concat([...document.querySelectorAll("script:not([src]), iframe, object, embed, base, meta[http-equiv]")]
        .map(element => `armed: ${element.outerHTML.slice(0, 120)}`))"""


def usable(vector):
    """Whether it may be stored at all; control characters are refused at every door."""
    try:
        validate_plain_text(vector)
    except ValidationError:
        return False
    return bool(vector.strip())


def spread(count):
    """`count` vectors from all over the list, and not only its beginning."""
    found = list(filter(usable, vectors(2500)))
    return [found[place * len(found) // count] for place in range(count)]


def text_fields(model):
    """{name: longest} of what people type into a model."""
    texts = (models.CharField, models.TextField)
    return {
        f.name: f.max_length or 100_000
        for f in model._meta.concrete_fields
        if isinstance(f, texts) and not f.choices and f.name in model.data_fields() and f.name not in NOT_PROSE
    }


# Their form is checked, so no vector comes in: see the test of addresses below.
NOT_PROSE = {"zone", "language", "source_url", "precision", "typed", "source_key"}
MILESTONES = ("began", "started", "detected", "declared", "engaged", "diagnosed", "mitigated", "recovered", "resolved")


def row(kind, vector, place):
    data = {name: vector[:most] for name, most in text_fields(PART_MODELS[kind]).items()}
    if kind == "milestone":
        return data | {"type": MILESTONES[place % len(MILESTONES)]}
    return data


def words(vector, place):
    """A service, tag and theme called like the vector."""
    return [
        m.objects.create(name=vector[:80], about=vector[:300], slug=f"{m.KIND}-{place}") for m in (Service, Tag, Theme)
    ]


def story(cast, number, chosen):
    """A postmortem with a row of every kind for each vector, in all its text fields, in the way imports take."""
    service, tag, theme = words(chosen[0], number)
    head = {name: chosen[0][:most] for name, most in text_fields(Postmortem).items()}
    head |= {"owner": cast.author, "services": [service], "tags": [tag], "status": "published", "depth": "deep"}
    rows = {kind: [row(kind, vector, place) for place, vector in enumerate(chosen)] for kind in PART_MODELS}
    rows["milestone"] = rows["milestone"][: len(MILESTONES)]
    for place, section in enumerate(rows["section"]):
        section["kind"] = "summary" if place == 0 else "other"
    for factor in rows["factor"]:
        factor["theme"] = theme
    for learning in rows["learning"]:
        learning |= {"services": [service], "tags": [tag]}
    return Parts(head=head, rows=rows)


@pytest.fixture
def poisoned(transactional_db, tmp_path):
    """A site whose every text is a vector."""
    from tests.cast import create_cast

    cast = create_cast()
    chosen = spread(COUNT)
    groups = [chosen[start : start + AT_ONCE] for start in range(0, len(chosen), AT_ONCE)]
    made = build([story(cast, n, group) for n, group in enumerate(groups)], cast.author, announce=False, check=False)
    for person, vector in zip(cast.everybody().values(), itertools.cycle(chosen)):
        person.name, person.also_known_as = vector[:120], vector[:300]
        person.save()
    for team, vector in ((cast.payments, chosen[3]), (cast.platform, chosen[-1])):
        team.name, team.about = vector[:80], vector[:300]
        team.save()
    subscription = Subscription.start(cast.author)
    for vector in chosen[:30]:
        subscription.follow(vector[:300], vector[:120])
    imported(cast, tmp_path, chosen[:SENT])
    indexing.rebuild()
    return cast, made, chosen


def imported(cast, folder, chosen):
    """The same through files, in the front matter and below it."""
    for place, vector in enumerate(chosen):
        quoted = "'" + vector.replace("'", "''").replace("\n", " ") + "'"
        keys = ("title", "summary", "service", "company", "product", "severity", "author", "link", "source", "url")
        matter = "\n".join(f"{key}: {quoted}" for key in keys)
        text = f"---\n{matter}\ntags: [{quoted}]\ncategories: [{quoted}]\n---\n\n# {vector}\n\n{vector}\n"
        (folder / f"file {place}.md").write_text(text)
    call_command("import_postmortems", str(folder), "--publish", "--as", cast.author.username, stdout=io.StringIO())


class Watched:
    """A browser page that collects what ran and what the policy stopped, on every page it is shown."""

    def __init__(self, chromium, base, user):
        self.base, self.client, self.faults, self.count = base, Client(), [], 0
        self.context = chromium.new_context(base_url=base)
        if user:
            self.client.force_login(user, settings.AUTHENTICATION_BACKENDS[0])
            cookie = self.client.cookies[settings.SESSION_COOKIE_NAME]
            self.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": base}])
        self.page = self.context.new_page()
        self.page.add_init_script(WATCH)
        self.page.on("dialog", lambda dialog: (self.faults.append(f"dialog {dialog.message}"), dialog.dismiss()))
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))

    def _listen(self, message):
        if "Content Security Policy" in message.text:
            self.faults.append(message.text[:300])

    def look(self, path):
        self.count += 1
        self.page.goto(path, wait_until="load")
        self.page.wait_for_timeout(30)
        found = self.page.evaluate("window.told") + self.page.evaluate(ARMED) + self.faults
        self.faults = []
        assert found == [], (path, found[:5])

    def look_at(self, response, path):
        """An answer to a form that was sent, shown by the browser as if it had sent it."""
        assert response.status_code < 500, path
        headers = {k: v for k, v in response.items() if k.lower() != "set-cookie"}
        shown = {"status": 200, "headers": headers, "body": response.content}
        self.page.route("**/shown-answer/", lambda route: route.fulfill(**shown))
        self.look("/shown-answer/")
        self.page.unroute("**/shown-answer/")


@pytest.fixture
def watch(chromium, live_server):
    pages = []

    def watch_as(user):
        pages.append(Watched(chromium, live_server.url, user))
        return pages[-1]

    yield watch_as
    for page in pages:
        page.context.close()


def every_page(cast, made):
    """Where what was stored is shown."""
    yield from ("/", "/postmortems/", "/learnings/", "/countermeasures/", "/services/", "/subscriptions/", "/digests/")
    yield from (
        "/profile/",
        "/trash/",
        "/search/?q=pwned",
        "/search/?q=script&kind=learning",
        "/admin/postmortems/tag/",
    )
    for postmortem in made[: soak(quick=1, full=100)]:
        address = postmortem.get_absolute_url()
        yield from (address, f"{address}?time=utc", f"{address}edit/", f"{address}edit/details/", f"{address}review/")
        yield from (f"{address}edit/key-times/", f"{address}withdraw/", f"{address}readers/", f"{address}delete/")
        for kind, model in PART_MODELS.items():
            one = model.objects.filter(postmortem=postmortem).order_by("?").first()
            yield from (
                f"{address}edit/{kind}/{one.uid}/",
                f"{address}edit/{kind}/{one.uid}/remove/",
                f"{address}edit/{kind}/add/",
            )
    for postmortem in made[1:]:
        yield postmortem.get_absolute_url()
    for postmortem in Postmortem.objects.filter(origin="imported").exclude(pk__in=[m.pk for m in made]):
        yield from (postmortem.get_absolute_url(), f"{postmortem.get_absolute_url()}edit/")
    for model in (Learning, Countermeasure, Service, Tag, Theme):
        yield from (row.get_absolute_url() for row in model.objects.order_by("pk")[: soak(quick=3, full=200)])
    yield from (f"/teams/{team.slug}/" for team in (cast.payments, cast.platform))
    yield from (f"/subscriptions/{one.uid}/preview/" for one in Subscription.objects.all())


def test_nothing_that_was_stored_runs_or_waits_to_run(poisoned, watch, figure):
    cast, made, chosen = poisoned
    cast.author.is_admin = True
    cast.author.save()
    Review.objects.create(
        postmortem=made[0], reviewer=cast.teammate, comment=chosen[0], answers=dict.fromkeys(ANSWERS, chosen[1])
    )
    page = watch(cast.author)
    for path in every_page(cast, made):
        page.look(path)
    assert shown_at_all(page, made[0]), "the reading page holds the vectors"
    figure(f"{COUNT} vectors in every text field, {page.count} pages: 0 executed, 0 stopped only by the CSP")


def shown_at_all(page, postmortem):
    page.page.goto(postmortem.get_absolute_url())
    return page.page.locator("main").inner_text().count("pwned()") > 20


def test_nothing_that_is_typed_comes_back_to_life(poisoned, watch):
    """Search, filters, completions and whatever else an address can carry; with and without being signed in."""
    cast, _, chosen = poisoned
    page, nobody = watch(cast.author), watch(None)
    for vector in chosen[:: max(1, COUNT // REFLECTED)]:
        page.look(f"/search/?{urlencode({'q': vector})}")
        facet = f'service:"{vector}" {vector}*'
        page.look(f"/search/?{urlencode({'q': facet, 'kind': vector, 'order': vector, 'page': vector})}")
    for vector in chosen[:: max(1, COUNT // SENT)]:
        filters = ("service", "team", "tag", "severity", "kind", "status", "after", "before", "order", "page", "owner")
        for path in ("/postmortems/", "/learnings/", "/countermeasures/"):
            page.look(f"{path}?{urlencode(dict.fromkeys(filters, vector))}")
        page.look(f"/subscriptions/explain/?{urlencode({'kind': 'query', 'value': vector})}")
        page.look(f"/api/v1/search/?{urlencode({'q': vector})}")
        page.look(f"/api/v1/postmortems/?{urlencode({'status': vector, vector: 'x'})}")
        page.look(f"/no/{quote(vector, safe='')[:800]}/")
        nobody.look(f"/accounts/login/?{urlencode({'next': vector, 'login': vector})}")


def test_nothing_runs_on_the_pages_that_refuse_or_compare(poisoned, watch):
    """A form with an error, a conflict and an old proof of origin show what was typed."""
    cast, made, chosen = poisoned
    page, address = watch(cast.author), made[0].get_absolute_url()
    section = made[0].section_set.first()
    entry = made[0].timelineentry_set.first()
    for vector in chosen[:: max(1, COUNT // SENT)]:
        sent = {
            "text": vector,
            "title": vector,
            "when": vector,
            "zone": vector,
            "version": vector,
            "kind": vector,
            "next": vector,
        }
        sent |= {
            "statement": vector,
            "claim": vector,
            "services": vector,
            "tags": vector,
            "owner": vector,
            "value": vector,
        }
        for path in (
            f"{address}edit/section/{section.uid}/", f"{address}edit/entry/{entry.uid}/", f"{address}edit/details/",
            f"{address}edit/learning/add/", f"{address}edit/countermeasure/add/", f"{address}edit/key-times/",
            f"{address}edit/factor/add/", f"{address}withdraw/", "/postmortems/new/", "/profile/", "/profile/tokens/",
            f"/subscriptions/{Subscription.objects.first().uid}/interests/", "/accounts/login/",
            "/accounts/password/reset/",
        ):  # fmt: skip
            page.look_at(page.client.post(path, sent), path)
            section.refresh_from_db()
        stale = {"version": section.version - 1 or 1, "text": vector, "title": vector}
        section.change(cast.author, section.version, text=f"{vector} theirs")
        page.look_at(page.client.post(f"{address}edit/section/{section.uid}/", stale), "a conflict")


ADDRESSES = [
    "javascript:pwned()", "data:text/html,<script>pwned()</script>", " javascript:pwned()", "java\tscript:pwned()",
    "vbscript:pwned()", '//example.org" onclick="pwned()',
]  # fmt: skip


def test_a_link_leads_to_the_web_or_nowhere(poisoned, watch):
    """Even if such an address got into the database past every door."""
    cast, made, _ = poisoned
    page, found = watch(cast.author), made[0]
    measure = found.countermeasure_set.first()
    for place, address in enumerate(ADDRESSES):
        Postmortem.objects.filter(pk=found.pk).update(
            source_url=address, origin="imported", version=found.version + place + 1
        )
        found.timelineentry_set.update(evidence=address)
        found.countermeasure_set.update(ticket=address)
        for path in (found.get_absolute_url(), measure.get_absolute_url()):
            page.look(path)
    page.look(f"{found.get_absolute_url()}edit/")
