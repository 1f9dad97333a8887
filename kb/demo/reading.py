"""The demo's YAML as plain data: times relative to today become instants."""

import datetime
import re
from pathlib import Path

import yaml

from kb.lib import instants

CONTENT = Path(__file__).parent / "content"
CLOCK = re.compile(r"(?:([+-]\d+)d )?(\d\d):(\d\d)(?::(\d\d))?")


def company():
    return yaml.safe_load((CONTENT / "company.yaml").read_text(encoding="utf-8"))


def stories():
    """The postmortems, oldest incident first, so that their numbers rise with time."""
    files = sorted(CONTENT.glob("[0-9]*.yaml"))
    found = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
    return sorted(found, key=lambda story: -story["days_ago"])


def clock(text, day, zone):
    """(aware datetime in UTC, precision) of "14:03", "14:03:20" or "+1d 00:12", counted from the date `day`."""
    days, hour, minute, second = CLOCK.fullmatch(text).groups()
    date = day + datetime.timedelta(days=int(days or 0))
    local = datetime.datetime.combine(date, datetime.time(int(hour), int(minute), int(second or 0)))
    at = local.replace(tzinfo=instants.zone(zone)).astimezone(datetime.UTC)
    return at, "second" if second else "minute"
