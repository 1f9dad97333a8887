"""Links that prove themselves: a uid with our signature, for what must work without signing in.

The token holds no name, address or key, only a random uid; for another purpose the same uid has another signature.
"""

from django.core.signing import BadSignature, Signer


def _signer(purpose: str) -> Signer:
    return Signer(salt=f"andon.{purpose}", sep=".")


def sign(purpose: str, uid: str) -> str:
    """A token fit for an address, the uid, a dot, a signature; it never ends, so give it to harmless verbs only."""
    return _signer(purpose).sign(uid)


def read(purpose: str, token: str) -> str | None:
    """The uid of a token that we signed for this purpose, else None."""
    try:
        return _signer(purpose).unsign(token)
    except BadSignature:
        return None
