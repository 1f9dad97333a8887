"""Pictures are known by their bytes and lose what tells of a place; what is broken is refused, whatever it says."""

import random
import struct
import zlib

import pytest

from kb.lib import pictures
from kb.lib.file_kinds import Refused, clean_name, recognize


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_head(width, height):
    """What a picture of this size begins with: the size of it all is not needed to refuse it."""
    return pictures.PNG + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def png(width=3, height=2, *, notes=True):
    rows = b"".join(b"\0" + b"\x20\x60\xc0" * width for _ in range(height))
    noted = chunk(b"tEXt", b"Comment\0at home 52.5, 13.4") + chunk(b"eXIf", b"MM\0*GPS") if notes else b""
    return png_head(width, height) + noted + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def exif(orientation=6):
    entries = struct.pack(">HHII", 0x0112, 3, 1, orientation << 16) + struct.pack(">HHII", 0x8825, 4, 1, 99)
    return b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">H", 2) + entries + b"\0\0\0\0GPS 52.5 13.4"


def segment(marker, body):
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def jpeg(orientation=6):
    frame = struct.pack(">BHHB", 8, 20, 30, 1) + b"\1\x11\0"
    xmp, comment = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0GPS"), segment(0xFE, b"GPS me")
    notes = segment(0xE1, exif(orientation)) + xmp + comment
    scan = segment(0xDA, b"\1\1\0\0\x3f\0") + b"\x12\xff\x00\x34\xff\xd9"
    return b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\1") + notes + segment(0xC0, frame) + scan


def webp():
    def chunk(name, body):
        return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)

    size = (29).to_bytes(3, "little") + (19).to_bytes(3, "little")
    body = b"WEBP" + chunk(b"VP8X", bytes([0b1100, 0, 0, 0]) + size) + chunk(b"VP8 ", b"x" * 11)
    body += chunk(b"EXIF", b"GPS 52.5") + chunk(b"XMP ", b"<GPS>")
    return b"RIFF" + struct.pack("<I", len(body)) + body


GIF = b"GIF89a" + struct.pack("<HH", 30, 20) + b"\0\0\0;"


@pytest.mark.parametrize(
    ("data", "media_type", "size"),
    [(png(), "image/png", (3, 2)), (jpeg(), "image/jpeg", (30, 20)), (webp(), "image/webp", (30, 20)),
     (GIF, "image/gif", (30, 20))],
)  # fmt: skip
def test_a_picture_is_known_whatever_it_is_called(data, media_type, size):
    kind = recognize("evil.html", data)
    assert (kind.media_type, (kind.width, kind.height)) == (media_type, size) and kind.is_picture


@pytest.mark.parametrize("data", [png(), jpeg(), webp()])
def test_nothing_of_the_place_stays_and_the_picture_does(data):
    kind = pictures.recognize(data)
    clean = pictures.without_notes(data, kind.media_type)
    assert b"GPS" in data and b"GPS" not in clean and b"13.4" not in clean
    assert pictures.recognize(clean) == kind
    assert pictures.without_notes(clean, kind.media_type) == clean


def test_a_photograph_stays_upright_and_one_that_is_keeps_nothing():
    turned = pictures.without_notes(jpeg(6), "image/jpeg")
    assert turned.count(b"Exif") == 1 and pictures._orientation(turned[turned.index(b"Exif") :]) == 6
    assert b"Exif" not in pictures.without_notes(jpeg(1), "image/jpeg")


def test_what_stands_behind_a_png_is_cut_off():
    assert b"<script>" not in pictures.without_notes(png() + b"<script>alert(1)</script>", "image/png")


def test_pieces_of_pictures_are_refused_and_never_an_error():
    dice = random.Random(3)
    for whole in (png(), jpeg(), webp(), GIF):
        for _ in range(400):
            data = bytearray(whole[: dice.randrange(1, len(whole) + 1)])
            for _ in range(dice.randrange(4)):
                data[dice.randrange(len(data))] = dice.randrange(256)
            try:
                kind = recognize("a.png", bytes(data))
                pictures.without_notes(bytes(data), kind.media_type)
            except (Refused, pictures.Broken):
                continue


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("a.png", b"", 400),
        ("a.png", png_head(60_000, 60_000), 400),
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 415),
        ("a.txt", b"\xef\xbb\xbf <!-- x --><!DOCTYPE html><script>alert(1)</script>", 415),
        ("a.log", b"<svg onload=alert(1)>", 415),
        ("a.json", b"<?xml version='1.0'?><x/>", 415),
        ("a.html", b"words", 415),
        ("a.xml", b"words", 415),
        ("a.zip", b"PK\x03\x04", 415),
        ("a.exe", b"MZ\x90", 415),
        ("a.log", b"\xff\xfe\x00w", 415),
        ("a.log", b"nul \0 in it", 415),
    ],
)
def test_what_is_not_taken_says_so(name, data, status):
    with pytest.raises(Refused) as refusal:
        recognize(name, data)
    assert refusal.value.status == status and str(refusal.value)


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("app.log", "text/plain"), ("a.csv", "text/csv"), ("A.JSON", "application/json"), ("Dockerfile", "text/plain")],
)
def test_text_is_taken(name, media_type):
    assert recognize(name, "14:03 Fehler: Überlauf <html>".encode()).media_type == media_type
    assert recognize("a.pdf", b"%PDF-1.7 x").media_type == "application/pdf"


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd"), ("C:\\logs\\app.log", "app.log"),
        ("a\r\nSet-Cookie: x.log", "aSet-Cookie: x.log"),
        ("\u202egnp.exe", "gnp.exe"), ("...", "file"), ("", "file"), ("x" * 300 + ".log", "x" * 116 + ".log"),
    ],
)  # fmt: skip
def test_a_name_leads_nowhere_and_hides_nothing(name, clean):
    assert clean_name(name) == clean


def test_a_picture_is_called_what_it_is():
    assert clean_name("evil.html", recognize("evil.html", png())) == "evil.png"
    assert clean_name("photo.JPEG", recognize("photo.JPEG", jpeg())) == "photo.JPEG"
