"""The font of the invisible text: two empty glyphs that stand for every character there is.

A searchable scan needs text that takes up room and draws nothing. The font program holds .notdef, one empty glyph of half
an em for any character, and a narrower one for the space. Codes are two bytes: a character of the basic plane is its own
code; others get codes in the surrogate range, which no character uses. What a code means is told by the ToUnicode map
(ISO 32000-1, 9.10.3), written for the characters that occur, as PDF/A-2u asks (ISO 19005-2, 6.2.11.7.2).
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator
from functools import cache

from pikepdf import Array, Dictionary, Name, Pdf

__all__ = ["ASCENT", "InvisibleFont", "advance", "shown"]

ADVANCE = 0.5
"""em that a character takes"""
SPACE_ADVANCE = 0.25
"""em that a space takes"""
ASCENT = 0.8
"""em from the baseline to the top of a line; the rest of the em lies below"""

_UNITS = 1000
_NAME = "SohoaInvisible"
_EPOCH = 2_082_844_800
"""1970-01-01 in seconds since 1904, as TrueType counts: the program has no date of its own"""
_SPACE = 0x20
_FIRST_SPARE, _LAST_SPARE = 0xD800, 0xDFFF
_MAP_BLOCK = 100
"""entries that a block of a CMap may hold (Adobe technical note 5014)"""
_NEVER_TEXT = frozenset({0xFEFF, 0xFFFE, 0xFFFF})
"""values that a ToUnicode map must not have (ISO 19005-2, 6.2.11.7.2)"""


def shown(text: str) -> str:
    """Return `text` without the characters that cannot be text in a PDF/A: controls, lone surrogates, non-characters."""
    return "".join(
        char for char in text if unicodedata.category(char) not in {"Cc", "Cs"} and ord(char) not in _NEVER_TEXT
    )


def advance(text: str) -> float:
    """Return the em that `text` takes."""
    return sum(SPACE_ADVANCE if char == " " else ADVANCE for char in text)


class InvisibleFont:
    """The font within one PDF: remembers which characters were used, and writes itself at the end."""

    def __init__(self, pdf: Pdf) -> None:
        self._pdf = pdf
        self._codes: dict[str, int] = {}
        self._spare = _FIRST_SPARE
        self.object = pdf.make_indirect(Dictionary(Type=Name.Font))

    def encode(self, text: str) -> str:
        """Return `text` as the hexadecimal digits of a PDF string in this font."""
        return "".join(f"{self._code(char):04X}" for char in text)

    def _code(self, char: str) -> int:
        code = self._codes.get(char)
        if code is None:
            code = ord(char)
            if code > 0xFFFF:  # noqa: PLR2004 - the end of the basic plane
                if self._spare > _LAST_SPARE:
                    raise ValueError("more than 2,048 different characters beyond the basic plane")
                code, self._spare = self._spare, self._spare + 1
            self._codes[char] = code
        return code

    def finish(self) -> None:
        """Write the font's objects for all text encoded so far; to be called before the PDF is written."""
        descriptor = self._pdf.make_indirect(
            Dictionary(
                Type=Name.FontDescriptor,
                FontName=Name(f"/{_NAME}"),
                Flags=4,
                FontBBox=Array([0, -round((1 - ASCENT) * _UNITS), round(ADVANCE * _UNITS), round(ASCENT * _UNITS)]),
                ItalicAngle=0,
                Ascent=round(ASCENT * _UNITS),
                Descent=-round((1 - ASCENT) * _UNITS),
                CapHeight=round(ASCENT * _UNITS),
                StemV=80,
                FontFile2=self._pdf.make_stream(font_program(), Length1=len(font_program())),
            )
        )
        cid_font = Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=Name(f"/{_NAME}"),
            CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
            FontDescriptor=descriptor,
            DW=round(ADVANCE * _UNITS),
            W=Array([_SPACE, Array([round(SPACE_ADVANCE * _UNITS)])]),
            CIDToGIDMap=self._pdf.make_stream(_glyph_map()),
        )
        self.object.Subtype = Name.Type0
        self.object.BaseFont = Name(f"/{_NAME}")
        self.object.Encoding = Name("/Identity-H")
        self.object.DescendantFonts = Array([self._pdf.make_indirect(cid_font)])
        self.object.ToUnicode = self._pdf.make_stream(_to_unicode({code: char for char, code in self._codes.items()}))


