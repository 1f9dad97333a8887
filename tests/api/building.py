"""Small builders for the API's tests."""

import json

from django.test import Client

from kb.accounts.models import ApiToken
from postmortems.models import Learning, Postmortem
from postmortems.models.reviews import QUESTIONS, Review

BASE = "/api/v1/"
ANSWERS = dict.fromkeys(QUESTIONS, "yes")


class Api:
    """A client of the API with a token of `user`: `api.get("me/")`, `api.post("postmortems/", {...})`."""

    def __init__(self, user, scope="write"):
        self.user = user
        self.client = Client(raise_request_exception=True)
        if user is not None:
            self.token, secret = ApiToken.issue(user, scope=scope)
            self.headers = {"Authorization": f"Bearer {secret}"}
        else:
            self.headers = {}

    def call(self, method, path, body=None, version=None, raw=None, **headers):
        headers = {**self.headers, **headers}
        if version is not None:
            headers["If-Match"] = version if isinstance(version, str) else f'"{version}"'
        address = path if path.startswith(("/", "http")) else BASE + path
        data = raw if raw is not None else json.dumps(body) if body is not None else ""
        return self.client.generic(method, address, data, "application/json", headers=headers)

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.call("POST", path, {} if body is None else body, **options)

    def patch(self, path, body, version=None, **options):
        return self.call("PATCH", path, body, version, **options)

    def delete(self, path, version=None, **options):
        return self.call("DELETE", path, None, version, **options)


def draft(by, title="Cards were charged twice", **fields):
    return Postmortem.start(by, title, **fields)


def published(by, reviewer, title="The queue filled up", **fields):
    postmortem = draft(by, title, **fields)
    Learning.add(postmortem, by, claim="A queue without a limit fills up.")
    postmortem.submit_for_review(by, [reviewer])
    Review.answer(postmortem, reviewer, outcome="approved", answers=ANSWERS)
    postmortem.refresh_from_db()
    return postmortem.publish(by)


def problem(response, status):
    """The body of an error, after a look at its shape."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert {"type", "title", "status", "detail", "instance", "request_id", "errors"} <= body.keys()
    assert body["status"] == status and body["request_id"] == response["X-Request-ID"]
    assert all(error.keys() == {"field", "reason"} for error in body["errors"])
    return body


def fields(response):
    return {error["field"] for error in problem(response, 400)["errors"]}
