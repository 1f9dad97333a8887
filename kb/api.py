"""The API: what is mounted where, how errors are answered, and its description."""

import logging

from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.db import IntegrityError
from django.http import Http404
from django.urls import include, path, re_path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

from kb import api_docs, api_schema  # noqa: F401 - the schema's extensions register themselves
from kb.accounts import api as accounts
from kb.digests import api as digests
from kb.lib import problems
from postmortems import api as postmortems
from postmortems.access import MISSING
from postmortems.models import Conflict, NotPossible
from search import api as search

log = logging.getLogger(__name__)


def answer_error(error, context):
    """Every error as problem details; what nobody foresaw goes to the log with its request id, and 500."""
    request, headers = context["request"], {}
    if isinstance(error, problems.Refusal):
        return problems.answer(request, error.status_code, str(error.detail), error.errors, **error.extra)
    if isinstance(error, (exceptions.ValidationError, ValidationError)):
        errors = problems.flat(_told(error))
        fields = ", ".join(dict.fromkeys(field for field, _ in errors if field))
        about = f"Look at: {fields}." if fields else errors[0][1]
        return problems.answer(request, 400, f"{about} Nothing was changed.", errors)
    if isinstance(error, (NotPossible, Conflict)):
        return problems.answer(request, 409, str(error))
    if isinstance(error, IntegrityError):
        # Its first line alone: what follows quotes the row, and with it what people wrote.
        log.warning("refused by the database: %s", str(error).partition("\n")[0])
        return problems.answer(request, 409, "It contradicts something that is there already; nothing was changed.")
    if isinstance(error, (Http404, exceptions.NotFound)):
        return problems.answer(request, 404, MISSING)
    if isinstance(error, (PermissionDenied, exceptions.PermissionDenied)):
        return problems.answer(request, 403, str(getattr(error, "detail", error)) or "You may not do that.")
    if isinstance(error, RequestDataTooBig):
        return problems.answer(request, 413, "The request is too large; nothing was changed.")
    if isinstance(error, exceptions.APIException):
        return _framework_error(request, error, headers)
    log.exception("an API request failed")
    return problems.answer(request, 500, "It is in the log under this request id; nothing was changed halfway.")


def _told(error):
    if isinstance(error, ValidationError):
        return error.message_dict if hasattr(error, "error_dict") else error.messages
    return error.detail


def _framework_error(request, error, headers):
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(int(error.wait) + 1)
    if isinstance(error, exceptions.NotAuthenticated):
        return problems.answer(request, 401, "Sign in, or send a token: Authorization: Bearer andon_…", headers=headers)
    return problems.answer(request, error.status_code, str(error.detail), headers=headers)


class Missing(APIView):
    """An address below /api/ that is none."""

    schema = None

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        raise Http404


class Root(APIView):
    @extend_schema(responses={200: {"type": "object", "additionalProperties": {"type": "string"}}}, operation_id="root")
    def get(self, request):
        """Where everything is."""
        lists = [prefix for prefix, _, _ in ROUTES if "(" not in prefix]
        addresses = {name: request.build_absolute_uri(f"{name}/") for name in [*lists, "search", "me", "schema"]}
        return Response(addresses)


ROUTES = [*postmortems.ROUTES, *digests.ROUTES]
router = SimpleRouter()
for prefix, viewset, name in ROUTES:
    router.register(prefix, viewset, f"api-{name}")

urlpatterns = [
    path("", api_docs.front, name="api"),
    path("docs/", api_docs.docs, name="api_docs"),
    path("v1/", Root.as_view(), name="api_root"),
    path("v1/me/", accounts.Me.as_view(), name="api_me"),
    path("v1/search/", search.Search.as_view(), name="api_search"),
    path("v1/schema/", SpectacularJSONAPIView.as_view(), name="api_schema"),
    path("v1/", include(router.urls)),
    re_path("", Missing.as_view()),
]
