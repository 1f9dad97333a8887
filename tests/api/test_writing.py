"""Postmortems and their parts, written and read through the API."""

import pytest

from postmortems.models import Change, Postmortem, Service, Severity, Tag, Theme
from tests.api.building import ANSWERS, Api, draft, fields, problem, published

pytestmark = pytest.mark.django_db

WHOLE = {
    "title": "Checkout stood still",
    "takeaway": "A *limit* would have held.",
    "kind": "incident",
    "depth": "standard",
    "services": ["checkout"],
    "tags": ["Connection pool", "redis"],
    "teams": ["payments"],
    "zone": "Europe/Berlin",
    "sections": [{"kind": "summary", "text": "It **stopped**."}, {"kind": "other", "title": "Notes", "text": "n"}],
    "participants": [{"user": "author", "function": "commander"}, {"name": "Someone", "function": "other"}],
    "impact": [{"metric": "failed payments", "value": "1240", "quality": "measured"}],
    "timeline": [
        {"at": "2026-03-02T09:14:00+01:00", "text": "Alarm", "kind": "detection", "participant": "#1"},
        {"at": "2026-03-02T09:00:00+01:00", "text": "Deploy", "kind": "change"},
    ],
    "milestones": [
        {"type": "started", "at": "2026-03-02T09:01:00+01:00"},
        {"type": "detected", "at": "2026-03-02T09:14:00+01:00", "entry": "#1"},
    ],
    "perspectives": [{"participant": "#1", "text": "It looked like the network"}],
    "questions": [{"text": "Who else was affected?", "entry": "#2"}],
    "factors": [{"statement": "No limit", "theme": "No limits"}, {"statement": "Retry storm", "role": "made_worse"}],
    "observations": [{"kind": "lucky", "text": "It was night"}],
    "learnings": [{"claim": "Limits hold.", "tags": ["redis"], "services": ["checkout"]}],
    "countermeasures": [
        {"statement": "Add a limit", "factors": ["#2"], "observations": ["#1"], "owner": "teammate", "team": "payments"}
    ],
}


@pytest.fixture
def checkout(cast):
    return Service.objects.create(name="Checkout", slug="checkout")


def test_a_title_is_enough(cast):
    response = Api(cast.author).post("postmortems/", {"title": "  Lights out "})
    body = response.json()
    assert response.status_code == 201 and response["ETag"] == f'"{body["version"]}"'
    assert (body["title"], body["status"], body["owner"]) == ("Lights out", "draft", "author")
    assert body["teams"] == ["payments"] and len(body["sections"]) == 5
    assert body["you_may"] == ["read", "comment", "write", "lead"]


def test_a_whole_postmortem_is_created_at_once_and_read_back(cast, checkout):
    body = Api(cast.author).post("postmortems/", WHOLE).json()
    again = Api(cast.teammate).get(f"postmortems/{body['reference']}/").json()
    assert {**again, "you_may": 0, "version": 0} == {**body, "you_may": 0, "version": 0}
    assert [entry["text"] for entry in body["timeline"]] == ["Deploy", "Alarm"]
    assert body["timeline"][1]["participant"] == body["participants"][0]["uid"]
    assert body["timeline"][0]["zone"] == "Europe/Berlin"
    assert body["countermeasures"][0]["factors"] == [body["factors"][1]["uid"]]
    assert body["tags"] == ["connection-pool", "redis"] and body["factors"][0]["theme"] == "no-limits"
    assert [s["kind"] for s in body["sections"]] == [
        "summary",
        "impact",
        "detection",
        "narrative",
        "resolution",
        "other",
    ]
    assert body["figures"][0]["seconds"] == 13 * 60
    row = Postmortem.objects.get()
    assert row.takeaway_html == "A <em>limit</em> would have held."
    assert "<strong>stopped</strong>" in row.section_set.get(kind="summary").text_html
    assert '"id"' not in str(body) and '"pk"' not in str(body)


def test_a_fault_in_the_last_row_leaves_nothing_behind(cast, checkout):
    wrong = {**WHOLE, "countermeasures": [{"statement": "x", "kind": "magic", "factors": ["#3"]}]}
    assert fields(Api(cast.author).post("postmortems/", wrong)) == {
        "countermeasures[0].kind",
        "countermeasures[0].factors",
    }
    assert (Postmortem.objects.count(), Tag.objects.count(), Theme.objects.count()) == (0, 0, 0)


def test_milestones_and_participants_stand_once(cast):
    api = Api(cast.author)
    twice = {"title": "x", "milestones": [{"type": "started"}, {"type": "started"}]}
    assert fields(api.post("postmortems/", twice)) == {"milestones"}
    reference = draft(cast.author).reference
    assert api.post(f"postmortems/{reference}/milestones/", {"type": "started"}).status_code == 201
    assert fields(api.post(f"postmortems/{reference}/milestones/", {"type": "started"})) == {"type"}
    assert api.post(f"postmortems/{reference}/participants/", {"user": "author"}).status_code == 201
    assert fields(api.post(f"postmortems/{reference}/participants/", {"user": "author"})) == {"user"}
    assert fields(api.post(f"postmortems/{reference}/participants/", {})) == {"name"}


