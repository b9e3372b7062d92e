"""Pictures that claim to be huge, unpack to gigabytes, or are cut off, broken or something else."""

from __future__ import annotations

import io
import struct
import zlib

import pillow_heif
from PIL import Image

from tests.hostile.drawings import jpeg_2000
from tests.hostile.making import (
    CRASHED,
    DAMAGED,
    LARGE,
    PAGES,
    SLOW,
    TRUNCATED,
    UNKNOWN,
    Hostile,
    hostile,
    zeros_deflated,
)

_HUGE = 65_535
_BROKEN = (DAMAGED, TRUNCATED)


def saved(form: str, size: tuple[int, int] = (120, 90), **how: object) -> bytes:
    """Return a small picture of noise."""
    if form == "HEIF":
        pillow_heif.register_heif_opener()
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, form, **how)
    return out.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(across: int, down: int, data: bytes, *, depth: int = 1, more: bytes = b"") -> bytes:
    """Return a grey PNG with some deflated rows."""
    head = struct.pack(">IIBBBBB", across, down, depth, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + more + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _huge_jpeg() -> bytes:
    data = bytearray(saved("JPEG"))
    place = data.index(b"\xff\xc0")
    data[place + 5 : place + 9] = struct.pack(">HH", _HUGE, _HUGE)
    return bytes(data)


def tiff(entries: list[tuple[int, int, int]], *, following: int = 0, tail: bytes = b"") -> bytes:
    """Return a TIFF of one directory at byte 8 (TIFF 6.0, section 2); entries are (tag, SHORT 3 or LONG 4, value)."""
    table = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in sorted(entries))
    return (
        b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(entries)) + table + struct.pack("<I", following) + tail
    )


def _plain(across: int, down: int, *, bytes_: int, following: int = 0, compression: int = 1) -> bytes:
    entries = [(256, 4, across), (257, 4, down), (258, 3, 8), (259, 3, compression), (262, 3, 1), (273, 4, 400)]
    entries += [(277, 3, 1), (278, 4, down), (279, 4, bytes_)]
    return tiff(entries, following=following, tail=bytes(500))


def _bitmap(across: int, down: int, *, packing: int = 0) -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, across, down, 1, 8, packing, 1000, 2835, 2835, 256, 0)
    data = bytes(1024) + (b"\xff\x00" * 500)
    return b"BM" + struct.pack("<IHHI", 14 + len(head) + len(data), 0, 0, 54 + 1024) + head + data


def _web(across: int, down: int) -> bytes:
    canvas = bytes([0, 0, 0, 0]) + (across - 1).to_bytes(3, "little") + (down - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + canvas
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _huge_heif() -> bytes:
    data = saved("HEIF")
    place = data.index(b"ispe") + 8
    return data[:place] + struct.pack(">II", _HUGE, _HUGE) + data[place + 8 :]


def _animated(frames: int) -> bytes:
    out = io.BytesIO()
    first, *rest = (Image.new("L", (40, 40), shade % 256) for shade in range(frames))
    first.save(out, "WEBP", save_all=True, append_images=rest)
    return out.getvalue()


def _scans(size: int, times: int) -> bytes:
    """Return a progressive JPEG whose last scan comes again and again: each time all pixels are gone through."""
    out = io.BytesIO()
    Image.new("L", (size, size), 200).save(out, "JPEG", progressive=True)
    data = out.getvalue()
    start = data.rindex(b"\xff\xda")
    return data[:-2] + data[start:-2] * times + b"\xff\xd9"


def _directories(count: int) -> bytes:
    """Return a TIFF with a directory for each of many pages, all of the same few pixels."""
    one = 2 + 9 * 12 + 4
    out = bytearray(b"II*\0" + struct.pack("<I", 8))
    pixels = 8 + count * one
    entries = (
        (256, 4, 9),
        (257, 4, 9),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, pixels),
        (277, 3, 1),
        (278, 4, 9),
        (279, 4, 81),
    )
    table = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    for number in range(count):
        following = 8 + (number + 1) * one if number + 1 < count else 0
        out += struct.pack("<H", len(entries)) + table + struct.pack("<I", following)
    return bytes(out) + bytes(81)


def _many_values(count: int) -> bytes:
    """Return a TIFF of which a tag claims to have very many values."""
    data = bytearray(_plain(9, 9, bytes_=81))
    place = data.index(struct.pack("<HH", 273, 4))
    data[place + 4 : place + 8] = struct.pack("<I", count)
    return bytes(data)


def _segments(marker: int, count: int, data: bytes) -> bytes:
    """Return a JPEG with many segments of a kind before its picture."""
    picture = saved("JPEG")
    segment = bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data
    return picture[:2] + segment * count + picture[2:]


def _animated_png(frames: int) -> bytes:
    out = io.BytesIO()
    first, *rest = (Image.new("L", (40, 40), shade % 256) for shade in range(frames))
    first.save(out, "PNG", save_all=True, append_images=rest)
    return out.getvalue()


