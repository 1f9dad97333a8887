"""The API's description: complete, valid, and readable as a page without scripts."""

import re

import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator

from tests.api.building import Api, published

pytestmark = pytest.mark.django_db


def test_the_description_is_valid_and_without_warnings(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yaml"))
    assert (tmp_path / "schema.yaml").read_text().startswith("openapi: 3.1.0")


def test_it_is_served_to_whoever_is_signed_in(cast):
    schema = Api(cast.reader, scope="read").get("schema/").json()
    assert schema["openapi"] == "3.1.0"
    names = [operation["operationId"] for path in schema["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))
    assert {"postmortems_list", "postmortems_timeline_change", "postmortems_publish", "search", "me"} <= set(names)
    publish = schema["paths"]["/api/v1/postmortems/{reference}/publish/"]["post"]
    assert {parameter["name"] for parameter in publish["parameters"]} == {"If-Match", "reference"}


def test_answers_are_as_described(cast):
    """The schemas of the description fit what is really answered."""
    api = Api(cast.author)
    postmortem = published(cast.author, cast.teammate)
    api.post(f"postmortems/{postmortem.reference}/timeline/", {"text": "a", "at": "2026-03-02T09:00:00Z"})
    api.post(f"postmortems/{postmortem.reference}/countermeasures/", {"statement": "a"})
    api.post("subscriptions/", {})
    schema = api.get("schema/").json()
    for address, path in (
        (f"postmortems/{postmortem.reference}/", "postmortems/{reference}/"),
        ("postmortems/", "postmortems/"),
        ("learnings/", "learnings/"),
        ("countermeasures/", "countermeasures/"),
        ("me/", "me/"),
        ("search/?q=queue", "search/"),
        ("subscriptions/", "subscriptions/"),
        ("services/", "services/"),
        ("digests/", "digests/"),
        ("teams/", "teams/"),
        (f"postmortems/{postmortem.reference}/timeline/", "postmortems/{reference}/timeline/"),
        (f"postmortems/{postmortem.reference}/reviews/", "postmortems/{reference}/reviews/"),
    ):
        described = schema["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"]["content"]["application/json"][
            "schema"
        ]
        validator = Draft202012Validator({**described, "components": schema["components"]})
        faults = [
            f"{address} {list(error.path)}: {error.message[:200]}"
            for error in validator.iter_errors(api.get(address).json())
        ]
        assert faults == []
    problem = api.get("postmortems/PM-99/").json()
    Draft202012Validator({**schema["components"]["schemas"]["Problem"], "components": schema["components"]}).validate(
        problem
    )


def test_the_docs_page_names_every_address_and_needs_no_script(cast, sign_in):
    client = sign_in(cast.reader)
    assert client.get("/api/").headers["Location"] == "/api/docs/"
    html = client.get("/api/docs/").content.decode()
    schema = client.get("/api/v1/schema/").json()
    for path in schema["paths"]:
        assert (path.removeprefix("/api/v1") or "/") in html, path
    assert not re.search(r"<script(?![^>]*src=)|\son\w+=|\sstyle=|https?://(?!testserver)", html)
    assert sign_in(None).get("/api/docs/").status_code == 302