def test_the_head_is_changed_with_the_version_that_was_read(cast):
    postmortem = draft(cast.author)
    api, path = Api(cast.author), f"postmortems/{postmortem.reference}/"
    assert problem(api.patch(path, {"title": "New"}), 428)["errors"] == [
        {"field": "details_version", "reason": "missing"}
    ]
    response = api.patch(path, {"title": "New", "severity": Severity.objects.first().slug}, version=postmortem.version)
    assert response.status_code == 200 and response.json()["title"] == "New"
    late = problem(api.patch(path, {"title": "Late"}, version=postmortem.version), 412)
    assert late["current"]["title"] == "New" and late["current_version"] == postmortem.version + 1
    assert problem(api.patch(path, {"title": "Late"}, version=99), 400)["errors"][0]["field"] == "version"
    for wrong in ("3", '"x"', "*", '"1", "2"', '"-1"', '""'):
        problem(api.patch(path, {"title": "Late"}, version=wrong), 400)
    problem(api.patch(path, {"title": "Late", "version": True}), 400)
    problem(api.patch(path, {"title": "Late", "version": 3}, version=2), 400)
    assert api.patch(path, {"title": "Weak"}, version='W/"2"').status_code == 200
    assert api.patch(path, {"title": "Last", "details_version": 3}).status_code == 200
    assert problem(api.patch(path, {"title": "Late", "details_version": 3}), 412)


def test_details_version_lets_others_write_parts_meanwhile(cast):
    postmortem = draft(cast.author)
    api, path = Api(cast.author), f"postmortems/{postmortem.reference}/"
    api.post(path + "factors/", {"statement": "Something"})
    assert problem(api.patch(path, {"takeaway": "t"}, version=1), 412)
    assert api.patch(path, {"takeaway": "t", "details_version": 1}).status_code == 200


@pytest.mark.parametrize("part, body, change", [
    ("sections", {"kind": "other", "title": "T", "text": "a"}, {"text": "b"}),
    ("participants", {"name": "N"}, {"function": "scribe"}),
    ("impact", {"metric": "m"}, {"value": 3}),
    ("timeline", {"text": "a", "at": "2026-01-01T00:00:00Z"}, {"until": "2026-01-01T00:01:00Z"}),
    ("milestones", {"type": "started"}, {"at": None, "note": "n"}),
    ("perspectives", {"text": "a"}, {"by_function": True}),
    ("questions", {"text": "a"}, {"status": "answered", "answer": "b"}),
    ("factors", {"statement": "a"}, {"theme": "limits"}),
    ("observations", {"text": "a"}, {"kind": "surprised"}),
    ("learnings", {"claim": "a"}, {"tags": ["x", "y"]}),
    ("evidence", {"excerpt": "a"}, {"caption": "b", "link": "https://example.org/a"}),
    ("countermeasures", {"statement": "a"}, {"due_on": "2026-05-01"}),
])  # fmt: skip
def test_every_kind_of_row_is_added_changed_and_removed_by_its_own_version(cast, part, body, change):
    postmortem = draft(cast.author)
    api, path = Api(cast.teammate), f"postmortems/{postmortem.reference}/{part}/"
    made = api.post(path, body)
    assert made.status_code == 201 and made["ETag"] == '"1"'
    row = f"{path}{made.json()['uid']}/"
    problem(api.patch(row, change), 428)
    changed = api.patch(row, change, version=1)
    assert changed.status_code == 200 and changed["ETag"] == '"2"', changed.content
    assert changed.json() == api.get(row).json() and changed.json()["version"] == 2
    assert problem(api.patch(row, change, version=1), 412)["current"] == changed.json()
    problem(api.patch(row, change, version=3), 400)
    assert api.get(path).json()["results"][-1]["uid"] == made.json()["uid"]
    problem(api.delete(row), 428)
    problem(api.delete(row, version=1), 412)
    assert api.delete(row, version=2).status_code == 204
    problem(api.get(row), 404)
    assert set(Change.objects.filter(part_uid=made.json()["uid"]).values_list("by__username", flat=True)) == {
        "teammate"
    }


def test_rows_move_behind_others(cast):
    postmortem = draft(cast.author)
    api, path = Api(cast.author), f"postmortems/{postmortem.reference}/factors/"
    a, b, c = (api.post(path, {"statement": name}).json()["uid"] for name in "abc")
    assert api.post(f"{path}{c}/move/", {"after": a, "version": 1}).status_code == 200
    assert [row["statement"] for row in api.get(path).json()["results"]] == ["a", "c", "b"]
    assert api.post(f"{path}{b}/move/", {"after": None, "version": 1}).status_code == 200
    assert [row["statement"] for row in api.get(path).json()["results"]] == ["b", "a", "c"]
    assert fields(api.post(f"{path}{a}/move/", {"after": "nothing", "version": 1})) == {"after"}
    problem(api.post(f"{path}{b}/move/", {"after": a, "version": 1}), 412)


