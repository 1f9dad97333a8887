#!/usr/bin/env python
"""Every command of Andon starts here: `python manage.py help`."""

import os
import sys


def main():
    if sys.version_info < (3, 11, 2):
        sys.exit(f"Andon needs Python 3.11.2 or later; this is {sys.version.split()[0]}.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kb.settings")
    try:
        from django.conf import settings
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here. Run `make setup`, then use .venv/bin/python manage.py.")
    try:
        settings.INSTALLED_APPS  # noqa: B018 - loads the settings, which refuse wrong values
    except ImproperlyConfigured as fault:
        print(f"Andon does not start:\n{fault}", file=sys.stderr)
        sys.exit(2)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
