"""Nothing that people write can run, load or fool in another person's page."""

import pytest

from kb.lib import markdown
from tests.counts import soak
from tests.lib.xss import faults, vectors, written


def test_there_are_more_than_a_hundred_vectors_of_our_own():
    assert len(set(written())) > 150


def test_no_vector_survives_as_block_or_inline(figure):
    texts = list(vectors(soak(quick=1000, full=4000)))
    for inline in (False, True):
        for text, html in zip(texts, markdown.render_many([(text, inline) for text in texts]), strict=True):
            assert faults(html) == [], (text, html)
    figure(f"{len(texts)} vectors rendered: nothing survived")


@pytest.mark.parametrize("inline", [False, True])
def test_plain_text_shown_after_a_failure_is_escaped(inline):
    html = markdown.render("<script>pwned()</script>" + "[" * 3000, inline)
    assert "render-notice" in html and "&lt;script&gt;" in html
    assert faults(html) == []


def test_links_tell_nobody_where_they_come_from_and_earn_nothing():
    html = markdown.render("[a](https://example.org) and https://example.com")
    assert html.count('rel="noopener nofollow ugc"') == 2


def test_images_are_our_attachments_and_those_of_other_sites_become_links():
    own, others = "![b](/attachments/b.png)", "![c <x>](/logout) ![d](data:image/png,x)"
    html = markdown.render(f"![a](https://example.org/a.png) {own} {others}")
    assert html.count("<img") == 1
    assert '<a href="https://example.org/a.png" rel="noopener nofollow ugc">a</a>' in html
    assert "logout" not in html and "data:" not in html and " c " in html
    assert 'loading="lazy"' in html and 'referrerpolicy="no-referrer"' in html


@pytest.mark.parametrize("inline", [False, True])
def test_an_image_of_another_site_within_a_link_leaves_its_text(inline):
    html = markdown.render("[![diagram](https://example.org/a.png)](https://example.org/) ![](http://x.org/y)", inline)
    assert html.count("<a ") == html.count("</a>") == 2 and "<img" not in html
    assert ">diagram</a>" in html and ">image</a>" in html


def test_classes_of_the_site_cannot_be_borrowed():
    html = markdown.render('<span class="k render-notice">x</span> <div class="banner">y</div>')
    assert "render-notice" not in html and "banner" not in html
