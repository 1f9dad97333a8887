"""What people write looks as they meant it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.lib import markdown, markdown_engine

SHARED = next((p for p in [Path(__file__).parents[2].parent / "shared" / "data"] if p.is_dir()), None)


def test_the_usual_markup():
    html = markdown.render("**b** *i* ~~s~~ `c` [l](https://example.org)")
    assert "<strong>b</strong> <em>i</em> <del>s</del> <code>c</code>" in html
    assert '<a href="https://example.org"' in html


def test_headings_start_below_the_page_and_leave_no_gap():
    html = markdown.render("# A\n\n### B\n\n## C\n\n# D")
    assert [html.count(f"<h{level}>") for level in range(1, 7)] == [0, 0, 2, 2, 0, 0]


def test_a_list_may_follow_its_paragraph_at_once():
    html = markdown.render("Impact:\n- one\n- two\n1. first\n2. second")
    assert "<ul>\n<li>one</li>\n<li>two</li>\n</ul>" in html
    assert "<ol>\n<li>first</li>\n<li>second</li>\n</ol>" in html


@pytest.mark.parametrize("indent", [2, 3, 4])
def test_lists_nest_at_two_three_or_four_spaces(indent):
    html = markdown.render(f"- a\n{' ' * indent}- b\n{' ' * indent * 2}- c\n- d")
    assert html.count("<ul>") == 3 and html.count("</li>\n</ul>\n</li>\n<li>d</li>") == 1


def test_a_number_in_a_paragraph_is_no_list():
    assert "<ol>" not in markdown.render("It was not\n2019. A year later")


def test_code_keeps_its_lines_and_gets_classes_not_styles():
    html = markdown.render("```python\ndef f(x):\n    return 1\n\n\n- no list\n```")
    assert '<span class="k">def</span>' in html and "style=" not in html and "<li>" not in html
    assert '<pre tabindex="0">' in html


def test_code_inside_a_list_item():
    html = markdown.render("- a\n  ```\n  x = 1\n    y\n  ```\n- b")
    assert "x = 1\n  y" in html and html.count("<li>") == 2


def test_tables_are_aligned_without_styles_and_can_be_scrolled():
    html = markdown.render("| a | b |\n|:--|--:|\n| 1 | 2 |")
    assert '<td align="right">2</td>' in html and "style" not in html
    assert '<div class="table-scroll" tabindex="0" role="group"><table>' in html


def test_tasks_say_whether_they_are_done():
    html = markdown.render("- [ ] a\n- [x] b")
    assert 'aria-label="to do">☐</span> a' in html and 'aria-label="done">☑</span> b' in html


def test_footnotes_of_two_texts_do_not_meet():
    first, second = markdown.render("x[^1]\n\n[^1]: a"), markdown.render("y[^1]\n\n[^1]: b")
    ids = {html.split('<li id="')[1].split('"')[0] for html in (first, second)}
    assert len(ids) == 2 and all(i.startswith("user-content-") for i in ids)
    for html in (first, second):
        for target in html.split('href="#')[1:]:
            assert f'id="{target.split(chr(34))[0]}"' in html


def test_what_only_looks_like_html_is_not_lost():
    html = markdown.render("The <pod-name> had List<String> and a < b && c > d")
    assert "&lt;pod-name&gt;" in html and "List&lt;String&gt;" in html and "a &lt; b &amp;&amp; c &gt; d" in html


def test_known_html_is_kept():
    html = markdown.render("<details>\n<summary>Log</summary>\n\nline **x**<br>next\n\n</details>")
    assert "<details>" in html and "<summary>Log</summary>" in html and "<strong>x</strong><br>" in html


def test_comments_are_not_shown():
    html = markdown.render("a\n\n<!-- write\n\nhere -->\nb <!-- open")
    assert "write" not in html and "here" not in html and "b &lt;!-- open" in html


def test_attribute_lists_of_other_dialects_are_not_shown():
    html = markdown.render("| a |\n|---|\n| b |\n{: .striped }\n\nuse {: x } here")
    assert "striped" not in html and "{: x }" in html and "<td>b</td>" in html


def test_references_are_links_outside_code_and_links():
    text = "PM-12, L-3 and CM-7; `PM-1` [PM-2](https://example.org) https://example.org/PM-3 XPM-4 PM-05"
    html = markdown.render(text)
    assert [f'<a href="/{r}/"' in html for r in ("PM-12", "L-3", "CM-7")] == [True] * 3
    assert html.count('href="/') == 3


def test_references_are_links_in_plain_text_too():
    assert markdown.render("see PM-12.", inline=True) == (
        'see <a href="/PM-12/" rel="noopener nofollow ugc">PM-12</a>.'
    )


def test_a_name_stays_text():
    assert markdown.render("ask @name") == "<p>ask @name</p>"


def test_characters_that_turn_the_direction_are_shown():
    assert markdown.render("a\u202eb") == '<p>a<span class="bidi">U+202E</span>b</p>'
    html = markdown.render("[x](https://example.org/\u202eb)")
    assert "\u202e" not in html and "%E2%80%AE" in html


def test_inline_knows_no_blocks():
    assert markdown.render("# 1. `x`\n\n> y", inline=True) == "# 1. <code>x</code><br><br>&gt; y"
    assert markdown.render("10:02 - restart", inline=True) == "10:02 - restart"


def test_many_come_back_in_their_order():
    items = [("*a*", False), ("b", True), ("", False), ("`c`", True), ("  \n", False)]
    assert markdown.render_many(items) == ["<p><em>a</em></p>", "b", "", "<code>c</code>", ""]


def test_images_without_a_text_get_an_empty_one():
    assert '<img alt=""' in markdown.render("![](/attachments/a.png)")


def test_what_a_page_cannot_hold_is_replaced():
    assert markdown.render("a\x00b\ud800c") == "<p>a\ufffdb\ufffdc</p>"
    assert "\ufffd" in markdown.render("*a*\x00")


WORDS = st.text(st.characters(categories=["L", "N"]) | st.sampled_from(" .,;?!'\"()%/:+-=–—’…→€0123"), max_size=60)


@settings(max_examples=600, deadline=None)
@given(WORDS, st.booleans())
def test_the_short_way_gives_what_the_long_way_gives(text, inline):
    if text.strip() and markdown.PLAIN.match(text) and not markdown.NOT_PLAIN.search(text):
        assert markdown.render(text, inline) == markdown_engine.to_html(text, inline)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters() | st.sampled_from("*_`[]()<>#-1. \n\t|~!:\"'&\\"), max_size=200), st.booleans())
def test_no_text_raises(text, inline):
    assert isinstance(markdown.render(text, inline), str)
