"""The site's settings for tests: a data folder of their own, nothing from the developer's environment."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

DATA_DIR = tempfile.mkdtemp(prefix="andon-tests-")
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)

for line in Path(__file__).parent.parent.joinpath(".env.example").read_text().splitlines():
    os.environ.pop(line.lstrip("# ").partition("=")[0], None)
os.environ.update(ENV_FILE=os.devnull, DATA_DIR=DATA_DIR, PUBLIC_URL="http://testserver", LOG_LEVEL="ERROR")
if "TEST_DATABASE_URL" in os.environ:
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]

from kb.settings import *  # noqa: E402, F403
from kb.settings import DATABASES, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, so that threads are real writers; nobody pulls the plug on a test, so it need not be flushed.
    DATABASES["default"]["TEST"] = {"NAME": f"{DATA_DIR}/test.sqlite3"}
    options = DATABASES["default"]["OPTIONS"]
    options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
