"""What every answer gets: a request id, the content security policy, privacy from caches; and who must sign in."""

import re

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpResponse
from django.urls import reverse

from kb import kept_text
from kb.lib import request_ids
from kb.lib.uids import new_uid


def request_id(get_response):
    """`request.id`, the same in the log and in X-Request-ID; a proxy's own id is kept if it looks like one."""

    def middleware(request):
        given = request.headers.get("X-Request-ID", "")
        request.id = given if re.fullmatch(r"[\w-]{8,64}", given, re.ASCII) else new_uid()
        token = request_ids.current.set(request.id)
        try:
            response = get_response(request)
        finally:
            request_ids.current.reset(token)
        response.headers["X-Request-ID"] = request.id
        return response

    return middleware


def addresses_without_nul(get_response):
    """PostgreSQL refuses to look for a NUL, which no address holds: it becomes another character that none holds, and
    the answer 404."""

    def process_view(request, view, args, kwargs):
        kwargs.update({name: text.replace("\0", "\ufffd") for name, text in kwargs.items() if isinstance(text, str)})

    def middleware(request):
        return get_response(request)

    middleware.process_view = process_view
    return middleware


def content_security_policy(get_response):
    """The header for the setting SECURE_CSP, named and shaped as in Django 6.0, whose own middleware can take over."""
    policy = "; ".join(f"{directive} {' '.join(sources)}" for directive, sources in settings.SECURE_CSP.items())

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy)
        return response

    return middleware


def keep_private(get_response):
    """Pages are for one person: no cache, and nobody at the next desk with the Back button, keeps them."""

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware


class SignInRequired(LoginRequiredMiddleware):
    """Every page asks for sign-in unless its view says `login_not_required`."""

    def handle_no_permission(self, request, view_func):
        """A part of a page cannot show the sign-in form: it gets 401, and the page keeps what was typed."""
        if getattr(request, "htmx", False):
            sentence = "You are signed out. Sign in again in another tab, then repeat; this page keeps your text."
            headers = {"X-Sign-In": reverse(settings.LOGIN_URL)}
            return HttpResponse(sentence, status=401, headers=headers, content_type="text/plain; charset=utf-8")
        if request.method == "POST" and request.POST:
            return kept_text.answer(request, signed_out=True, status=401)
        return super().handle_no_permission(request, view_func)
