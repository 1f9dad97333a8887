"""Making a data folder ready to serve: schema, static files, on the first start the demo, the search index."""

import hashlib

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from kb import __version__


def prepare(say):
    """Bring everything up to date; what is ready is left alone. `say` prints one line. Raise what commands raise."""
    call_command("migrate", verbosity=0, interactive=False)
    mark = settings.DATA_DIR / "prepared"
    first = not mark.exists()
    if first and settings.DEMO and nobody_is_here():
        say("Loading the demo: an invented company and its postmortems.")
        call_command("seed_demo")
    if first:
        say("Building the search index.")
        call_command("rebuild_index")
    mark.write_text(__version__)


def nobody_is_here():
    from kb.accounts.models import User

    return not User.objects.people().exists()


def collect_static():
    """Collect, name by content and compress the static files, unless these very files were collected before."""
    mark = settings.STATIC_ROOT / ".collected"
    now = fingerprint()
    if not mark.exists() or mark.read_text() != now:
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        mark.write_text(now)


def fingerprint():
    """A hash over path, size and time of every static file of every app; about 20 ms."""
    hashed = hashlib.sha256(__version__.encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = settings.BASE_DIR.joinpath(storage.path(path)).stat()
            hashed.update(f"{path} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return hashed.hexdigest()
