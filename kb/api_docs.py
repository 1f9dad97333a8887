"""The API's documentation as a page of the site: made from its description, readable offline and without scripts."""

import json
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from kb.lib.problems import KINDS
from kb.lib.strict_json import LARGEST

PREFIX = "/api/v1"
FIRST = [
    "postmortems", "sections", "participants", "impact", "timeline", "milestones", "perspectives",
    "questions", "factors", "observations", "learnings", "countermeasures",
    "evidence", "attachments",
    "search", "services", "teams", "tags", "themes", "severities", "subscriptions",
    "digests", "me",
]  # fmt: skip
ORDER = ["get", "post", "patch", "delete"]
# What makes an example read like one; everything else is made up from the field's type.
EXAMPLES = {
    "title": "Card payments failed for 40 minutes",
    "text": "Error rate at 30 %.",
    "statement": "The pool has no limit.",
    "claim": "A pool without a limit moves the outage elsewhere.",
    "reason": "Names were in it.",
    "query": "service:payments",
    "owner": "ada",
    "reviewers": ["ada"],
    "at": "2026-03-02T09:14:00+01:00",
    "zone": "Europe/Berlin",
    "metric": "failed payments",
    "value": "1240",
    "unit": "payments",
    "name": "Payments",
    "by": "CM-9",
    "into": "checkout",
    "after": "k3vq8zr2mw5t",
    "answers": {"evidence": "yes", "impact": "yes"},
    "function": "commander",
    "type": "detected",
}
TELLING = {"name", "function", "type", "at", "metric", "value", "unit", "query", "visibility"}


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    return redirect("api_docs")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    base = request.build_absolute_uri(PREFIX)
    kinds = [(kind, status, title) for kind, (status, title) in KINDS.items()]
    return render(request, "api/docs.html", {"groups": groups(), "base": base, "kinds": kinds, "largest": LARGEST})


@lru_cache(maxsize=1)
def groups():
    """[(group, [operation])] of the whole API; the description does not change while a process lives. About 0.7 s."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    found = {name: [] for name in FIRST}
    for path, methods in schema["paths"].items():
        for method in sorted(methods, key=ORDER.index):
            operation = _operation(schema, method, path.removeprefix(PREFIX), methods[method])
            found.setdefault(methods[method]["tags"][0], []).append(operation)
    return [(name, sorted(rows, key=lambda row: len(row["path"]))) for name, rows in found.items() if rows]


def _operation(schema, method, path, operation):
    content = operation.get("requestBody", {}).get("content", {})
    body = next((media["schema"] for media in content.values()), None)
    fields = _fields(schema, body) if body else []
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation.get("description", ""),
        "parameters": [
            {"name": p["name"], "about": p.get("description", ""), **_typed(schema, p["schema"])}
            for p in operation.get("parameters", [])
            if p["in"] == "query"
        ],
        "if_match": any(p["name"] == "If-Match" for p in operation.get("parameters", [])),
        "fields": fields,
        "example": json.dumps(_example(fields), indent=2, ensure_ascii=False) if fields else "",
    }


def _fields(schema, body):
    """[{name, type, required, about}] of what a request may say."""
    body = _resolved(schema, body)
    needed = set(body.get("required", ()))
    return [
        {"name": name, "required": name in needed, "about": field.get("description", ""), **_typed(schema, field)}
        for name, field in body.get("properties", {}).items()
        if not field.get("readOnly")
    ]  # fmt: skip


def _resolved(schema, part):
    while "$ref" in part:
        part = schema["components"]["schemas"][part["$ref"].rpartition("/")[2]]
    return part


def _typed(schema, field):
    """{type, values}: a word for people, and the allowed values if they are few."""
    options = [_resolved(schema, option) for option in field.get("oneOf", field.get("allOf", [field]))]
    values = [value for option in options for value in option.get("enum", ()) if value not in ("", None)]
    kind = _resolved(schema, options[0])
    if kind.get("type") == "array":
        item = _resolved(schema, kind["items"])
        return {
            "type": "list of objects" if item.get("properties") else "list of strings",
            "values": item.get("enum", []),
        }
    names = kind.get("type", "value")
    word = " or ".join(dict.fromkeys(names)) if isinstance(names, list) else names
    return {"type": {"date": "date", "date-time": "time with zone"}.get(kind.get("format"), word), "values": values}


def _example(fields):
    """The required fields, and those that tell what this is about."""
    chosen = [f for f in fields if f["required"] or f["name"] in TELLING] or fields[:2]
    return {f["name"]: _value(f) for f in chosen}


def _value(field):
    if field["name"] in EXAMPLES and (not field["values"] or EXAMPLES[field["name"]] in field["values"]):
        return EXAMPLES[field["name"]]
    if field["values"]:
        return field["values"][0]
    plain = {"integer": 3, "boolean": True, "date": "2026-05-01", "list of strings": [], "list of objects": []}
    return plain.get(field["type"], "…")
