"""The promise that matters most: nothing an outsider can fetch tells that a secret exists.

Everything is fetched twice, without and with a secret postmortem in the world, and compared byte by byte.
"""

import difflib
import io
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.cache import caches
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from kb.digests.closing import close_periods
from kb.digests.delivering import deliver
from kb.digests.models import Digest
from kb.events.drain import drain
from search import indexing
from tests.counts import SOAK, soak
from tests.trust import worlds
from tests.trust.walking import addresses, answer, names
from tests.trust.worlds import RARE

WHO = ("stranger", "reader", "admin", None)
INSIDER = "author"
QUERIES = [
    "", RARE, f"{RARE}*", f'"{RARE} lock"', f"-{RARE}", f"checkout {RARE}", f"checkout -{RARE}", "checkuot",
    "checkout lock",
    "retry", "lock*", "zyxo*", f"service:{RARE}-gateway", f"tag:{RARE}-tag", f"theme:{RARE}-theme", "owner:author",
    "team:payments checkout", "status:draft", "status:withdrawn", "severity:sev1", "PM-1", "PM-3", "L-4", "CM-4",
    "PM-3 PM-1", "after:2020-01-01", "before:2100-01-01 lock", "reviewer comment", f"title:{RARE}", "ledger gateway",
]  # fmt: skip
# All at once; with full counts each alone, too, which says at once what leaks.
TOLD_APART = soak(quick=[worlds.KINDS], full=[worlds.KINDS, *((kind,) for kind in worlds.KINDS)])
# What stands after "?" on lists; each address of LISTS is fetched with each of them.
NARROWED = [
    {"service": f"{RARE}-gateway"}, {"tag": f"{RARE}-tag"}, {"team": "payments"}, {"status": "draft"},
    {"status": "withdrawn"},
    {"status": "open"}, {"order": "oldest"}, {"order": "severity"}, {"page": "2"}, {"after": "2020-01-01"}, {"q": RARE},
    {"postmortem": "PM-3"}, {"trash": "true"}, {"theme": f"{RARE}-theme"}, {"owner": "author"},
    {"ordering": "-updated_at"},
]  # fmt: skip
SEARCHES = ("search", "api_search")
PART_UIDS = [worlds.SECTION_UID, worlds.ENTRY_UID]
NAMED_BY = {"learning": "L", "countermeasure": "CM"}


def values(name, argument):
    """What to put into an address: what everybody may see, and what only the secret would have."""
    if argument == "reference":
        if name == "short_address":
            return [f"{prefix}-{number}" for prefix in ("PM", "L", "CM") for number in (1, 3, 4, 5)]
        prefix = next((p for word, p in NAMED_BY.items() if word in name and "postmortem" not in name), "PM")
        return [f"{prefix}-{number}" for number in ((1, 3) if prefix == "PM" else (1, 4, 5))]
    if argument == "slug":
        return ["checkout", "retries", "payments", "hidden-limits", "sev1"] + [
            f"{RARE}-{word}" for word in ("gateway", "tag", "theme")
        ]
    if argument in ("object_id", "id"):
        return ["1"] if name == "admin:view_on_site" else _administered(name)
    if argument == "uid" and "attachment" in name:
        return [worlds.FILE_UID, "nosuchfile22"]
    return {
        "uid": PART_UIDS if "part" in name or "postmortem" in name else [*worlds.SUBSCRIPTION_UIDS.values()],
        "kind": ["section", "entry"],
        "verb": ["accept", "complete"],
        "token": ["nonsense"], "key": ["nonsense"], "uidb36": ["1"],
        "app_label": ["accounts", "postmortems", "auth", "account"],
        "content_type_id": ["1"], "version": ["1", "9"],
    }.get(argument, [])  # fmt: skip


def _administered(name):
    """The first row of the model that an address of the administration is about."""
    app, model, _ = name.removeprefix("admin:").split("_", 2)
    model = get_user_model() if model == "user" else apps.get_model(app, model)  # Django's own name is auth_user_…
    first = model._default_manager.order_by("pk").values_list("pk", flat=True).first()
    return [str(first or 1)]


