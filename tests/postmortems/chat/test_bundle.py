"""What hostile archives do: each is refused with the entry's name, quickly, and nothing is written anywhere."""

import io
import json
import os
import stat
import struct
import zipfile

import pytest

from postmortems.importing.chat.bundle import open_bundle, open_file
from postmortems.importing.chat.reading import read
from postmortems.importing.files import Refused

DAY = json.dumps([{"type": "message", "user": "U1", "text": "hello", "ts": "1772460180.000100"}])


def archive(entries, compression=zipfile.ZIP_DEFLATED):
    """`entries`: {name or ZipInfo: text}; the ordinary day stands among them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as made:
        made.writestr("ops/2026-03-02.json", DAY)
        for name, text in entries.items():
            made.writestr(name, text)
    return out.getvalue()


def refused(data, name="export.zip"):
    with pytest.raises(Refused) as why, open_file(io.BytesIO(data), name) as bundle:
        read(bundle)
    return str(why.value)


@pytest.mark.parametrize(
    "name",
    ["../evil.json", "ops/../../evil.json", "/etc/evil.json", "..\\evil.json", "C:\\evil.json", "\\\\host\\evil"],
)
def test_an_entry_that_climbs_out_is_refused(name):
    assert "evil" in refused(archive({name: DAY}))
    assert "climbs out" in refused(archive({name: DAY}))


def test_a_link_is_refused():
    info = zipfile.ZipInfo("ops/2026-03-03.json")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    assert "ops/2026-03-03.json is a link" in refused(archive({info: "/etc/passwd"}))


@pytest.mark.parametrize("size", [20_000_000, 300_000_000])
def test_a_bomb_is_refused_before_it_goes_off(size):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made, made.open("ops/2026-03-03.json", "w") as entry:
        for _ in range(size // 1_000_000):
            entry.write(b" " * 1_000_000)
    assert "ops/2026-03-03.json" in refused(out.getvalue())


def test_a_bomb_that_lies_about_its_size_is_refused_too():
    data = bytearray(archive({"ops/2026-03-03.json": b" " * 30_000_000}))
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<L", 1000)
    assert "ops/2026-03-03.json" in refused(bytes(data))


def test_archives_within_and_encrypted_entries_are_refused():
    assert "ops/more.zip is an archive" in refused(archive({"ops/more.zip": archive({})}))
    data = bytearray(archive({"ops/2026-03-03.json": DAY}))
    at = data.rfind(b"PK\x01\x02")
    data[at + 8] |= 1
    assert "ops/2026-03-03.json is encrypted" in refused(bytes(data))


def test_what_people_attached_is_never_opened():
    data = archive({"ops/attachments/logs.zip": b"x", "__uploads/F1/evil.json": "{", "data/2026/a.tar.gz": b"x"})
    with open_file(io.BytesIO(data), "export.zip") as bundle:
        assert bundle.names == ["ops/2026-03-02.json"]
        assert len(read(bundle).messages) == 1


@pytest.mark.parametrize("damage", ["cut", "flipped", "no end", "table"])
def test_a_damaged_archive_is_refused_in_words(damage):
    data = bytearray(archive({f"ops/2026-03-{n:02}.json": DAY for n in range(3, 20)}, zipfile.ZIP_STORED))
    if damage == "cut":
        data = data[: len(data) // 2]
    elif damage == "no end":
        data = data[:-10]
    elif damage == "flipped":
        data[data.find(b"hello")] ^= 0xFF
    else:
        data[-10:-6] = struct.pack("<L", 4_000_000_000)
    assert refused(bytes(data)).endswith(".")


def test_an_archive_with_too_many_entries_is_refused_without_reading_them():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for n in range(50_100):
            made.writestr(f"c/{n}", b"")
    assert "more than 50,000 entries" in refused(out.getvalue())


def test_other_archives_and_binary_files_are_refused():
    assert "unpack it" in refused(b"\x1f\x8b\x08\x00" + b"x" * 100, "export.tar.gz")
    assert refused(b"\xff\xfea\x00", "chat.txt").startswith("chat.txt is written in UTF-16")
    assert refused(b"\x00\x01\x02" * 100, "x.bin")


def test_a_folder_with_links_or_archives_is_refused(tmp_path):
    (tmp_path / "ops").mkdir()
    (tmp_path / "ops/2026-03-02.json").write_text(DAY)
    assert len(read(open_bundle(tmp_path)).messages) == 1
    os.symlink("/etc/passwd", tmp_path / "ops/2026-03-03.json")
    with pytest.raises(Refused, match=r"2026-03-03.json is a link"):
        open_bundle(tmp_path)
    os.unlink(tmp_path / "ops/2026-03-03.json")
    os.symlink("/etc", tmp_path / "etc")
    with pytest.raises(Refused, match="etc is a link"):
        open_bundle(tmp_path)
    with pytest.raises(Refused, match="no such file"):
        open_bundle(tmp_path / "nothing")


def test_bytes_that_are_no_utf8_are_read_as_windows_wrote_them(tmp_path):
    path = tmp_path / "2026-03-02.log"
    path.write_bytes("[14:03] <ada> café\n".encode("cp1252") + "[14:04] <bob> žluťoučký\n".encode())
    with open_bundle(path) as bundle:
        assert [m.text for m in read(bundle).messages] == ["café", "žluťoučký"]