def _cut_off(form: str) -> Hostile:
    data = saved(form)
    return hostile(f"cut off.{form.lower()}", lambda: data[: len(data) * 6 // 10], TRUNCATED)


def pictures() -> tuple[Hostile, ...]:
    """Return them all."""
    return (*_lying(), *_costly(), *_other_things())


def _lying() -> tuple[Hostile, ...]:
    """Noise, and sizes that are not so."""
    return (
        hostile("noise.png", lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, *_BROKEN),
        hostile("noise.jpg", lambda: b"\xff\xd8\xff" + bytes(range(256)) * 9, *_BROKEN),
        hostile("noise.tif", lambda: b"II*\0" + bytes(range(256)) * 9, *_BROKEN),
        hostile("huge.png", lambda: png(_HUGE, _HUGE, zeros_deflated(1)), LARGE),
        hostile("huger.png", lambda: png(2**31 - 1, 2**31 - 1, zeros_deflated(1)), LARGE),
        hostile("huge.jpg", _huge_jpeg, LARGE),
        hostile("huge.tif", lambda: _plain(_HUGE, _HUGE, bytes_=1000), LARGE),
        hostile("huge.bmp", lambda: _bitmap(_HUGE, _HUGE), LARGE),
        hostile("huge packed.bmp", lambda: _bitmap(_HUGE, _HUGE, packing=1), LARGE),
        hostile("huge.webp", lambda: _web(_HUGE, _HUGE), LARGE, *_BROKEN),
        hostile("huge.heic", _huge_heif, LARGE, *_BROKEN),
        hostile("no size.png", lambda: png(0, 0, b""), *_BROKEN),
    )


def _costly() -> tuple[Hostile, ...]:
    """What says little and costs much, or goes round in circles."""
    text = _chunk(b"zTXt", b"Comment\0\0" + zeros_deflated(64))
    profile = _chunk(b"iCCP", b"p\0\0" + zeros_deflated(64))
    rows = zlib.compress(bytes(16 * 91))
    return (
        hostile("text of many mebibytes.png", lambda: png(120, 91, rows, more=text), *_BROKEN, PAGES),
        hostile("profile of many mebibytes.png", lambda: png(120, 91, rows, more=profile), *_BROKEN, PAGES),
        hostile("too much data.png", lambda: png(120, 91, zeros_deflated(256)), *_BROKEN, PAGES),
        hostile("directories in a circle.tif", lambda: _plain(9, 9, bytes_=81, following=8), *_BROKEN, PAGES),
        hostile("data beyond the end.tif", lambda: _plain(900, 900, bytes_=4_000_000_000), *_BROKEN),
        hostile("jpeg in it that is none.tif", lambda: _plain(90, 90, bytes_=90, compression=7), *_BROKEN, PAGES),
        hostile("many pictures.webp", lambda: _animated(500), PAGES, heavy=True),
        hostile("many scans.jpg", lambda: _scans(4000, 400), PAGES, *_BROKEN, SLOW, LARGE, CRASHED, heavy=True),
        hostile(
            "almost too large.png",
            lambda: png(19_992, 19_992, zeros_deflated(48)),
            *_BROKEN,
            PAGES,
            LARGE,
            CRASHED,
            SLOW,
            heavy=True,
        ),
        hostile("many directories.tif", lambda: _directories(6000), LARGE),
        hostile("values without end.tif", lambda: _many_values(0xFFFFFFFF), *_BROKEN, PAGES, LARGE),
        hostile(
            "many texts.png",
            lambda: png(120, 91, rows, more=_chunk(b"tEXt", b"a\0" + b"b" * 99) * 50_000),
            *_BROKEN,
            PAGES,
        ),
        hostile(
            "profiles without end.jpg",
            lambda: _segments(0xE2, 2000, b"ICC_PROFILE\0\1\xff" + bytes(9000)),
            *_BROKEN,
            PAGES,
        ),
        hostile(
            "exif of itself.jpg",
            lambda: _segments(0xE1, 1, b"Exif\0\0" + tiff([(0x8769, 4, 8), (0x0112, 3, 6)], following=8)),
            PAGES,
        ),
        hostile("ten thousand scans.jpg", lambda: _scans(64, 10_000), PAGES, *_BROKEN, SLOW, LARGE, CRASHED),
    )


def _other_things() -> tuple[Hostile, ...]:
    """Kinds that are not taken, what is no picture, and what breaks off."""
    return (
        hostile("moving.png", lambda: _animated_png(300), PAGES),
        hostile("moving.gif", lambda: saved("GIF"), UNKNOWN),
        hostile("picture.avif", lambda: saved("AVIF"), UNKNOWN, PAGES),
        hostile("codestream.jp2", lambda: jpeg_2000(99, 99, 99), UNKNOWN),
        hostile("drawing.svg", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", UNKNOWN),
        hostile("postscript.pdf", lambda: b"%!PS-Adobe-3.0\n(%pipe%id) (r) file\n", UNKNOWN),
        hostile("page.html.pdf", lambda: b"<html><script>alert(1)</script></html>", UNKNOWN),
        hostile("program.pdf", lambda: b"MZ" + bytes(5000), UNKNOWN),
        *map(_cut_off, ("PNG", "JPEG", "WEBP", "BMP", "HEIF")),
    )
