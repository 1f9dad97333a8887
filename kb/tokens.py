"""Making and revoking tokens of the API; both are facts that the audit trail keeps."""

from django.db import transaction

from kb.accounts.models import ApiToken
from kb.events.record import record


def issue_token(owner, *, by, name="", scope=ApiToken.Scope.READ):
    """(token, secret). `by` is who made it, None on the command line. The secret is stored nowhere."""
    with transaction.atomic():
        token, secret = ApiToken.issue(owner, name=name, scope=scope)
        _tell("token.issued", token, by)
    return token, secret


def revoke_token(token, *, by):
    """From the next request on it opens nothing."""
    with transaction.atomic():
        token.revoke()
        _tell("token.revoked", token, by)


def _tell(kind, token, by):
    data = {"token": token.uid, "name": token.name, "scope": token.scope}
    record(kind, actor=by, subject=f"user:{token.user.uid}", data=data)
