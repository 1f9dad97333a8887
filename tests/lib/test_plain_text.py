"""What a text field refuses by name, and what it shows without surprises."""

import pytest
from django.core.exceptions import ValidationError
from django.template import Context, Template

from kb.lib.plain_text import mark_bidi, validate_not_blank, validate_plain_text


@pytest.mark.parametrize("text", ["", "a\tb\nc\r\nd", "Ünïcödé 日本 🙂‍↔️", "\u202eabc", "x" * 100_000, "\u200b"])
def test_everything_that_can_be_stored_is_taken_unchanged(text):
    assert validate_plain_text(text) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ab\x00", "a NUL character (U+0000) at character 3"),
        ("\ud83d", "half of a surrogate pair (U+D83D) at character 1"),
        ("a\x1b[0m", "a control character (U+001B) at character 2"),
        ("\x7f", "a control character (U+007F)"),
        ("\x9b", "a control character (U+009B)"),
    ],
)
def test_the_rest_is_refused_by_name_and_place(text, said):
    with pytest.raises(ValidationError) as caught:
        validate_plain_text(text)
    assert said in caught.value.messages[0]


@pytest.mark.parametrize("text", ["", "  \n\t", "\u200b\u200d", "\u2800", "\ufeff \xa0"])
def test_text_that_nobody_can_see_is_blank(text):
    with pytest.raises(ValidationError):
        validate_not_blank(text)


def test_visible_text_is_not_blank():
    assert validate_not_blank(" x ") is None


def test_direction_marks_are_shown_in_text_and_kept_in_addresses():
    html = mark_bidi('<a href="/\u202ex" title="a>b\u2066">y\u202e</a>\u2069')
    assert html == (
        '<a href="/%E2%80%AEx" title="a>b%E2%81%A6">y<span class="bidi">U+202E</span></a>'
        '<span class="bidi">U+2069</span>'
    )


def test_the_template_filter_escapes_and_marks():
    page = Template("{% load plain %}{{ a|plain }} {{ b|plain_linked }} {{ none|plain }}")
    html = page.render(Context({"a": "<b>\u202e", "b": "PM-12 & <i>", "none": None}))
    assert html == (
        '&lt;b&gt;<span class="bidi">U+202E</span> '
        '<a href="/PM-12/" rel="noopener nofollow ugc">PM-12</a> &amp; &lt;i&gt; '
    )
