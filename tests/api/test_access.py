"""Who sees and does what through the API: every address tried by each of the cast."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from drf_spectacular.generators import SchemaGenerator

from kb.events.drain import drain
from postmortems import attachments
from postmortems.models import ContributingFactor, Countermeasure, Evidence, Learning, Postmortem, Service, Tag
from postmortems.models.reviews import QUESTIONS
from tests.api.building import ANSWERS, Api, draft, problem, published

pytestmark = pytest.mark.django_db

BODIES = {
    "withdraw": {"reason": "r"}, "open-up": {"reason": "r"}, "hand-over": {"owner": "author"},
    "review": {"outcome": "changes_asked", "answers": ANSWERS},
    "sections": {"text": "x"}, "participants": {"name": "x"}, "impact": {"metric": "x"}, "timeline": {"text": "x"},
    "perspectives": {"text": "x"}, "questions": {"text": "x"},
    "milestones": {"type": "closed"}, "factors": {"statement": "x"}, "observations": {"text": "x"},
    "learnings": {"claim": "x"}, "countermeasures": {"statement": "x"}, "evidence": {"excerpt": "x"},
    "decline": {"reason": "r"},
    "supersede": {"by": "CM-1"}, "effect": {"effect": "worked"}, "move": {"after": None},
}  # fmt: skip


@pytest.fixture(scope="module")
def operations(django_db_setup, django_db_blocker):
    """[(method, path)] of the whole API."""
    with django_db_blocker.unblock():
        schema = SchemaGenerator().get_schema(request=None, public=True)
    return [(method.upper(), path) for path, methods in schema["paths"].items() for method in methods]


def with_rows(postmortem, by):
    """One row of every kind, so that every address below it leads somewhere: {part: uid}."""
    api, rows = Api(by), {}
    for part in (
        "participants",
        "impact",
        "timeline",
        "milestones",
        "perspectives",
        "questions",
        "factors",
        "observations",
        "learnings",
        "countermeasures",
        "evidence",
    ):
        response = api.post(f"postmortems/{postmortem.reference}/{part}/", BODIES[part])
        assert response.status_code == 201, response.content
        rows[part] = response.json()["uid"]
    file = attachments.store(postmortem, by, SimpleUploadedFile("a.log", b"words"))
    Evidence.objects.filter(uid=rows["evidence"]).update(attachment=file)
    return {**rows, "sections": postmortem.section_set.first().uid, "attachments": file.uid}


def address(path, postmortem, rows):
    """The path with this postmortem's references and uids in it."""
    if path.startswith("/api/v1/learnings/"):
        return path.replace("{reference}", Learning.objects.filter(postmortem=postmortem).first().reference)
    if path.startswith("/api/v1/countermeasures/"):
        return path.replace("{reference}", Countermeasure.objects.filter(postmortem=postmortem).first().reference)
    part = re.search(r"\}/([a-z]+)/\{uid\}", path)
    return path.replace("{reference}", postmortem.reference).replace("{uid}", rows[part[1]] if part else "")


def body_of(method, path):
    word = path.rstrip("/").replace("/{uid}", "").rpartition("/")[2]
    return BODIES.get(word, {}) if method == "POST" else {}


def versions_of(postmortem):
    return str(Postmortem.objects.get(pk=postmortem.pk).version)


SEES = {
    "draft": {"author", "teammate", "facilitator"},
    "published": {"reader", "author", "teammate", "stranger", "facilitator", "security", "admin"},
    "restricted draft": {"author", "security"},
    "restricted": {"author", "teammate", "security"},  # the teammate reviewed it
    "withdrawn": {"author", "facilitator"},
    "trash": set(),
}


def make(state, cast):
    if state == "draft":
        return draft(cast.author)
    if state == "restricted draft":
        return draft(cast.author, visibility="restricted")
    postmortem = published(cast.author, cast.teammate)
    return postmortem


def bring_to(state, postmortem, cast):
    postmortem.refresh_from_db()
    if state == "restricted":
        postmortem.restrict(cast.author)
    if state == "withdrawn":
        postmortem.withdraw(cast.author, "reason")
    if state == "trash":
        postmortem.delete_to_trash(cast.author)


def comparable(response):
    """Body and headers without what differs between any two answers."""
    body = {k: v for k, v in response.json().items() if k not in ("instance", "request_id")}
    headers = {k: v for k, v in response.headers.items() if k not in ("X-Request-ID", "Content-Length")}
    return response.status_code, body, headers


