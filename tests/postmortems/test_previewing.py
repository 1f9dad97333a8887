"""Preview: the very HTML that readers will get, without writing anything, with a script and without."""

import html
import re

import pytest

from postmortems.models import Change, Section
from tests.postmortems.builders import draft, published
from tests.postmortems.test_rows import desk

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
TEXT = """It *stopped*, see PM-1 and `kubectl get pods`.

- one
- two

| a | b |
| - | - |
| <script>alert(1)</script> | https://example.org/x |

```python
print("1 < 2")
```
"""


def test_the_preview_is_what_readers_will_see(cast, sign_in):
    postmortem = published(cast.author, cast.stranger)
    section, client = postmortem.section_set.first(), sign_in(cast.author)
    address = desk(postmortem, "section", section.uid)
    answer = client.post(address, {"version": section.version, "text": TEXT, "preview": "text"}, headers=HTMX)
    preview = answer.content.decode().strip()
    assert answer.status_code == 200 and "<table>" in preview and "<script>" not in preview
    assert Section.objects.get(pk=section.pk).text == ""
    client.post(address, {"version": section.version, "text": TEXT})
    page = sign_in(cast.reader).get(f"/postmortems/{postmortem.reference}/").content.decode()
    assert f'<div class="prose">{preview}</div>' in page


def test_without_a_script_the_form_comes_back_with_its_preview(cast, sign_in):
    postmortem = draft(cast.author)
    changes = Change.objects.count()
    answer = sign_in(cast.author).post(
        desk(postmortem, "factor"), {"statement": "No **limit**", "role": "enabled", "preview": "all"}
    )
    page = answer.content.decode()
    assert answer.status_code == 200 and "<strong>limit</strong>" in page
    assert re.search(r"<textarea[^>]*>\s*No \*\*limit\*\*</textarea>", html.unescape(page))
    assert Change.objects.count() == changes


def test_a_preview_of_the_head_and_of_nothing(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    address = f"/postmortems/{postmortem.reference}/edit/details/"
    answer = client.post(address, {"takeaway": "Limits `help`", "preview": "takeaway"}, headers=HTMX)
    assert "<code>help</code>" in answer.content.decode()
    answer = client.post(address, {"takeaway": " ", "preview": "takeaway"}, headers=HTMX)
    assert "Nothing to show yet" in answer.content.decode()
