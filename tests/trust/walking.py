"""Everything that can be fetched: the addresses of the whole URLconf, and answers made comparable."""

import itertools
import re

from django.db import transaction
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse

# What no two answers share: proofs of origin, request ids, and how long a search took; and uids drawn just now.
DIFFERS = re.compile(
    r'(?<=name="csrfmiddlewaretoken" value=")\w+'
    r'|(?<="X-CSRFToken": ")\w+|(?<=&quot;: &quot;)[A-Za-z0-9]{32,64}(?=&quot;)'
    r'|(?<=<code class="request-id">)[\w-]+|(?<="request_id": ")[\w-]+|(?<="request_id":")[\w-]+'
    r'|(?<="milliseconds": )[\d.]+|(?<="milliseconds":)[\d.]+|[\d.]+(?=\s*ms\b)'
    r"|(?<=#subscription-)[a-z0-9]{12}"
)
HEADERS = {"x-request-id", "set-cookie", "date", "expires", "content-length"}


def names():
    """{full name: names of its arguments} of every named address, and a list of routes without a name."""
    found, nameless = {}, []

    def walk(resolver, namespace, route, arguments):
        for pattern in resolver.url_patterns:
            taken = arguments | _arguments(pattern.pattern)
            here = route + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
                walk(pattern, inner, here, taken)
            elif pattern.name:
                found.setdefault(namespace + pattern.name, set()).update(taken)
            else:
                nameless.append(here)

    walk(get_resolver(), "", "", set())
    return found, nameless


def _arguments(pattern):
    regex = getattr(pattern, "regex", None)
    return {*getattr(pattern, "converters", {}), *(regex.groupindex if regex else ())}


def addresses(values):
    """(name, path) of every named address, once per combination of `values(name, argument)` that fits it.

    AssertionError for an address whose argument nobody gave a value for: teach the caller what to put there.
    """
    for name, arguments in sorted(names()[0].items()):
        found = set()
        choices = [[(argument, value) for value in values(name, argument)] for argument in sorted(arguments)]
        for chosen in itertools.product(*choices):
            try:
                found.add(reverse(name, kwargs=dict(chosen)))
            except NoReverseMatch:
                continue
        assert found, f"no value fits the address {name!r} with {sorted(arguments)}: it is not walked"
        yield from ((name, path) for path in sorted(found))


def answer(client, path):
    """Everything of the answer to GET `path` (POST where GET is not allowed) but what must differ; changes nothing."""
    point = transaction.savepoint()
    response, method = client.get(path), "GET"
    if response.status_code == 405:
        response, method = client.post(path), "POST"
    transaction.savepoint_rollback(point)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    headers = sorted(f"{key}: {value}" for key, value in response.items() if key.lower() not in HEADERS)
    cookies = f"Cookies: {sorted(response.cookies)}"
    lines = [f"{method} {response.status_code}", *headers, cookies, "", body.decode("utf-8", "replace")]
    return DIFFERS.sub("…", "\n".join(lines))