@pytest.mark.parametrize("state", SEES)
def test_what_one_may_not_see_looks_like_nothing_at_every_address(cast, operations, state):
    postmortem = make(state, cast)
    rows = with_rows(postmortem, cast.author)
    bring_to(state, postmortem, cast)
    below = [(method, path) for method, path in operations if "{reference}" in path]
    assert len(below) > 70
    nothing = {}  # what anybody hears about an address that leads nowhere
    for name, person in cast.everybody().items():
        api = Api(person)
        for method, path in below:
            if name in SEES[state] and method != "GET" or path.endswith("/restore/"):
                continue
            where = address(path, postmortem, rows)
            response = api.call(method, where, body_of(method, path), version=1)
            if name in SEES[state]:
                may = not path.endswith("/reviews/") or postmortem.can(person, "reviews")
                assert response.status_code == (200 if may else 403), (name, where, response.content)
            else:
                if (method, path) not in nothing:
                    nowhere = re.sub(r"(PM|L|CM)-\d+", r"\1-999999", where)
                    nothing[method, path] = comparable(api.call(method, nowhere, body_of(method, path), version=1))
                assert comparable(response) == nothing[method, path], (name, method, where)
                assert response.status_code == 404


@pytest.mark.parametrize("name", ["reader", "stranger", "security", "admin"])
def test_who_may_only_read_changes_nothing(cast, operations, name):
    postmortem = published(cast.author, cast.teammate)
    rows = with_rows(postmortem, cast.author)
    before = postmortem.as_aggregate(), versions_of(postmortem)
    api = Api(getattr(cast, name))
    for method, path in operations:
        if method == "GET" or "{reference}" not in path or path.endswith("/restore/"):
            continue
        where = address(path, postmortem, rows)
        current = (
            versions_of(postmortem) if re.search(r"\{reference\}/([a-z-]+/)?$", path) and "postmortems" in path else "1"
        )
        response = api.call(method, where, body_of(method, path), version=int(current))
        assert response.status_code == 403, (method, where, response.content)
    postmortem.refresh_from_db()
    assert (postmortem.as_aggregate(), versions_of(postmortem)) == before


def test_nobody_gets_nothing(db, operations):
    for method, path in operations:
        where = re.sub(r"\{[a-z]+\}", "x", path)
        response = Api(None).call(method, where, {})
        problem(response, 401)
        assert response["WWW-Authenticate"] == 'Bearer realm="api"'


def test_a_secret_changes_nothing_that_an_outsider_can_fetch(cast, operations, tmp_path):
    published(cast.author, cast.teammate, services=[Service.objects.create(name="Checkout", slug="checkout")])
    lists = [path for method, path in operations if method == "GET" and "{" not in path]
    queries = ["search/?q=zanzibar", "search/?q=queue", "search/?q=tag:zanzibar", "search/?q=service:zanzibar",
               "search/?q=zanz*", "search/?q=&kind=learning", "search/?q=&kind=countermeasure",
               "postmortems/?tag=zanzibar", "postmortems/?service=zanzibar", "postmortems/?order=updated_at",
               "tags/zanzibar/", "services/zanzibar/", "themes/zanzibar/", "learnings/?tag=zanzibar"]  # fmt: skip
    outsiders = [Api(person) for person in (cast.reader, cast.stranger, cast.facilitator, cast.admin)]

    def everything():
        drain("index")
        return [
            re.sub(r'"request_id":"\w+"', "", api.get(path).content.decode())
            for api in outsiders for path in [*lists, *queries]
            if not (api.user == cast.admin and re.search("tags|themes|services", path))
        ]  # fmt: skip

    before = everything()
    secret = draft(cast.author, "Zanzibar", visibility="restricted", takeaway="zanzibar",
                   services=[Service.objects.named("Zanzibar")], tags=[Tag.objects.named("Zanzibar")])  # fmt: skip
    factor = ContributingFactor.add(secret, cast.author, statement="zanzibar")
    Api(cast.author).patch(f"postmortems/{secret.reference}/factors/{factor.uid}/", {"theme": "Zanzibar"}, version=1)
    Learning.add(secret, cast.author, claim="zanzibar", services=[Service.objects.named("Zanzibar")])
    Countermeasure.add(secret, cast.author, statement="zanzibar")
    for one, other in zip(before, everything(), strict=True):
        assert one == other


def test_the_answer_to_a_hidden_word_is_that_to_a_new_one(cast):
    draft(cast.author, visibility="restricted", tags=[Tag.objects.named("Zanzibar")])
    stranger = Api(cast.stranger)
    hidden = stranger.post("postmortems/", {"title": "x", "tags": ["zanzibar"], "teams": []}).json()
    new = stranger.post("postmortems/", {"title": "x", "tags": ["brandnew"], "teams": []}).json()
    assert hidden["tags"] == ["zanzibar"] and new["tags"] == ["brandnew"]


