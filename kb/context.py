"""What every page knows without asking the database: the site's name and how this reader wants it to look."""

from django.conf import settings
from django.http import HttpRequest

from kb.demo.seeding import is_here

THEMES = ("light", "dark")


def site(request: HttpRequest) -> dict[str, object]:
    """`theme` is "light", "dark" or "" (as the system says); `single_keys` is False where switched off; `demo_is_here`
    asks the database when a template asks for it."""
    theme = request.COOKIES.get("theme", "")
    return {
        "SITE_NAME": settings.SITE_NAME,
        "SIGNUP_OPEN": settings.SIGNUP != "closed",
        "demo_is_here": is_here,
        "theme": theme if theme in THEMES else "",
        "single_keys": getattr(request.user, "single_keys", True),
    }
