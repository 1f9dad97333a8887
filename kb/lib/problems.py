"""Problem details (RFC 9457): the one shape of every error of the API: field, reason, request id."""

from django.core.exceptions import NON_FIELD_ERRORS
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from kb.lib import request_ids

TYPE = "/api/docs/#problem-"  # plus the word of the kind; the docs page explains each
KINDS = {
    "bad-request": (400, "Something that was sent cannot be accepted"),
    "not-signed-in": (401, "Sign in, or send a token"),
    "not-allowed": (403, "You may not do that"),
    "not-found": (404, "There is nothing here"),
    "method-not-allowed": (405, "This address does not answer that method"),
    "not-acceptable": (406, "The API speaks JSON only"),
    "not-possible": (409, "That does not fit how things stand"),
    "version-outdated": (412, "Somebody changed it after you read it"),
    "too-large": (413, "That is too much at once"),
    "unsupported-media-type": (415, "Send JSON"),
    "version-missing": (428, "Say which version you read"),
    "too-many-requests": (429, "Too many requests"),
    "server-error": (500, "Something broke here"),
}
KIND_OF = {status: kind for kind, (status, _) in KINDS.items()}


class Refusal(APIException):
    """Raise it to answer with a problem. `errors` is [(field, reason)]; `extra` stands in the problem as it is."""

    def __init__(self, kind, detail, errors=(), **extra):
        super().__init__(detail)
        self.status_code = KINDS[kind][0]
        self.errors, self.extra = list(errors), extra


class ReasonSerializer(serializers.Serializer):
    field = serializers.CharField(help_text="Path of the field, such as `timeline[3].text`; empty for the whole.")
    reason = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    """For the schema alone."""

    type = serializers.CharField(help_text="Address of an explanation; its last word names the kind of problem.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField(help_text="The address that was asked.")
    request_id = serializers.CharField(help_text="Name it when you ask for help: it stands in the log, too.")
    errors = ReasonSerializer(many=True)
    current_version = serializers.IntegerField(required=False, help_text="Only with 412.")
    current = serializers.JSONField(required=False, help_text="Only with 412: how it is now.")


def answer(request, status, detail, errors=(), headers=None, **extra):
    """A Response with the problem of `status`; `errors` is [(field, reason)]."""
    kind = KIND_OF.get(status, "bad-request" if status < 500 else "server-error")
    body = {
        "type": TYPE + kind,
        "title": KINDS[kind][1],
        "status": status,
        "detail": detail,
        "instance": request.path,
        "request_id": request_ids.current.get(),
        "errors": [{"field": field, "reason": reason} for field, reason in errors],
        **extra,
    }
    return Response(body, status=status, headers=headers, content_type="application/problem+json")


def flat(detail, path=""):
    """[(field path, reason)] of the nested errors of a serializer or of Django's `message_dict`."""
    if isinstance(detail, dict):
        return [pair for key, value in detail.items() for pair in flat(value, _join(path, key))]
    if isinstance(detail, (list, tuple)):
        if any(isinstance(item, (dict, list)) for item in detail):
            return [pair for place, item in enumerate(detail) for pair in flat(item, f"{path}[{place}]")]
        return [(path, str(item)) for item in detail]
    return [(path, str(detail))]


def _join(path, key):
    if key in ("non_field_errors", NON_FIELD_ERRORS):
        return path
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else str(key)
