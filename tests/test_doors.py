"""Every address of the site, tried by everybody, for a postmortem in every state and visibility.

A forbidden page answers exactly like a missing one: the same status, headers and body, the address apart. A new
address that stands in none of the tables below fails the test that counts them.
"""

import re
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import get_resolver, reverse
from django.utils import timezone

from kb.accounts.models import ApiToken, User
from kb.digests.models import Subscription
from postmortems import attachments
from postmortems.models import (
    ChatImport,
    ChatUpload,
    Comment,
    Countermeasure,
    Debrief,
    Evidence,
    Learning,
    Postmortem,
    Review,
    TimelineEntry,
)
from tests.postmortems.builders import ANSWERS, with_learning

pytestmark = pytest.mark.django_db
NOBODY = "anonymous"

# What is said in ARCHITECTURE.md and in docs: who sees, who writes, who leads. “author” owns the postmortem.
MEMBERS = {"reader", "author", "teammate", "stranger", "facilitator", "security", "admin"}
DRAFTING, OPEN = ("draft", "in_review"), ("published", "archived")
STATES = [*DRAFTING, *OPEN, "withdrawn", "trash"]


def sees(visibility, state):
    if state == "trash":
        return set()
    if visibility == "restricted":
        return {"author", "security"}
    return {
        "draft": {"author", "teammate", "facilitator"}, "in_review": {"author", "teammate", "facilitator"},
        "published": MEMBERS, "archived": MEMBERS, "withdrawn": {"author", "facilitator"},
    }[state]  # fmt: skip


def writes(visibility, state):
    if state in ("withdrawn", "trash"):
        return set()
    return {"author", "security"} if visibility == "restricted" else {"author", "teammate", "facilitator"}


def leads(visibility, state):
    return set() if state == "trash" else {"author", "security" if visibility == "restricted" else "facilitator"}


def restores(visibility, state):
    return {"author", "security" if visibility == "restricted" else "facilitator"} if state == "trash" else set()


def says(visibility, state):
    """The one who made the comment that is tried, as long as anybody may comment."""
    return set() if state in ("withdrawn", "trash") else {"author"}


def mine(who):
    """Of those, only the author: what somebody uploaded is nothing to the others."""
    return lambda visibility, state: who(visibility, state) & {"author"}