def test_readers_do_not_write_and_only_the_lead_opens_a_restricted_one(cast):
    problem(Api(cast.reader).post("postmortems/", {"title": "x"}), 403)
    postmortem = draft(cast.author, visibility="restricted")
    postmortem.authors.add(cast.stranger)
    path = f"postmortems/{postmortem.reference}/"
    problem(Api(cast.stranger).patch(path, {"authors": ["stranger", "teammate"]}, version=1), 403)
    assert Api(cast.stranger).patch(path, {"takeaway": "mine"}, version=1).status_code == 200
    assert Api(cast.security).patch(path, {"authors": ["stranger", "teammate"]}, version=2).status_code == 200


def test_vocabularies_are_changed_by_administrators_alone(cast):
    for name, person in cast.everybody().items():
        api = Api(person)
        for kind in ("services", "tags", "themes", "teams"):
            response = api.post(f"{kind}/", {"name": f"{name} {kind}"})
            assert response.status_code == (201 if name == "admin" else 403)
        assert api.post("severities/", {"slug": "sev0", "name": "x"}).status_code == 405
    admin = Api(cast.admin)
    assert admin.patch("services/admin-services/", {"name": "Till", "team": "payments"}).json()["slug"] == "till"
    assert admin.get("services/admin-services/").json()["slug"] == "till"
    problem(admin.post("services/", {"name": "TILL"}), 409)
    into = admin.post("services/", {"name": "Checkout"}).json()
    assert admin.post("services/till/merge/", {"into": "checkout"}).json()["uid"] == into["uid"]
    assert admin.get("services/admin-services/").json()["slug"] == "checkout"
    problem(Api(cast.reader).patch("teams/payments/", {"name": "x"}), 403)
    problem(Api(cast.reader).post("teams/payments/merge/", {"into": "platform"}), 403)


def test_subscriptions_and_digests_are_ones_own(cast):
    author, stranger = Api(cast.author), Api(cast.stranger)
    made = author.post(
        "subscriptions/", {"weekday": 2, "interests": [{"query": "service:x", "label": "X"}, {"query": ""}]}
    )
    assert made.status_code == 201, made.content
    path = f"subscriptions/{made.json()['uid']}/"
    for method, where in (("GET", path), ("PATCH", path), ("DELETE", path), ("POST", path + "stop/")):
        problem(stranger.call(method, where, {}), 404)
    assert stranger.get("subscriptions/").json()["count"] == 0
    changed = author.patch(path, {"hour": 7, "interests": [{"query": "PM-3"}]}).json()
    assert (changed["hour"], changed["weekday"], [i["query"] for i in changed["interests"]]) == (7, 2, ["PM-3"])
    assert author.post(path + "stop/").json()["next_due_at"] is None
    assert author.post(path + "resume/").json()["next_due_at"]
    assert author.post(path + "pause/").json()["paused_at"]
    problem(author.patch(path, {"hour": 24}), 400)
    problem(author.patch(path, {"zone": "Mars"}), 400)
    problem(author.patch(path, {"interests": [{"query": "a"}, {"query": " a "}]}), 400)
    assert author.delete(path).status_code == 204
    assert author.get("digests/").json()["results"] == []
    assert len(QUESTIONS) == 7


def test_what_reviewers_answered_is_for_those_who_write_and_those_who_were_asked(cast):
    postmortem = published(cast.author, cast.stranger)
    path = f"postmortems/{postmortem.reference}/reviews/"
    for person in (cast.author, cast.teammate, cast.facilitator, cast.stranger):
        assert Api(person).get(path).json()[0]["reviewer"] == "stranger"
    for person in (cast.reader, cast.security, cast.admin):
        problem(Api(person).get(path), 403)


def test_a_hidden_successor_has_no_reference(cast):
    open_one, secret = published(cast.author, cast.stranger), draft(cast.author)
    successor = Countermeasure.add(secret, cast.author, statement="Behind the door")
    replaced = Countermeasure.add(open_one, cast.author, statement="In front of it")
    replaced.supersede(cast.author, successor)
    for path in (f"countermeasures/{replaced.reference}/", f"postmortems/{open_one.reference}/countermeasures/"):
        for person, told in ((cast.author, successor.reference), (cast.stranger, None)):
            found = Api(person).get(path).json()
            assert found.get("results", [found])[0]["superseded_by"] == told
