"""The scripts of a page: those of others are what they were published as, and all of a page together stay light."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from tests.postmortems.builders import draft, published

LIGHT = 120_000  # bytes, gzipped, of all scripts of one page


def file(name):
    return Path(finders.find(name))


def test_vendored_scripts_are_what_they_were_published_as():
    readme = file("kb/vendor/README.md").read_text()
    rows = re.findall(r"^\| (\S+\.js) \|.*\| ([0-9a-f]{64}) \|$", readme, re.MULTILINE)
    assert len(rows) == 2
    for name, digest in rows:
        content = file(f"kb/vendor/{name}").read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest, name
        assert file(f"kb/vendor/{name.removesuffix('.js')}.LICENSE").exists()


@pytest.mark.django_db
def test_no_page_loads_more_script_than_its_share(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    published(cast.author, cast.stranger)
    section = postmortem.section_set.first()
    base = f"/postmortems/{postmortem.reference}"
    for address in (f"{base}/edit/", f"{base}/edit/section/{section.uid}/", f"{base}/", "/", "/search/?q=slow"):
        scripts = re.findall(r'<script[^>]* src="/static/([^"?]+)"', client.get(address).content.decode())
        assert scripts, address
        weight = sum(len(gzip.compress(file(name).read_bytes())) for name in scripts)
        print(f"{address}: {len(scripts)} scripts, {weight:,} bytes")
        assert weight < LIGHT, address