def asked(found):
    """The addresses of `found` with queries behind them, for search, lists and whatever else takes one."""
    for name, path in found:
        if name in SEARCHES:
            yield from (f"{path}?{urlencode({'q': query})}" for query in QUERIES)
            kinds = [{"q": RARE, "kind": kind} for kind in ("learning", "countermeasure")]
            more = [{"q": "checkout", "order": "newest"}, {"q": "lock", "page": "2"}]
            yield from (f"{path}?{urlencode(what)}" for what in (*kinds, *more))
        elif name == "complete":
            asks = [(key, text) for key in ("@", "#", "PM-") for text in ("", "3", RARE)]
            yield from (f"{path}?{urlencode({'key': key, 'q': text})}" for key, text in asks)
        elif any(word in name for word in ("suggest", "preview", "autocomplete", "explain", "search")):
            asks = (RARE, f"{RARE} gateway", "zyxomorf gatewai", f"service:{RARE}-gateway", "PM-3")
            yield from (f"{path}?{urlencode({word: query})}" for query in asks for word in ("q", "query", "term"))
            kinds = ("query", "service", "tag", "team", "postmortem")
            yield from (f"{path}?{urlencode({'value': query, 'kind': kind})}" for query in asks for kind in kinds)
    lists = ("postmortems", "learnings", "countermeasures", "services", "trash", "digests", "subscriptions")
    for path in (path for _, path in found if path.strip("/").removeprefix("api/v1/") in lists):
        yield from (f"{path}?{urlencode(what)}" for what in NARROWED)


class Spectators:
    """Signed-in clients; `see(who)` → {address: answer} of everything that there is to fetch."""

    def __init__(self, cast):
        self.cast, self.clients = cast, {}
        for who in (*WHO, INSIDER):
            self.clients[who] = Client(raise_request_exception=True)
            if who:
                self.clients[who].force_login(getattr(cast, who), settings.AUTHENTICATION_BACKENDS[0])

    def see(self, who, only=""):
        caches["process"].clear()  # the API counts requests per minute there
        found = list(addresses(values))
        paths = [path for _, path in found]
        paths += [*asked(found), "/no/such/page", "/api/v1/no-such", "/robots.txt", "/favicon.ico", "/static/kb/kb.css"]
        paths += [path.rstrip("/") for path in ("/postmortems/PM-3/", "/api/v1/postmortems/PM-3/")]
        if who == "reader" and not SOAK:
            paths = [path for path in paths if not path.startswith("/api/")]  # one person's walk through it is enough
        paths = [path for path in paths if only in path]
        return {path: self._fetch(who, path) for path in dict.fromkeys(paths)}

    def _fetch(self, who, path):
        caches["process"].delete(f"api:{who}")
        if "logout" in path:
            return "not asked: it would end the session"
        return answer(self.clients[who], path)


def commands(folder):
    """What the search command says to nobody in particular, and to outsiders."""
    file = folder / "queries.tsv"
    file.write_text("id\tquery\n" + "".join(f"{n}\t{query}\n" for n, query in enumerate(QUERIES)))
    said = {}
    for reader in ([], ["--as", "stranger"], ["--as", "reader"], ["--as", "admin"]):
        for kind in ("postmortem", "learning", "countermeasure"):
            out = io.StringIO()
            call_command("search", "--batch", str(file), "--kind", kind, *reader, stdout=out)
            said[f"search --batch {reader} {kind}"] = out.getvalue()
    return said


def digests(spectators):
    """The mails that outsiders get a week from now, and the pages of those digests; nothing of it stays."""
    found, point = {}, transaction.savepoint()
    mail.outbox.clear()
    for sending in (*close_periods(timezone.now() + timedelta(days=8)), *deliver()):
        assert sending
    people = {getattr(spectators.cast, who).email: who for who in worlds.SUBSCRIPTION_UIDS}
    for message in mail.outbox:
        if who := people.get(message.to[0].rpartition("<")[2].strip(">")):
            parts = [message.subject, message.body, *(part[0] for part in message.alternatives)]
            found[f"mail to {who}"] = made_alike("\n".join(map(str, parts)))
    for who, person in ((who, getattr(spectators.cast, who)) for who in worlds.SUBSCRIPTION_UIDS):
        for digest in Digest.objects.sent_to(person):
            for path in ("/digests/{}/", "/digests/{}.txt", "/digests/", "/api/v1/digests/{}/", "/api/v1/digests/"):
                found[f"{who} {path}"] = made_alike(answer(spectators.clients[who], path.format(digest.uid)))
    transaction.savepoint_rollback(point)
    mail.outbox.clear()
    return found


