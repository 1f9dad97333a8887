"""The stored HTML of a reading page's reader-independent part: made when a version is first read, then fetched."""

import functools
import hashlib
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError
from django.template.loader import render_to_string
from django.templatetags.static import static

from postmortems.article import Article
from postmortems.models import Fragment, Postmortem

TEMPLATE = "postmortems/parts/article.html"


@functools.cache
def design() -> str:
    """A short hash of everything beside the data that shapes a fragment: templates, code, the sprite's address."""
    folder, here = Path(settings.BASE_DIR) / "templates", Path(__file__).parent
    files = [*sorted((folder / "postmortems/parts").glob("*.html")), *sorted((folder / "parts").glob("*.html"))]
    files += [here / name for name in ("article.py", "timeline.py", "figures.py", "durations.py")]
    digest = hashlib.sha256(static("kb/icons.svg").encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def article_html(postmortem: Postmortem) -> str:
    """The fragment of the version that `postmortem` has; one query if it is stored, about twenty if not.

    The caller has been through the door; a fragment says the same to everybody who may read it at all.
    """
    kept = Fragment.objects.filter(postmortem=postmortem, version=postmortem.version, design=design())
    html = kept.values_list("html", flat=True).first()
    return make(postmortem.pk) if html is None else html


def make(pk: int) -> str:
    """Render and keep the fragment. The head is read before its parts, so what is kept is never older than it says."""
    article = Article.load(pk)
    html = str(render_to_string(TEMPLATE, {"article": article}))
    row = Fragment(postmortem_id=pk, version=article.postmortem.version, design=design(), html=html)
    try:
        Fragment.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["postmortem"], update_fields=["version", "design", "html"]
        )
    except DatabaseError:
        pass  # A busy or read-only database keeps nobody from reading; the next reader tries again.
    return html
