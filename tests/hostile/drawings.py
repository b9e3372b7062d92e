"""PDFs whose pages cost without end: contents, images, fonts, forms within themselves."""

from __future__ import annotations

from tests.hostile.making import (
    CRASHED,
    DAMAGED,
    LARGE,
    PAGES,
    SLOW,
    Hostile,
    deflated,
    hostile,
    page,
    pdf,
    stream,
    zeros_deflated,
)

_HUGE = 65_535
_SHOWN = b"/Resources <</XObject <</X 6 0 R>> /Font <</F1 5 0 R>>>> "
_DRAW = b"q 595 0 0 842 0 0 cm /X Do Q"


def _image(data: bytes, entries: bytes, *, across: int = 100, down: int = 100) -> bytes:
    """Return a PDF with one image on its page."""
    kind = b"/Type /XObject /Subtype /Image /Width %d /Height %d " % (across, down)
    return pdf({3: page(_SHOWN), 4: stream(_DRAW), 6: stream(data, kind + entries)})


def _grey(data: bytes, entries: bytes, *, across: int = 100, down: int = 100) -> bytes:
    return _image(data, b"/ColorSpace /DeviceGray /BitsPerComponent 8 " + entries, across=across, down=down)


def _bilevel(across: int, down: int, *, claimed: int = 100) -> bytes:
    """Return an image of JBIG2 whose page and region are larger than the picture says (ITU-T T.88, 7.2, 7.4.6, 7.4.8)."""
    size = across.to_bytes(4, "big") + down.to_bytes(4, "big")
    about = size + bytes(8) + b"\0" + b"\0\0"
    region = size + bytes(8) + b"\0" + b"\0" + bytes([3, 255, 253, 255, 2, 254, 254, 254])
    segments = b""
    for number, kind, data in ((0, 48, about), (1, 38, region + bytes(64))):
        segments += number.to_bytes(4, "big") + bytes([kind, 0, 1]) + len(data).to_bytes(4, "big") + data
    entries = b"/ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /JBIG2Decode "
    return _image(segments, entries, across=claimed, down=claimed)


def jpeg_2000(across: int, down: int, tile: int) -> bytes:
    """Return a codestream of JPEG 2000 that begins and never comes to anything (ISO/IEC 15444-1, A.5.1)."""
    size = b"".join(each.to_bytes(4, "big") for each in (across, down, 0, 0, tile, tile, 0, 0))
    siz = b"\xff\x51" + (38 + 3).to_bytes(2, "big") + b"\0\0" + size + b"\0\1" + b"\x07\x01\x01"
    cod = b"\xff\x52\x00\x0c\x00\x00\x00\x01\x00\x05\x04\x04\x00\x01"
    qcd = b"\xff\x5c\x00\x13\x40" + bytes(16)
    part = b"\xff\x90\x00\x0a\x00\x00\x00\x00\x00\x00\x00\x01" + b"\xff\x93"
    return b"\xff\x4f" + siz + cod + qcd + part + bytes(64)


def _content(data: bytes) -> bytes:
    return pdf({4: stream(deflated(data), b"/Filter /FlateDecode ")})


def _chain(mebibytes: int, times: int) -> bytes:
    """Return a page whose content inflates again and again, to zeros at last."""
    data = deflated(zeros_deflated(mebibytes), times - 1)
    return pdf({4: stream(data, b"/Filter [" + b"/FlateDecode " * times + b"] ")})


def _predicted(columns: int) -> bytes:
    parameters = (
        b"/Filter /FlateDecode /DecodeParms <</Predictor 15 /Columns %d /Colors 32 /BitsPerComponent 16>> " % columns
    )
    return _grey(deflated(bytes(1000)), parameters)


def _font_program(kind: bytes, data: bytes, entries: bytes = b"") -> bytes:
    descriptor = (
        b"<</Type /FontDescriptor /FontName /X /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 1 /Descent 0 "
        b"/CapHeight 1 /StemV 1 " + kind + b" 7 0 R>>"
    )
    font = b"<</Type /Font /Subtype /TrueType /BaseFont /X /FirstChar 32 /LastChar 33 /Widths [500 500] /FontDescriptor 6 0 R>>"
    return pdf({5: font, 6: descriptor, 7: stream(data, entries)})


