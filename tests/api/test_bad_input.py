"""Whatever is sent: a problem that names the field, nothing applied, never a 500."""

import json
import warnings

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postmortems.models import ContributingFactor, Countermeasure, Postmortem
from tests.api.building import Api, draft, fields, problem, published
from tests.counts import soak

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"",
        b"[1",
        b"nul",
        b'{"title": NaN}',
        b'{"title": Infinity}',
        b'{"title": -Infinity}',
        b'{"title": 1e999}',
        b"\xff\xfe",
        b'{"title": "a", "title": "b"}',
        b"[" * 100_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"title": ' + b"[" * 30 + b"]" * 30 + b"}",
        b'{"title": ' + b"9" * 5000 + b"}",
        b"[]",
        b'"x"',
        b"3",
        b"null",
        b'{"title": "a\x00b"}',
        b'{"title": "\\u0000"}',
        b'{"title": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"title": "\\u0007"}',
    ],
)
def test_broken_json_is_refused(cast, raw):
    problem(Api(cast.author).post("postmortems/", raw=raw), 400)
    assert Postmortem.objects.count() == 0


def test_the_field_of_a_control_character_is_named(cast):
    body = {"title": "x", "timeline": [{"text": "ok"}, {"text": "a\x00"}]}
    assert fields(Api(cast.author).post("postmortems/", body)) == {"timeline[1].text"}


def test_large_bodies_are_413(cast):
    raw = json.dumps({"title": "x" * 10_000_000}).encode()
    problem(Api(cast.author).post("postmortems/", raw=raw), 413)


@pytest.mark.parametrize(
    "body, wrong",
    [
        ({}, {"title"}),
        ({"title": ""}, {"title"}),
        ({"title": "   "}, {"title"}),
        ({"title": "\u200b"}, {"title"}),
        ({"title": 5}, {"title"}),
        ({"title": None}, {"title"}),
        ({"title": ["a"]}, {"title"}),
        ({"title": "x" * 201}, {"title"}),
        ({"title": "x", "colour": "red"}, {"colour"}),
        ({"title": "x", "status": "published"}, {"status"}),
        ({"title": "x", "uid": "abc", "number": 7}, {"uid", "number"}),
        ({"title": "x", "owner": "stranger"}, {"owner"}),
        ({"title": "x", "kind": "disaster"}, {"kind"}),
        ({"title": "x", "kind": 1}, {"kind"}),
        ({"title": "x", "severity": "sev9"}, {"severity"}),
        ({"title": "x", "severity": 1}, {"severity"}),
        ({"title": "x", "authors": ["nobody"]}, {"authors"}),
        ({"title": "x", "authors": "author"}, {"authors"}),
        ({"title": "x", "authors": {"author": 1}}, {"authors"}),
        ({"title": "x", "tags": ["", "a"]}, {"tags"}),
        ({"title": "x", "tags": ["a" * 81]}, {"tags"}),
        ({"title": "x", "tags": ["!?"]}, {"tags"}),
        ({"title": "x", "tags": [[]]}, {"tags"}),
        ({"title": "x", "tags": [f"t{n}" for n in range(101)]}, {"tags"}),
        ({"title": "x", "teams": ["nobodys"]}, {"teams"}),
        ({"title": "x", "zone": "Mars/Olympus"}, {"zone"}),
        ({"title": "x", "source_url": "javascript:alert(1)"}, {"source_url"}),
        ({"title": "x", "due_on": "2026-02-30"}, {"due_on"}),
        ({"title": "x", "language": "x" * 20}, {"language"}),
        ({"title": "x", "takeaway": "x" * 401}, {"takeaway"}),
        ({"title": "x", "timeline": {}}, {"timeline"}),
        ({"title": "x", "timeline": "x"}, {"timeline"}),
        ({"title": "x", "timeline": [5]}, {"timeline[0]"}),
        ({"title": "x", "timeline": [{}]}, {"timeline[0].text"}),
        ({"title": "x", "timeline": [{"text": "a", "at": "yesterday"}]}, {"timeline[0].at"}),
        ({"title": "x", "timeline": [{"text": "a", "at": "2026-03-02T09:00:00"}]}, {"timeline[0].at"}),
        ({"title": "x", "timeline": [{"text": "a", "at": "0000-01-01T00:00:00Z"}]}, {"timeline[0].at"}),
        ({"title": "x", "timeline": [{"text": "a", "at": "0001-01-01T00:00:00+14:00"}]}, {"timeline[0].at"}),
        ({"title": "x", "timeline": [{"text": "a", "at": 1767225600}]}, {"timeline[0].at"}),
        ({"title": "x", "timeline": [{"text": "a", "is_key_moment": "yes"}]}, {"timeline[0].is_key_moment"}),
        ({"title": "x", "timeline": [{"text": "a", "evidence": "data:text/html,x"}]}, {"timeline[0].evidence"}),
        ({"title": "x", "timeline": [{"text": "a", "participant": "#1"}]}, {"timeline[0].participant"}),
        ({"title": "x", "timeline": [{"text": "x" * 100_001}]}, {"timeline[0].text"}),
        ({"title": "x", "impact": [{"metric": "m", "value": "NaN"}]}, {"impact[0].value"}),
        ({"title": "x", "impact": [{"metric": "m", "value": 10**30}]}, {"impact[0].value"}),
        ({"title": "x", "factors": [{"statement": "a", "theme": ["x"]}]}, {"factors[0].theme"}),
        ({"title": "x", "factors": [{"statement": "a", "version": 1}]}, {"factors"}),
        ({"title": "x", "learnings": [{"claim": "x" * 301}]}, {"learnings[0].claim"}),
        ({"title": "x", "countermeasures": [{"statement": "a", "status": "done"}]}, {"countermeasures[0].status"}),
        (
            {"title": "x", "countermeasures": [{"statement": "a", "ticket": "javascript:x"}]},
            {"countermeasures[0].ticket"},
        ),
        ({"title": "x", "observations": [{"text": "a"}] * 501}, {""}),
    ],
)
def test_the_field_is_named_and_nothing_is_written(cast, body, wrong):
    assert fields(Api(cast.author).post("postmortems/", body)) == wrong
    assert Postmortem.objects.count() == 0


