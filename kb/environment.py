"""Reading the environment: each variable once, typed, and every fault told at once in one line each."""

import importlib.util
import ipaddress
import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

YES = {"1", "true", "yes", "on"}
NO = {"0", "false", "no", "off"}
CLIENTS = {"postgres": "psycopg", "postgresql": "psycopg", "redis": "redis", "rediss": "redis"}


class Environment:
    """Variables of the process, then of the .env file. An empty value counts as not set.

    A method that meets a wrong value notes a fault and returns the default, so that the one call of
    `refuse_faults` at the end can name all of them.
    """

    def __init__(self, file):
        """`file` is read if present; the variable ENV_FILE names another one."""
        self.faults = []
        self.names = set()
        environ.Env.read_env(self.text("ENV_FILE", str(file)), overwrite=False)

    def fault(self, name, sentence):
        self.faults.append(f"{name}: {sentence}")

    def refuse_faults(self):
        """Raise ImproperlyConfigured with one line per fault, if there is any."""
        if self.faults:
            raise ImproperlyConfigured("\n".join(self.faults))

    def text(self, name, default=""):
        self.names.add(name)
        return os.environ.get(name, "").strip() or default

    def flag(self, name, default):
        value = self.text(name).lower()
        if value and value not in YES | NO:
            self.fault(name, f"“{value}” is neither yes nor no; use 1 or 0.")
        return value in YES if value in YES | NO else default

    def number(self, name, default, low, high):
        value = self.text(name, str(default))
        if not value.isdecimal() or not low <= int(value) <= high:
            self.fault(name, f"“{value}” is not a number from {low} to {high}.")
            return default
        return int(value)

    def choice(self, name, default, choices):
        value = self.text(name, default)
        if value not in choices:
            self.fault(name, f"“{value}” is unknown; choose one of {', '.join(choices)}.")
            return default
        return value

    def words(self, name):
        """Values separated by commas, as a list without empty ones."""
        return [word.strip() for word in self.text(name).split(",") if word.strip()]

    def folder(self, name, default):
        """An absolute folder that exists and can be written; made (for its owner alone) if missing."""
        folder = Path(self.text(name, str(default))).expanduser().resolve()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            self.fault(name, f"{folder} cannot be written ({error.strerror}); choose a folder that can.")
        return folder

    def address(self, name, default):
        """An IP address or localhost to listen on."""
        value = self.text(name, default)
        try:
            value == "localhost" or ipaddress.ip_address(value)
        except ValueError:
            self.fault(name, f"“{value}” is not an IP address such as 127.0.0.1 or 0.0.0.0.")
            return default
        return value

    def origin(self, name, default):
        """An address such as https://postmortems.example.org: scheme, host and perhaps a port, no path."""
        value = self.text(name, default).rstrip("/")
        try:
            parts = urlsplit(value)
            right = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port)
        except ValueError:
            right = False
        if not right or value != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc:
            self.fault(name, f"“{value}” is not an address such as https://postmortems.example.org (no path).")
            return default
        return value

    def url(self, name, default, schemes):
        """A service URL with one of `schemes`; its Python client must be installed.

        The value stays out of the sentence: such an URL may carry a password.
        """
        value = self.text(name, default)
        scheme = value.partition(":")[0]
        client = CLIENTS.get(scheme)
        if "://" not in value or scheme not in schemes:
            self.fault(name, f"it does not begin with one of {', '.join(s + '://' for s in schemes)}.")
        elif client and not importlib.util.find_spec(client):
            self.fault(name, f"the Python package {client} is missing: .venv/bin/pip install {client}.")
        else:
            return value
        return default


def kept_secret(path):
    """The secret in the file `path`, made at the first call; of two processes at once one makes it.

    Raise OSError when it cannot be read or made.
    """
    if not path.exists():
        handle, draft = tempfile.mkstemp(dir=path.parent)  # readable by its owner alone
        try:
            with os.fdopen(handle, "w") as file:
                file.write(os.urandom(48).hex())
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was quicker; its key is the key
        finally:
            os.unlink(draft)
    return path.read_text().strip()