def made_alike(text):
    """Without what a digest and its mail draw by lot: uids and their signatures."""
    return re.sub(r"(?<=/digests/)[a-z0-9]{12}|(?<=/unsubscribe/)[\w:.-]+|(?<=\"uid\":\")[a-z0-9]{12}", "…", text)


def catch_up():
    """Everything that is owed is done, as it is a few seconds after every change."""
    for consumer in settings.EVENT_CONSUMERS:
        drain(consumer)


@pytest.fixture
def spectators(db, monkeypatch):
    """The world without a secret, and those who look at it; the clock stands still from here on."""
    now = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    monkeypatch.setattr(timezone, "now", lambda: now)
    cast = worlds.create_world()
    indexing.rebuild()
    catch_up()
    return Spectators(cast)


def compare(who, before, after):
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    told = []
    for path in sorted(changed)[:8]:
        lines = difflib.unified_diff(
            before.get(path, "").splitlines(), after.get(path, "").splitlines(), "without", "with", lineterm="", n=0
        )
        told.append(f"--- {who} {path}\n" + "\n".join(line[:300] for line in list(lines)[:12]))
    assert not changed, f"{len(changed)} answers tell of the secret:\n" + "\n".join(told)


@pytest.mark.parametrize("kinds", TOLD_APART, ids=",".join)
def test_nothing_an_outsider_can_fetch_tells_of_a_secret(spectators, tmp_path, figure, kinds):
    before = {who: spectators.see(who) for who in WHO if who != "admin"}
    worlds.create_words()  # administrators look after the vocabularies and may know all of their words
    before |= {"admin": spectators.see("admin"), "commands": commands(tmp_path), "mail": digests(spectators)}
    secrets = [worlds.create_secret(spectators.cast, kind) for kind in kinds]
    assert secrets[0].reference == "PM-3"
    waiting = spectators.see("stranger", only="search/")
    compare("stranger, not indexed yet", {path: before["stranger"][path] for path in waiting}, waiting)
    catch_up()
    for who in WHO:
        compare(who, before[who], spectators.see(who))
    compare("commands", before["commands"], commands(tmp_path))
    assert len(before["mail"]) == 3 * 6
    compare("mail", before["mail"], digests(spectators))
    figure(f"{sum(map(len, before.values()))} answers, the same byte by byte with {', '.join(kinds)} in the world")


def test_the_same_walk_would_notice_it(spectators):
    """Its author sees it in pages, lists, search and API: so the walk and the word would find a leak."""
    worlds.create_secret(spectators.cast, "restricted")
    catch_up()
    wanted = ["/postmortems/PM-3/", "/api/v1/postmortems/PM-3/", f"/search/?q={RARE}", f"/api/v1/search/?q={RARE}"]
    wanted += [
        "/postmortems/",
        "/learnings/",
        "/services/",
        f"/tags/{RARE}-tag/",
        "/countermeasures/",
        "/learnings/L-4/",
    ]
    wanted += [f"/postmortems/PM-3/edit/section/{worlds.SECTION_UID}/", f"/themes/{RARE}-theme/"]
    wanted += [f"/attachments/{worlds.FILE_UID}/", "/api/v1/postmortems/PM-3/attachments/"]
    blind = [path for path in wanted if RARE not in answer(spectators.clients[INSIDER], path).replace(path, "")]
    assert blind == []


@pytest.mark.django_db
def test_every_named_address_is_walked_and_nobody_hides_behind_no_name():
    found, nameless = names()
    assert {name for name, _ in addresses(values)} == set(found)
    assert [
        route for route in nameless if not route.endswith(("<path:object_id>/", "admin/(?P<url>.*)$", "api/"))
    ] == []