def test_an_entry_ends_after_it_starts(cast):
    api, path = Api(cast.author), f"postmortems/{draft(cast.author).reference}/timeline/"
    row = api.post(path, {"text": "a", "at": "2026-03-02T09:00:00Z"}).json()
    assert fields(api.patch(f"{path}{row['uid']}/", {"until": "2026-03-02T08:00:00Z"}, version=1)) == {"until"}


def test_parts_of_another_postmortem_are_foreign(cast):
    mine, other = draft(cast.author), draft(cast.author)
    factor = ContributingFactor.add(other, cast.author, statement="elsewhere")
    api, path = Api(cast.author), f"postmortems/{mine.reference}/countermeasures/"
    body = {"statement": "s", "factors": [factor.uid]}
    assert fields(api.post(path, body)) == {"factors"}
    assert Countermeasure.objects.count() == 0
    problem(api.get(f"postmortems/{mine.reference}/factors/{factor.uid}/"), 404)
    problem(api.patch(f"postmortems/{mine.reference}/factors/{factor.uid}/", {"statement": "x"}, version=1), 404)


@pytest.mark.parametrize(
    "query, wrong",
    [
        ("page=-1", "page"),
        ("page=0", "page"),
        ("page=x", "page"),
        ("page=99999999999999999999", "page"),
        ("page=²", "page"),
        ("page_size=0", "page_size"),
        ("page_size=1000", "page_size"),
        ("status=gone", "status"),
        ("colour=red", "colour"),
        ("since=yesterday", "since"),
        ("order=colour", "order"),
        ("tag=%00", "tag"),
        ("trash=maybe", "trash"),
        ("id=1", "id"),
    ],
)
def test_unknown_parameters_are_refused(cast, query, wrong):
    assert fields(Api(cast.reader).get(f"postmortems/?{query}")) == {wrong}


