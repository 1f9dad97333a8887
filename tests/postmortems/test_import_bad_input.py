"""Whatever lies in the folder: one clear line each, and the rest goes on."""

import os

import pytest

from postmortems.models import Postmortem
from tests.postmortems.importing import import_, stored_text, write

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("broken.md", "---\ntitle: [unclosed\nx: 1\n---\ntext", "not valid YAML in line"),
        ("tabs.md", "---\ntitle: a\n\tb: c\n---\ntext", "not valid YAML in line 3"),
        ("date.md", "---\ntitle: a\ndate: 2026-99-99\n---\ntext", "not valid YAML"),
        ("tag.md", "---\ntitle: !!python/object/apply:os.system [ls]\n---\ntext", "not valid YAML"),
        ("bomb.md", "---\na: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n---\ntext", "aliases"),
        ("deep.md", "---\na: &x " + "[" * 5000 + "\n---\ntext", "not valid YAML"),
        ("long.md", "---\na: " + "x" * 70_000 + "\n---\ntext", "longer than 64,000"),
        ("toml.md", "+++\ntitle = \n+++\ntext", "not valid TOML"),
        ("latin.md", "# Größe".encode("latin-1"), "not UTF-8: byte 0xf6 in line 1"),
        ("utf16.md", "# x".encode("utf-16"), "UTF-16"),
        ("binary.md", b"\x89PNG\r\n\x00\x00", "not a text file"),
        ("empty.md", b"", "It is empty"),
        ("blank.md", b"\xef\xbb\xbf \n\n", "It is empty"),
    ],
)
def test_a_file_that_cannot_be_taken_is_named_with_its_reason(tmp_path, name, content, said):
    write(tmp_path, name, content)
    write(tmp_path, "zz.md", "# Fine")
    bad, good = import_(tmp_path)
    assert (bad["outcome"], bad["reference"], bad["source"]) == ("failed", None, name)
    assert said in bad["reason"]
    assert good["outcome"] == "created" and Postmortem.objects.get().title == "Fine"


def test_fifty_megabytes_are_refused_without_reading_them(tmp_path, monkeypatch):
    with (tmp_path / "big.md").open("wb") as file:
        file.truncate(50_000_000)
    monkeypatch.setattr(type(tmp_path), "read_bytes", lambda self: pytest.fail("it was read"))
    assert import_(tmp_path)[0]["reason"] == "It has 50.0 MB; at most 2 MB are taken."


def test_what_is_missing_or_no_file_is_named(tmp_path):
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path)
    lines = {line["source"]: line["reason"] for line in import_(tmp_path, tmp_path / "absent.md")}
    assert lines["pipe.md"] == "It is not a regular file."
    assert lines["gone.md"].startswith("It cannot be read: no such file")
    assert lines[str(tmp_path / "absent.md")] == "There is no such file or folder."
    assert len(lines) == 3


def test_a_file_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    path = write(tmp_path)

    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "read_bytes", refuse)
    assert import_(path)[0]["reason"] == "It cannot be read: permission denied."


def test_names_that_cannot_be_stored_are_refused(tmp_path):
    with open(os.fsencode(tmp_path) + b"/\xff.md", "w") as file:
        file.write("# x")
    write(tmp_path, "new\nline.md", "# y")
    assert [line["outcome"] for line in import_(tmp_path)] == ["failed", "failed"]
    assert not Postmortem.objects.exists()


def test_control_characters_are_kept_as_symbols(tmp_path):
    import_(write(tmp_path, text="# Colours\n\n\x1b[31mred\x07\x7f"))
    assert "␛[31mred␇␡" in stored_text(Postmortem.objects.get())


def test_a_markdown_bomb_is_taken_as_it_was_typed(tmp_path):
    import_(write(tmp_path, text="# Bomb\n\n" + "[a](" * 5_000))
    section = Postmortem.objects.get().section_set.get()
    assert section.text == "[a](" * 5_000 and "render-notice" in section.text_html


def test_a_long_document_is_kept_whole_in_several_sections(tmp_path):
    lines = [f"Line {number} of a very long report." for number in range(20_000)]
    import_(write(tmp_path, text="# Long\n\n" + "\n".join(lines)))
    sections = Postmortem.objects.get().section_set.all()
    assert [s.title for s in sections][:2] == ["", "What happened, part 2"] and len(sections) > 5
    assert "\n".join(s.text for s in sections).split("\n") == lines


def test_placeholders_and_markup_of_templates_are_plain_text(tmp_path):
    text = "# {{ title }}\n\n<%= erb %> {% now 'Y' %} {{ 7|add:7 }} <script>pwned()</script>"
    import_(write(tmp_path, text=text))
    pm = Postmortem.objects.get()
    assert pm.title == "{{ title }}"
    html = pm.section_set.get().text_html
    assert "{{ 7|add:7 }}" in html and "&lt;%= erb %&gt;" in html and "<script" not in html


def test_other_files_are_left_alone(tmp_path):
    for name in ("a.txt", ".hidden.md", ".git/x.md", "SOURCES.tsv"):
        write(tmp_path, name, "# x")
    assert import_(tmp_path) == []
    assert import_(tmp_path / "a.txt")[0]["outcome"] == "created"


def test_windows_line_ends_and_a_mark_at_the_start(tmp_path):
    import_(write(tmp_path, text=b"\xef\xbb\xbf---\r\ntitle: Win\r\n---\r\n\r\na\r\nb\r\n"))
    pm = Postmortem.objects.get()
    assert pm.title == "Win" and pm.section_set.get().text == "a\nb"
