"""Pictures by their bytes: which of the four types that browsers draw, how large, and without what tells of a place.

Only headers are read, nothing is decoded. PNG, JPEG, GIF and WebP; the layouts are those of their specifications
(PNG third edition, ITU T.81, GIF89a, RFC 9649).
"""

import struct
from typing import NamedTuple

PNG = b"\x89PNG\r\n\x1a\n"
# Chunks that hold what people or cameras noted, with the place and the time: never needed to draw.
PNG_NOTES = {b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"}
WEBP_NOTES = {b"EXIF", b"XMP "}
JPEG_SIZES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
ORIENTATION = 0x0112


class Picture(NamedTuple):
    media_type: str
    width: int
    height: int


class Broken(ValueError):
    """It begins like a picture and is none."""


def recognize(data: bytes) -> Picture | None:
    """What picture these bytes are; None if they do not begin like one. Raises Broken."""
    try:
        if data.startswith(PNG):
            return Picture("image/png", *struct.unpack(">II", _at(data, 16, 8)))
        if data.startswith((b"GIF87a", b"GIF89a")):
            return Picture("image/gif", *struct.unpack("<HH", _at(data, 6, 4)))
        if data.startswith(b"\xff\xd8\xff"):
            return Picture("image/jpeg", *_jpeg_size(data))
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return Picture("image/webp", *_webp_size(data))
    except (struct.error, IndexError) as fault:
        raise Broken("the picture ends in its middle") from fault
    return None


def without_notes(data: bytes, media_type: str) -> bytes:
    """The same picture without EXIF, XMP and comments: no place, no camera, no names. What turns a photograph upright
    stays. GIF has no place for a place and is left as it is. Raises Broken."""
    cut = {"image/png": _png_without_notes, "image/jpeg": _jpeg_without_notes, "image/webp": _webp_without_notes}
    try:
        return cut[media_type](data) if media_type in cut else data
    except (struct.error, IndexError) as fault:
        raise Broken("the picture ends in its middle") from fault


def _at(data, start, length):
    part = data[start : start + length]
    if len(part) < length:
        raise Broken("the picture ends in its middle")
    return part


def _png_without_notes(data):
    kept, place = [PNG], len(PNG)
    while place < len(data):
        (length,) = struct.unpack(">I", _at(data, place, 4))
        kind, whole = data[place + 4 : place + 8], _at(data, place, length + 12)
        if kind not in PNG_NOTES:
            kept.append(whole)
        place += length + 12
        if kind == b"IEND":
            break  # what stands behind the end is not part of the picture
    return b"".join(kept)


def _segments(data):
    """(marker, start, end) of a JPEG's segments up to its first scan; the scan is the last, with all that follows."""
    place = 2
    while True:
        while data[place] == 0xFF and data[place + 1] == 0xFF:
            place += 1
        if data[place] != 0xFF:
            raise Broken("the picture is not whole")
        marker = data[place + 1]
        if marker == 0xDA:
            yield marker, place, len(data)
            return
        if marker == 0x01 or 0xD0 <= marker <= 0xD9:
            yield marker, place, place + 2
            place += 2
            continue
        (length,) = struct.unpack(">H", _at(data, place + 2, 2))
        _at(data, place + 2, length)
        yield marker, place, place + 2 + length
        place += 2 + length


def _jpeg_size(data):
    for marker, start, _ in _segments(data):
        if marker in JPEG_SIZES:
            height, width = struct.unpack(">HH", _at(data, start + 5, 4))
            return width, height
    raise Broken("the picture does not say how large it is")


def _jpeg_without_notes(data):
    """Without APP1 (EXIF, XMP), APP3 to APP13 (makers' notes, IPTC) and comments; APP0, colours and APP14 stay."""
    kept = [data[:2]]
    for marker, start, end in _segments(data):
        if marker == 0xE1 and (turn := _orientation(data[start + 4 : end])):
            kept.append(_upright(turn))
        if marker == 0xE1 or 0xE3 <= marker <= 0xED or marker == 0xFE:
            continue
        kept.append(data[start:end])
    return b"".join(kept)


def _orientation(segment):
    """The EXIF orientation, 2 to 8; 0 where there is none or it says "as it is"."""
    if not segment.startswith(b"Exif\0\0"):
        return 0
    tiff = segment[6:]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return 0
    (first,) = struct.unpack(f"{order}I", tiff[4:8])
    count = struct.unpack(f"{order}H", tiff[first : first + 2])[0] if first + 2 <= len(tiff) else 0
    for entry in range(min(count, 200)):
        field = tiff[first + 2 + 12 * entry : first + 14 + 12 * entry]
        if len(field) == 12 and struct.unpack(f"{order}H", field[:2])[0] == ORIENTATION:
            (turn,) = struct.unpack(f"{order}H", field[8:10])
            return turn if 2 <= turn <= 8 else 0
    return 0


def _upright(turn):
    """An APP1 segment that says the orientation and nothing else."""
    tiff = b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, ORIENTATION, 3, 1, turn, 0, 0)
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _chunks(data):
    """(name, start, end) of a WebP's chunks, padding included."""
    place = 12
    while place + 8 <= len(data):
        (length,) = struct.unpack("<I", data[place + 4 : place + 8])
        end = place + 8 + length + length % 2
        if place + 8 + length > len(data):
            raise Broken("the picture ends in its middle")
        yield data[place : place + 4], place, min(end, len(data))
        place = end


def _webp_size(data):
    name, start, _ = next(_chunks(data), (b"", 0, 0))
    body = data[start + 8 : start + 18]
    if name == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if name == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if name == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", body[6:10])
        return width & 0x3FFF, height & 0x3FFF
    raise Broken("the picture does not say how large it is")


def _webp_without_notes(data):
    kept = [data[start:end] for name, start, end in _chunks(data) if name not in WEBP_NOTES]
    if kept and kept[0][:4] == b"VP8X":
        kept[0] = kept[0][:8] + bytes([kept[0][8] & ~0b1100]) + kept[0][9:]  # no longer says that there are notes
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body