PM = "reference"
PART = (PM, "kind", "uid")
# name → (who comes in, the arguments of its address)
DOORS = {
    "postmortem": (sees, (PM,)), "short_address": (sees, (PM,)), "markdown": (sees, (PM,)),
    "short_markdown": (sees, (PM,)), "json": (sees, (PM,)), "seen_before": (sees, (PM,)),
    "learning": (sees, ("learning",)),
    "countermeasure": (sees, ("measure",)), "move_countermeasure": (writes, ("measure", "verb")),
    "edit_postmortem": (writes, (PM,)), "edit_details": (writes, (PM,)), "edit_key_times": (writes, (PM,)),
    "import_chat": (writes, (PM,)), "undo_chat": (writes, (PM, "batch")), "preview_chat": (mine(writes), (PM, "chat")),
    "take_over_chat": (mine(writes), (PM, "chat")), "discard_chat": (mine(writes), (PM, "chat")),
    "add_part": (writes, (PM, "kind")), "edit_part": (writes, PART), "show_part": (writes, PART),
    "remove_part": (writes, PART), "move_part": (writes, PART),
    "quick_entry": (writes, (PM,)), "change_entries": (writes, (PM,)), "undo_entries": (writes, (PM, "version")),
    "set_milestone": (writes, (PM, "entry")),
    "postmortem_history": (sees, (PM,)), "compare_versions": (sees, (PM,)),
    "attachment": (sees, ("file",)), "add_attachment": (writes, (PM,)),
    "restore_change": (writes, (PM, "uid")), "restore_snapshot": (writes, (PM, "uid")),
    "presence": (writes, (PM,)), "discard_working_copy": (writes, (PM, "uid")),
    "comments": (sees, (PM,)), "reply": (sees, (PM, "comment")), "edit_comment": (says, (PM, "comment")),
    "settle_comment": (sees, (PM, "comment", "verb")), "debrief": (sees, (PM,)), "agenda": (sees, (PM,)),
    "debrief_ics": (sees, (PM,)), "call_off_debrief": (writes, (PM,)), "answer_debrief": (sees, (PM,)),
    "functions_for_names": (leads, (PM,)), "names_again": (leads, (PM,)),
    "ask_facilitator": (writes, (PM,)), "facilitate": (sees, (PM,)),
    "coach": (writes, (PM,)), "coach_part": (writes, PART), "answer_coach": (writes, PART),
    "submit_for_review": (writes, (PM,)), "take_back": (writes, (PM,)), "review": (writes, (PM,)),
    "publish": (writes, (PM,)), "published": (writes, (PM,)), "withdraw": (leads, (PM,)), "reinstate": (leads, (PM,)),
    "archive": (leads, (PM,)), "unarchive": (leads, (PM,)), "visibility": (leads, (PM,)), "readers": (leads, (PM,)),
    "remove_reader": (leads, (PM,)), "delete_postmortem": (leads, (PM,)),
    "restore": (restores, (PM,)), "purge": (restores, (PM,)),
}  # fmt: skip
ALL, WRITERS = MEMBERS, MEMBERS - {"reader"}
# name → who gets 200; everybody else who is signed in gets 403, or 404 where the page is not to be known
PAGES = {
    "complete": ALL,
    "home": ALL, "postmortems": ALL, "learnings": ALL, "countermeasures": ALL, "services": ALL, "search": ALL,
    "trash": ALL, "new_postmortem": WRITERS, "import_report": WRITERS,
    "break_glass": {"admin"}, "remove_demo": {"admin"}, "digests": ALL,
    "subscriptions": ALL, "explain_interest": ALL, "profile": ALL, "notices": ALL, "vocabulary": ALL, "teams": ALL,
}  # fmt: skip
# Those of one person: everybody else gets what a made-up uid gets.
OWN = dict.fromkeys(
    ["reschedule", "add_interest", "pause_subscription", "resume_subscription", "delete_subscription",
     "preview_digest", "send_one_now"], Subscription.start,
) | {"revoke_token": lambda owner: ApiToken.issue(owner)[0]}  # fmt: skip
# Tried elsewhere: the API by tests/api, catalog pages by tests/postmortems/test_catalog.py, digests by tests/digests,
# signing in by allauth's own tests, and what is open to everybody by tests/test_house.py.
ELSEWHERE = re.compile(
    r"api|schema|account_\w+|admin:|healthz|readyz|appearance|first_admin|help|service$|tag$|team$|theme$|digest$|digest_text"
    r"|unsubscribe|start_subscription|follow|unfollow|profile|create_token|read_notices|\?"
)


def names_of_the_site(resolver=None, prefix=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        space = f"{prefix}{pattern.namespace}:" if getattr(pattern, "namespace", None) else prefix
        if hasattr(pattern, "url_patterns"):
            yield from names_of_the_site(pattern, space)
        else:
            yield f"{prefix}{pattern.name or '?'}"


def test_every_address_of_the_site_stands_in_a_table():
    known = {*DOORS, *PAGES, *OWN}
    missing = {name for name in names_of_the_site() if name not in known and not ELSEWHERE.match(name)}
    assert not missing, f"say who may come in: {sorted(missing)}"


def build(cast, peer, visibility, state):
    """The arguments of the addresses of a postmortem in this state, owned by the author, read by `peer`."""
    postmortem = with_learning(Postmortem.start(cast.author, "Zebra incident", visibility=visibility))
    measure = Countermeasure.add(postmortem, cast.author, statement="Zebra measure")
    section, entry = postmortem.section_set.first(), TimelineEntry.add(postmortem, cast.author, text="Zebra entry")
    comment = Comment.say(postmortem, cast.author, "Zebra remark")
    Debrief.plan(postmortem, cast.author, at=timezone.now(), minutes=30, place="Zebra room")
    file = attachments.store(postmortem, cast.author, SimpleUploadedFile("zebra.log", b"zebra"))
    Evidence.add(postmortem, cast.author, attachment=file, caption="Zebra log")
    if state != "draft":
        postmortem.submit_for_review(cast.author, [peer])
    if state in OPEN:
        Review.answer(postmortem, peer, outcome="approved", answers=ANSWERS)
        postmortem.publish(cast.author)
    if state == "archived":
        postmortem.archive(cast.author)
    if state == "withdrawn":
        postmortem.withdraw(cast.author, "zebra")
    if state == "trash":
        postmortem.delete_to_trash(cast.author)
    learning = Learning.objects.get(postmortem=postmortem)
    chat = ChatUpload.objects.create(
        postmortem=postmortem, by=cast.author, name="zebra.log", format="irc", zone="UTC", count=0,
        packed=zlib.compress(b"[]"),
    )  # fmt: skip
    batch = ChatImport.objects.create(postmortem=postmortem, by=cast.author, name="zebra.log")
    return {"chat": chat.uid, "batch": batch.uid,
            "reference": postmortem.reference, "learning": learning.reference, "measure": measure.reference,
            "verb": "decline", "kind": "section", "uid": section.uid, "comment": comment.uid, "file": file.uid,
            "entry": entry.uid, "version": 1}  # fmt: skip


MISSING = {"reference": "PM-98", "learning": "L-98", "measure": "CM-98", "verb": "decline", "kind": "section",
           "uid": "a" * 12, "chat": "a" * 12, "batch": "a" * 12, "comment": "b" * 12, "entry": "c" * 12,
           "version": 1, "file": "b" * 12}  # fmt: skip
PEOPLE = [NOBODY, *sorted(MEMBERS)]


def address(name, words, given):
    return reverse(name, args=[given[word] for word in words])


def told(response, given):
    """Everything an outsider is told, without what is drawn by lot and without the address itself."""
    lots = {"X-Request-ID", "Set-Cookie", "Content-Length", "Date"}
    headers = {key: value for key, value in response.items() if key not in lots}
    text = re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]+', r"\1", response.content.decode())
    for word, value in given.items():
        if word not in ("verb", "kind", "version"):
            exact = re.compile(rf"(?<![\w-]){value}(?!\w)")
            text = exact.sub("·", text)
            headers = {key: exact.sub("·", value) for key, value in headers.items()}
    return response.status_code, headers, text