def test_the_whole_way_from_draft_to_archive(cast):
    api, peer = Api(cast.author), Api(cast.stranger)
    body = api.post("postmortems/", {"title": "Way", "learnings": [{"claim": "c"}]}).json()
    path, version = f"postmortems/{body['reference']}/", body["version"]

    def act(who, action, more=None):
        nonlocal version
        response = who.post(f"{path}{action}/", more or {}, version=version)
        assert response.status_code == 200, response.content
        version = response.json()["version"]
        return response.json()

    assert "Submit it for review first" in problem(api.post(path + "publish/", {}, version=version), 409)["detail"]
    problem(api.post(path + "publish/"), 428)
    assert act(api, "submit-for-review", {"reviewers": ["stranger"]})["status"] == "in_review"
    assert "review" in problem(api.post(path + "publish/", {}, version=version), 409)["detail"]
    missing = problem(peer.post(path + "review/", {"outcome": "approved", "answers": {}}, version=version), 409)
    assert "evidence" in missing["detail"]
    act(peer, "review", {"outcome": "approved", "answers": ANSWERS})
    assert api.get(path + "reviews/").json()[0]["outcome"] == "approved"
    assert act(api, "publish")["status"] == "published"
    assert act(api, "archive")["status"] == "archived"
    assert act(api, "unarchive")["status"] == "published"
    assert act(api, "restrict")["visibility"] == "restricted"
    assert fields(api.post(path + "open-up/", {}, version=version)) == {"reason"}
    assert act(api, "open-up", {"reason": "fixed"})["visibility"] == "organization"
    assert act(api, "withdraw", {"reason": "wrong"})["withdrawn_because"] == "wrong"
    assert act(api, "reinstate")["status"] == "draft"
    assert act(api, "hand-over", {"owner": "teammate"})["owner"] == "teammate"
    problem(api.delete(path, version=version), 403)
    assert Api(cast.teammate).delete(path, version=version).status_code == 204
    problem(api.get(path), 404)
    trash = Api(cast.teammate).get("postmortems/?trash=true").json()["results"]
    assert Api(cast.teammate).post(path + "restore/", {}, version=trash[0]["version"]).status_code == 200
    assert api.get(path).status_code == 200


def test_a_facilitator_who_restricts_sees_no_more_of_it(cast):
    postmortem = published(cast.author, cast.stranger)
    response = Api(cast.facilitator).post(
        f"postmortems/{postmortem.reference}/restrict/", {}, version=postmortem.version
    )
    assert response.status_code == 204 and response.content == b""


def test_countermeasures_are_moved_on_by_their_owner(cast):
    postmortem = published(cast.author, cast.teammate)
    author, stranger = Api(cast.author), Api(cast.stranger)
    row = author.post(
        f"postmortems/{postmortem.reference}/countermeasures/", {"statement": "s", "owner": "stranger"}
    ).json()
    path = f"countermeasures/{row['reference']}/"
    problem(Api(cast.reader).post(path + "accept/", {"version": 1}), 403)
    problem(stranger.patch(path, {"statement": "mine", "version": 1}), 403)
    problem(stranger.post(path + "accept/"), 428)
    assert stranger.post(path + "accept/", {"version": 1}).json()["status"] == "accepted"
    problem(stranger.post(path + "start/", {"version": 1}), 412)
    assert stranger.post(path + "start/", {"version": 2}).json()["status"] == "in_progress"
    assert stranger.post(path + "complete/", {"version": 3}).json()["status"] == "done"
    problem(stranger.post(path + "accept/", {"version": 4}), 409)
    problem(stranger.post(path + "effect/", {"version": 4, "effect": "cannot_tell"}), 409)
    assert stranger.post(path + "effect/", {"version": 4, "effect": "worked"}).json()["status"] == "verified"
    assert stranger.post(path + "reopen/", {"version": 5}).json()["status"] == "accepted"
    assert fields(stranger.post(path + "supersede/", {"version": 6, "by": row["reference"]})) == {"by"}
    assert fields(stranger.post(path + "decline/", {"version": 6})) == {"reason"}
    assert stranger.post(path + "decline/", {"version": 6, "reason": "no"}).json()["declined_because"] == "no"
    assert author.patch(path, {"statement": "ours"}, version=7).json()["version"] == 8


def test_learnings_are_changed_at_their_own_address(cast):
    postmortem = published(cast.author, cast.teammate)
    path = f"learnings/{postmortem.learning_set.get().reference}/"
    problem(Api(cast.stranger).patch(path, {"claim": "x"}, version=1), 403)
    changed = Api(cast.author).patch(path, {"claim": "Queues need limits."}, version=1)
    assert changed.json()["claim"] == "Queues need limits." and changed.json()["postmortem"] == postmortem.reference
