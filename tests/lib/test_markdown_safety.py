"""Nothing that people write can run, load or fool in another person's page."""

import pytest

from kb.lib import markdown
from tests.counts import soak
from tests.lib.xss import faults, vectors, written


def test_there_are_more_than_a_hundred_vectors_of_our_own():
    assert len(set(written())) > 150


def test_no_vector_survives_as_block_or_inline():
    texts = list(vectors(soak(quick=1000, full=4000)))
    for inline in (False, True):
        for text, html in zip(texts, markdown.render_many([(text, inline) for text in texts]), strict=True):
            assert faults(html) == [], (text, html)


@pytest.mark.parametrize("inline", [False, True])
def test_plain_text_shown_after_a_failure_is_escaped(inline):
    html = markdown.render("<script>pwned()</script>" + "[" * 3000, inline)
    assert "render-notice" in html and "&lt;script&gt;" in html
    assert faults(html) == []


def test_links_tell_nobody_where_they_come_from_and_earn_nothing():
    html = markdown.render("[a](https://example.org) and https://example.com")
    assert html.count('rel="noopener nofollow ugc"') == 2


def test_images_come_from_the_web_or_our_attachments_only():
    shown, dropped = (
        "![a](https://example.org/a.png) ![b](/attachments/b.png)",
        "![c](/logout) ![d](data:image/png,x)",
    )
    html = markdown.render(f"{shown} {dropped}")
    assert html.count("<img") == 2
    assert "logout" not in html and "data:" not in html and " c " in html
    assert 'loading="lazy"' in html and 'referrerpolicy="no-referrer"' in html


def test_classes_of_the_site_cannot_be_borrowed():
    html = markdown.render('<span class="k render-notice">x</span> <div class="banner">y</div>')
    assert "render-notice" not in html and "banner" not in html