def _true_type() -> bytes:
    """Return a font whose one glyph is made of itself (OpenType, glyf: composite glyphs)."""
    glyph = b"\xff\xff" + bytes(8) + b"\x00\x20\x00\x00\x00\x00"
    tables = {
        b"cmap": b"\0\0\0\1\0\3\0\1\0\0\0\x0c" + b"\0\0\1\6\0\0" + bytes(256),
        b"glyf": glyph,
        b"head": b"\0\1\0\0" + bytes(8) + b"\x5f\x0f\x3c\xf5\0\0\x03\xe8" + bytes(30) + b"\0\1\0\0",
        b"hhea": b"\0\1\0\0" + bytes(30) + b"\0\1",
        b"hmtx": b"\x01\xf4\0\0",
        b"loca": b"\0\0\0\0" + len(glyph).to_bytes(4, "big"),
        b"maxp": b"\0\1\0\0\0\1" + b"\xff" * 26,
    }
    place, table, body = 12 + 16 * len(tables), b"", b""
    for name, data in tables.items():
        table += name + bytes(4) + (place + len(body)).to_bytes(4, "big") + len(data).to_bytes(4, "big")
        body += data + bytes(-len(data) % 4)
    return b"\0\1\0\0" + len(tables).to_bytes(2, "big") + bytes(6) + table + body


def _drawn_by_itself() -> bytes:
    """Return a page whose font draws its one letter by that letter."""
    letter = b"500 0 0 0 500 500 d1 BT /F1 1 Tf (a) Tj ET"
    font = (
        b"<</Type /Font /Subtype /Type3 /FontBBox [0 0 500 500] /FontMatrix [.001 0 0 .001 0 0] /FirstChar 97 /LastChar 97 "
        b"/Widths [500] /Encoding <</Differences [97 /a]>> /CharProcs <</a 6 0 R>> /Resources <</Font <</F1 5 0 R>>>>>>"
    )
    return pdf({4: stream(b"BT /F1 20 Tf 40 700 Td (aaa) Tj ET"), 5: font, 6: stream(letter)})


def _form_of_itself(*, twice: bool = False) -> bytes:
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] " + _SHOWN
    return pdf({3: page(_SHOWN), 4: stream(_DRAW), 6: stream(b"/X Do /X Do" if twice else b"/X Do", form)})


def _forms_that_double(depth: int) -> bytes:
    """Return forms of which each shows the next twice: two to the power of `depth` in the end."""
    objects: dict[int, bytes] = {3: page(_SHOWN), 4: stream(_DRAW)}
    for number in range(6, 6 + depth):
        named = b"/Resources <</XObject <</X %d 0 R>>>>" % (number + 1)
        kind = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] " + named
        objects[number] = stream(b"/X Do 1 0 0 1 1 0 cm /X Do", kind)
    objects[6 + depth] = stream(b"0 0 9 9 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]")
    return pdf(objects)


def _pattern_of_itself() -> bytes:
    tile = (
        b"/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 2 2] /XStep .001 /YStep .001 "
        b"/Resources <</Pattern <</P 6 0 R>>>> "
    )
    shown = page(b"/Resources <</Pattern <</P 6 0 R>>>> ")
    fill = b"/Pattern cs /P scn 0 0 595 842 re f"
    return pdf({3: shown, 4: stream(fill), 6: stream(fill, tile)})


def _mask_of_itself() -> bytes:
    return _grey(bytes(10_000), b"/SMask 6 0 R ")


