"""How the API's description (OpenAPI 3.1) is made from its code."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from kb.lib.problems import ProblemSerializer

PATHS = {
    "reference": {"type": "string", "pattern": r"^(PM|L|CM)-[1-9][0-9]*$", "example": "PM-12"},
    "slug": {"type": "string", "example": "payments"},
    "uid": {"type": "string", "pattern": "^[a-z0-9]{12}$", "example": "k3vq8zr2mw5t"},
}
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER,
    description='The version that you read, in quotes, as the ETag gave it: `"3"`. Or send it in the body.',
)  # fmt: skip


class Schema(AutoSchema):
    """Adds what every address has: typed paths, If-Match on writes, problems as errors."""

    def _resolve_path_parameters(self, variables):
        return [{"in": "path", "name": name, "schema": PATHS[name], "required": True} for name in variables]

    def get_tags(self):
        tokens = [token for token in self.path.split("/") if token and "{" not in token]
        return [tokens[2] if len(tokens) > 2 else "api"]

    def get_override_parameters(self):
        return [IF_MATCH] if getattr(self.view, "action", "") in getattr(self.view, "versioned", ()) else []

    def get_operation_id(self):
        """postmortems_timeline_list, postmortems_publish, me: the path in words, then what is done."""
        words = [token.replace("-", "_") for token in self.path.split("/")[3:] if token and "{" not in token]
        action = getattr(self.view, "action", "") or self.method.lower()
        if action not in ("list", "retrieve", "create", "partial_update", "destroy"):
            return "_".join(words)
        return "_".join(
            [*words, {"partial_update": "change", "retrieve": "read", "destroy": "delete"}.get(action, action)]
        )

    def _get_response_bodies(self, direction="response"):
        bodies = super()._get_response_bodies(direction)
        problem = self.resolve_serializer(ProblemSerializer(), "response").ref
        bodies["default"] = {
            "description": "What went wrong (RFC 9457).",
            "content": {"application/problem+json": {"schema": problem}},
        }
        return bodies


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "kb.authentication.Bearer"
    name = "token"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer", "description": "A token from your profile: `andon_…`"}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "kb.authentication.Session"
    name = "session"

    def get_security_definition(self, auto_schema):
        from django.conf import settings

        text = "The browser's session. Writes need its CSRF token in X-CSRFToken."
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME, "description": text}