@cache
def font_program() -> bytes:
    """Return the TrueType program, the same bytes every time."""
    from fontTools.fontBuilder import FontBuilder  # noqa: PLC0415 - takes long to load; most processes write no copy
    from fontTools.ttLib.tables._g_l_y_f import Glyph  # noqa: PLC0415 - likewise

    builder = FontBuilder(_UNITS, isTTF=True)
    builder.setupGlyphOrder([".notdef", "any", "space"])
    builder.setupCharacterMap({_SPACE: "space", 0xFFFC: "any"})
    builder.setupGlyf({name: Glyph() for name in (".notdef", "any", "space")})
    half, quarter = round(ADVANCE * _UNITS), round(SPACE_ADVANCE * _UNITS)
    builder.setupHorizontalMetrics({".notdef": (half, 0), "any": (half, 0), "space": (quarter, 0)})
    ascent, descent = round(ASCENT * _UNITS), -round((1 - ASCENT) * _UNITS)
    builder.setupHorizontalHeader(ascent=ascent, descent=descent)
    builder.setupNameTable({"familyName": _NAME, "styleName": "Regular", "psName": _NAME}, mac=False)
    builder.setupOS2(sTypoAscender=ascent, sTypoDescender=descent, usWinAscent=ascent, usWinDescent=-descent)
    builder.setupPost(keepGlyphNames=False)
    builder.updateHead(created=_EPOCH, modified=_EPOCH)
    builder.font.recalcTimestamp = False
    stream = io.BytesIO()
    builder.save(stream)
    return stream.getvalue()


@cache
def _glyph_map() -> bytes:
    """Return the map from codes to glyphs: never .notdef, which PDF/A forbids to show (ISO 19005-2, 6.2.11.8)."""
    glyphs = bytearray(b"\x00\x01" * 0x10000)
    glyphs[2 * _SPACE : 2 * _SPACE + 2] = b"\x00\x02"
    return bytes(glyphs)


def _to_unicode(texts: dict[int, str]) -> bytes:
    """Return the CMap that tells what each code stands for."""
    runs = list(_runs(texts))
    blocks = []
    for start in range(0, len(runs), _MAP_BLOCK):
        block = runs[start : start + _MAP_BLOCK]
        lines = [
            f"<{first:04X}> <{last:04X}> <{text.encode('utf-16-be').hex().upper()}>" for first, last, text in block
        ]
        blocks += [f"{len(block)} beginbfrange", *lines, "endbfrange"]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin",
            "12 dict begin",
            "begincmap",
            "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def",
            "/CMapName /Adobe-Identity-UCS def",
            "/CMapType 2 def",
            "1 begincodespacerange",
            "<0000> <FFFF>",
            "endcodespacerange",
            *blocks,
            "endcmap",
            "CMapName currentdict /CMap defineresource pop",
            "end",
            "end",
        ]
    ).encode("ascii")


def _runs(texts: dict[int, str]) -> Iterator[tuple[int, int, str]]:
    """Yield (first code, last code, text of the first) for codes that follow one another as their characters do.

    A run stays within one high byte, as the standard asks (ISO 32000-1, 9.10.3).
    """
    codes = sorted(texts)
    start = 0
    for at in range(1, len(codes) + 1):
        follows = (
            at < len(codes)
            and codes[at] == codes[at - 1] + 1
            and codes[at] >> 8 == codes[start] >> 8
            and texts[codes[at]] == chr(codes[at])
            and texts[codes[at - 1]] == chr(codes[at - 1])
        )
        if not follows:
            yield codes[start], codes[at - 1], texts[codes[start]]
            start = at