def drawings() -> tuple[Hostile, ...]:
    """Return them all."""
    lines = b"0 0 m 595 842 l S\n"
    tangle = b"0 0 m\n" + b"595 842 l 0 842 l 595 0 l 0 0 l\n" * 20_000 + b"B*\n"
    giving_up = (DAMAGED, LARGE, SLOW, CRASHED, PAGES)
    return (
        hostile(
            "image 65535.pdf", lambda: _grey(deflated(b"x"), b"/Filter /FlateDecode ", across=_HUGE, down=_HUGE), LARGE
        ),
        hostile("image of no size.pdf", lambda: _grey(b"", b"", across=0, down=0), DAMAGED),
        hostile("image of less than no size.pdf", lambda: _grey(b"", b"", across=-5, down=-5), LARGE, DAMAGED),
        hostile("endless jbig2.pdf", lambda: _bilevel(_HUGE, 0xFFFFFFFF), DAMAGED),
        hostile("huge jbig2.pdf", lambda: _bilevel(_HUGE, _HUGE), DAMAGED),
        hostile(
            "huge jbig2 of its size.pdf", lambda: _bilevel(19_000, 19_000, claimed=19_000), PAGES, DAMAGED, heavy=True
        ),
        hostile("endless jpx.pdf", lambda: _image(jpeg_2000(2**31 - 1, 2**31 - 1, 1), b"/Filter /JPXDecode "), DAMAGED),
        hostile("jpx of tiny tiles.pdf", lambda: _image(jpeg_2000(60_000, 60_000, 1), b"/Filter /JPXDecode "), DAMAGED),
        hostile("no jpeg.pdf", lambda: _grey(b"\xff\xd8\xff\xd9", b"/Filter /DCTDecode "), DAMAGED),
        hostile(
            "no fax.pdf",
            lambda: _grey(bytes(100), b"/Filter /CCITTFaxDecode /DecodeParms <</K -1 /Columns 999999999>> "),
            DAMAGED,
            LARGE,
        ),
        hostile("predicted.pdf", lambda: _predicted(2**31 - 1), DAMAGED),
        hostile("mask of itself.pdf", _mask_of_itself, PAGES),
        hostile("content of zeros.pdf", lambda: _chain(64, 1), PAGES),
        hostile("content five times deflated.pdf", lambda: _chain(64, 5), PAGES),
        hostile("a gibibyte five times deflated.pdf", lambda: _chain(1024, 5), *giving_up, heavy=True),
        hostile(
            "many filters.pdf",
            lambda: pdf({4: stream(b"00>", b"/Filter [" + b"/ASCIIHexDecode " * 5000 + b"] ")}),
            DAMAGED,
        ),
        hostile("content without end.pdf", lambda: _content(b"q " * 500_000), PAGES),
        hostile("brackets without end.pdf", lambda: _content(b"[" * 1_000_000), PAGES),
        hostile("many lines.pdf", lambda: _content(lines * 100_000), *giving_up, heavy=True),
        hostile("one tangle.pdf", lambda: _content(tangle), *giving_up, heavy=True),
        hostile("font of noise.pdf", lambda: _font_program(b"/FontFile2", b"\0\1\0\0" + bytes(range(256)) * 40), PAGES),
        hostile("letter of itself.pdf", lambda: _font_program(b"/FontFile2", _true_type()), PAGES),
        hostile("type 1 of noise.pdf", lambda: _font_program(b"/FontFile", b"%!PS-AdobeFont" + b"{" * 10_000), PAGES),
        hostile(
            "cff of noise.pdf",
            lambda: _font_program(b"/FontFile3", b"\1\0\4\1" + b"\xff" * 999, b"/Subtype /Type1C "),
            PAGES,
        ),
        hostile("letter drawn by itself.pdf", _drawn_by_itself, PAGES),
        hostile("form of itself.pdf", _form_of_itself, DAMAGED, PAGES),
        hostile("form of itself twice.pdf", lambda: _form_of_itself(twice=True), DAMAGED, CRASHED, PAGES),
        hostile("forms that double.pdf", lambda: _forms_that_double(24), *giving_up, heavy=True),
        hostile("pattern of itself.pdf", _pattern_of_itself, *giving_up, heavy=True),
    )