def test_search_and_other_lists_refuse_them_too(cast):
    api = Api(cast.reader)
    for address in (
        "search/?page=-1",
        "search/?kind=x",
        "search/?sort=x",
        "services/?q=1",
        "me/?x=1",
        "digests/?page=0",
        "learnings/?x=1",
        "countermeasures/?open=1",
        "subscriptions/?x=1",
    ):
        problem(api.get(address), 400)


def test_a_page_behind_the_last_is_empty(cast):
    published(cast.author, cast.teammate)
    body = Api(cast.reader).get("postmortems/?page=7").json()
    assert (body["count"], body["results"], body["next"]) == (1, [], None)


def test_other_media_types_methods_and_addresses_are_problems(cast):
    api = Api(cast.author)
    form = api.client.generic(
        "POST", "/api/v1/postmortems/", "title=x", "application/x-www-form-urlencoded", headers=api.headers
    )
    problem(form, 415)
    problem(api.get("postmortems/", Accept="text/html"), 406)
    problem(api.call("PUT", f"postmortems/{draft(cast.author).reference}/", {"title": "x"}), 405)
    for address in (
        "nothing/",
        "postmortems/PM-12",
        "postmortems/pm/",
        "postmortems/PM-1/colours/",
        "/api/v2/",
        "postmortems/PM-99999999999999/",
        "postmortems/PM-٣/",
        "learnings/PM-1/",
        "services/%00/",
        "tags/a%FF/",
    ):
        problem(api.get(address), 404)


def test_a_failure_nobody_foresaw_is_a_problem_with_its_id(cast, monkeypatch):
    def broken(*_):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("postmortems.api.whole_views.get_postmortem", broken)
    answer = Api(cast.author).get("postmortems/PM-1/")
    assert "secret" not in answer.content.decode()
    problem(answer, 500)


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=40)
    | st.sampled_from(["#1", "payments", "author", "2026-03-02T09:00:00Z", "started", "x" * 500, "\x00", "\ud800"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)


@given(data=st.data())
@settings(max_examples=soak(60, 1500), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_body_is_ever_a_500(cast, figure, data):
    from postmortems.api.rows import PARTS
    from postmortems.api.whole import NewPostmortemSerializer

    warnings.simplefilter("ignore")
    api = Api(cast.author)
    part = data.draw(st.sampled_from(sorted(PARTS)))
    names = [*PARTS[part][0]().fields, "colour"]
    row = data.draw(st.dictionaries(st.sampled_from(names), ODD, max_size=5))
    head = data.draw(st.dictionaries(st.sampled_from([*NewPostmortemSerializer().fields]), ODD, max_size=4))
    postmortem = draft(cast.author)
    calls = [
        ("POST", "postmortems/", {"title": "t", **head, part: [row]}),
        ("POST", f"postmortems/{postmortem.reference}/{part}/", row),
        ("PATCH", f"postmortems/{postmortem.reference}/", {**head, "version": data.draw(ODD)}),
        ("POST", f"postmortems/{postmortem.reference}/withdraw/", {"reason": data.draw(ODD), "version": 1}),
    ]
    for method, path, body in calls:
        response = api.call(method, path, raw=json.dumps(body).encode())
        assert response.status_code < 500, (method, path, body)
        if response.status_code >= 400:
            problem(response, response.status_code)
    assert not connection.needs_rollback
    figure("a body was made up and sent to four addresses of the API: no answer was a 500")


@given(
    query=st.dictionaries(
        st.sampled_from(["page", "q", "kind", "status", "tag", "order", "since", "trash", "x"]), st.text(max_size=20)
    )
)
@settings(max_examples=soak(60, 1500), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_query_is_ever_a_500(cast, figure, query):
    from urllib.parse import quote

    text = "&".join(f"{name}={quote(value, errors='surrogatepass')}" for name, value in query.items())
    api = Api(cast.author)
    for address in ("postmortems/", "learnings/", "countermeasures/", "tags/", "search/"):
        assert api.get(f"{address}?{text}").status_code < 500, (address, text)
    figure("a query was made up and sent to five addresses of the API: no answer was a 500")
