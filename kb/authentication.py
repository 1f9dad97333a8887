"""Who is asking the API: a signed-in browser, or a token that acts for its owner and never sees more."""

from datetime import timedelta

from django.core.cache import caches
from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.throttling import UserRateThrottle

from kb.accounts.models import ApiToken

MINUTE = timedelta(minutes=1)
REFUSED = "This token is not valid: it is unknown or revoked, or its owner has left. Make another one in your profile."


class Bearer(BaseAuthentication):
    """`Authorization: Bearer andon_…`. One query; once a minute a second one that notes the use."""

    def authenticate(self, request):
        word, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if word.lower() != "bearer":
            return None
        found = ApiToken.objects.usable().select_related("user").filter(digest=ApiToken.hash(secret.strip())).first()
        if found is None:
            raise AuthenticationFailed(REFUSED)
        now = timezone.now()
        unused = Q(last_used_at=None) | Q(last_used_at__lt=now - MINUTE)
        if found.last_used_at is None or found.last_used_at < now - MINUTE:
            ApiToken.objects.filter(unused, pk=found.pk).update(last_used_at=now)
        return found.user, found

    def authenticate_header(self, request):
        return 'Bearer realm="api"'


class Session(SessionAuthentication):
    """The browser's session; writes need its CSRF token in X-CSRFToken."""

    def authenticate(self, request):
        user = getattr(request._request, "user", None)
        if not user or not user.is_active:
            return None
        self.enforce_csrf(request)
        return user, None


class SignedIn(BasePermission):
    """Somebody with an account, and with a token only what its scope allows."""

    message = "This token may only read. Make one that may write in your profile."

    def has_permission(self, request, view):
        if not request.user or not request.user.is_authenticated:
            self.message = "Sign in, or send a token: Authorization: Bearer andon_…"
            return False
        token = request.auth
        return not isinstance(token, ApiToken) or token.scope == ApiToken.Scope.WRITE or request.method in SAFE_METHODS


class PerPerson(UserRateThrottle):
    """600 requests a minute and person, counted by each web process for itself: a shared count would be a write to the
    database with every read."""

    rate = "600/min"
    cache = caches["process"]

    def get_cache_key(self, request, view):
        return f"api:{request.user.pk}" if request.user and request.user.is_authenticated else None
