"""A person of a real site who talks to its API."""

import http.client
import json
from urllib.parse import urlencode


def tokens(site, *names):
    """Issue a token that may write for each of these people; returns {user name: secret}."""
    code = (
        "import json; from kb.accounts.models import ApiToken, User\n"
        f"print(json.dumps({{n: ApiToken.issue(User.objects.get(username=n), scope='write')[1] for n in {names!r}}}))"
    )
    return json.loads(site.run(code))


class Person:
    """`call` → (status, body as data); status 0 where no whole answer came, so nothing is acknowledged."""

    def __init__(self, site, secret):
        self.site, self.headers = site, {"Authorization": f"Bearer {secret}"}

    def call(self, method, path, body=None, version=None):
        headers = self.headers | {"Content-Type": "application/json"}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        connection = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=30)
        try:
            connection.request(method, f"/api/v1/{path}", None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read()
            return response.status, json.loads(text) if text else None
        except (OSError, http.client.HTTPException, ValueError):
            return 0, None
        finally:
            connection.close()

    def finds(self, word, **more):
        """References of what a search for `word` finds."""
        status, body = self.call("GET", f"search/?{urlencode({'q': word, **more})}")
        return [hit["reference"] for hit in body["results"]] if status == 200 else []