def test_everybody_tries_every_address(cast, sign_in):
    peer = User.objects.create_user("peer", "peer@example.org", name="Pia Peer")
    cases = [(v, s, build(cast, peer, v, s)) for v in ("organization", "restricted") for s in STATES]
    faults, columns = [], ("number", "version", "status", "visibility", "trashed_at")
    before = list(Postmortem.objects.values_list(*columns))
    for person in PEOPLE:
        client = sign_in(getattr(cast, person, None))
        for name, (who, words) in DOORS.items():
            for method in ("get", "post"):
                call = getattr(client, method)
                nothing = told(call(address(name, words, MISSING)), MISSING)
                for visibility, state, given in cases:
                    inside = person in who(visibility, state)
                    if method == "post" and inside:
                        continue  # what the verbs do is told by their own tests
                    seen = person in sees(visibility, state) | restores(visibility, state)
                    answer = call(address(name, words, given))
                    if answer.streaming:
                        list(answer)  # a file that is handed out is open until then
                    if fault := _fault(answer, nothing, given, inside=inside, seen=seen, method=method):
                        faults.append(f"{person} {method} {name} of a {visibility} {state}: {fault}")
    assert not faults, "\n".join(faults)
    assert list(Postmortem.objects.values_list(*columns)) == before, "somebody changed what is not his"


def _fault(answer, nothing, given, *, inside, seen, method):
    """What is wrong with an answer, in words; "" if nothing is."""
    if inside:
        return "" if answer.status_code in (200, 302, 405) else f"{answer.status_code} for somebody who may"
    if told(answer, given) == nothing:
        return ""
    if seen and answer.status_code in (403, 404, 405):
        return ""  # he sees it, so that it exists is no news; what he may not do is said in words
    if seen and method == "post" and answer.status_code == 302:
        return "was let through"
    return f"{answer.status_code} is not what a missing page answers ({nothing[0]})"


@pytest.mark.parametrize("name", sorted(set(PAGES) & set(names_of_the_site())))
def test_pages_of_the_house_open_to_whom_they_are_for(cast, sign_in, name):
    found = {}
    for person in PEOPLE:
        found[person] = sign_in(getattr(cast, person, None)).get(reverse(name)).status_code
    assert found.pop(NOBODY) in (302, 401)
    assert {person for person, status in found.items() if status == 200} == PAGES[name], found
    assert all(status in (200, 403, 404) for status in found.values()), found


@pytest.mark.parametrize("name", sorted(OWN))
def test_what_is_mine_is_nothing_to_others(cast, sign_in, name):
    row = OWN[name](cast.author)
    before = type(row).objects.values().get()
    for person in PEOPLE:
        if person == "author":
            continue
        client = sign_in(getattr(cast, person, None))
        for method in ("get", "post"):
            own = getattr(client, method)(reverse(name, args=[row.uid]))
            none = getattr(client, method)(reverse(name, args=["a" * 12]))
            assert told(own, {"uid": row.uid}) == told(none, {"uid": "a" * 12}), person
    assert type(row).objects.values().get() == before
