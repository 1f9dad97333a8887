"""No page of the demo leads to an address that answers nothing."""

import re
from html import unescape

import pytest

from kb.accounts.models import User
from kb.demo.seeding import seed

pytestmark = pytest.mark.django_db
LINK = re.compile(r'<a\b[^>]*?\bhref="(/[^"#]*)')
VARIED = re.compile(r"\?.*|[A-Z]{1,2}-\d+|(?<=s/)[a-z0-9-]+(?=/)")  # one page of each shape is walked further


@pytest.mark.parametrize("username", ["admin", "reader"])
def test_every_link_leads_somewhere(username, sign_in):
    seed("a password for everybody")
    client = sign_in(User.objects.get(username=username))
    waiting, known, shapes, dead = [("/", "")], {"/"}, set(), []
    while waiting:
        path, seen_on = waiting.pop()
        answer = client.get(path, headers={"accept": "text/html,*/*;q=0.8"}, follow=True)
        if answer.status_code >= 400:
            dead.append(f"{path} on {seen_on}: {answer.status_code}")
        shape = VARIED.sub("…", path)
        if shape in shapes or not answer.headers["Content-Type"].startswith("text/html"):
            continue
        shapes.add(shape)
        new = {unescape(link) for link in LINK.findall(answer.content.decode())} - known
        known |= new
        waiting += [(link, path) for link in sorted(new) if "logout" not in link]
    assert not dead
    assert len(shapes) > 15
