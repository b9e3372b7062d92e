"""PDFs whose text layer says something else than what is to be seen, made so on purpose."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pikepdf
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from pikepdf import Array, Dictionary, Name
from PIL import Image

_SERIF = Path("/usr/share/fonts/truetype/noto/NotoSerif-Regular.ttf")
_A4 = (595, 842)

TEXT = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "Về việc cấp giấy phép xây dựng nhà ở riêng lẻ",
    "Căn cứ Luật Xây dựng ngày 18 tháng 6 năm 2014;",
    "Xét đơn đề nghị của ông Trần Văn Mẫu, thường trú tại",
    "số 12 đường Hoa Sữa, phường Thí Dụ, thành phố Mẫu.",
    "Điều 1. Cho phép xây dựng trên thửa đất số 345.",
    "Điều 2. Quyết định này có hiệu lực kể từ ngày ký.",
)


def told_pdf(
    path: Path,
    *,
    tell: Callable[[str], str] | None = lambda shown: shown,
    lines: tuple[str, ...] = TEXT,
    name: str = "Serif",
    mode: int = 0,
    colour: float = 0.0,
    shift: tuple[float, float] = (0, 0),
    behind: Image.Image | None = None,
    unseen: tuple[str, float, float, float] | None = None,
) -> Path:
    """A page that shows `lines` in an embedded font and, taken out, gives `tell(character)` for each character.

    `tell=None` leaves the mapping out; `mode` is the text rendering mode, `shift` points to the right and down; `unseen` is
    one more line: text, grey (1 is white), left and bottom.
    """
    document = pikepdf.new()
    page = document.add_blank_page(page_size=_A4)
    font = _TellingFont(document, name, tell)
    drawn = [
        f"BT /F0 13 Tf {mode} Tr {colour} g {65 + shift[0]} {842 - 85 - 29 * number - shift[1]} Td <{font.shown(line)}> Tj ET"
        for number, line in enumerate(lines)
    ]
    if unseen is not None:
        text, grey, left, bottom = unseen
        drawn.append(f"BT /F0 13 Tf {grey} g {left} {bottom} Td <{font.shown(text)}> Tj ET")
    page.Resources = Dictionary(Font=Dictionary(F0=font.finished()))
    content = "\n".join(drawn).encode()
    if behind is not None:
        page.Resources.XObject = Dictionary(Im0=_jpeg(document, behind))
        content = b"q 595 0 0 842 0 0 cm /Im0 Do Q\n" + content
    page.Contents = document.make_stream(content)
    document.save(path)
    return path


class _TellingFont:
    """A composite font: glyphs of a real face, meanings of our own."""

    def __init__(self, document: pikepdf.Pdf, name: str, tell: Callable[[str], str] | None) -> None:
        self._document, self._name, self._tell = document, name, tell
        self._face = TTFont(_SERIF)
        self._cmap, self._order = self._face.getBestCmap(), self._face.getReverseGlyphMap()
        self._used: dict[int, str] = {}

    def shown(self, text: str) -> str:
        for sign in text:
            self._used[self._order[self._cmap[ord(sign)]]] = sign
        return "".join(f"{self._order[self._cmap[ord(sign)]]:04X}" for sign in text)

    def finished(self) -> pikepdf.Object:
        widths = Array()
        for glyph in sorted(self._used):
            advance = self._face["hmtx"][self._face.getGlyphName(glyph)][0]
            widths.append(glyph)
            widths.append(Array([advance]))
        program = _SERIF.read_bytes()
        inner = Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=Name(f"/{self._name}"),
            CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
            CIDToGIDMap=Name.Identity,
            DW=500,
            W=widths,
            FontDescriptor=_descriptor(self._document, self._name, program),
        )
        font = Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=Name(f"/{self._name}"),
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([self._document.make_indirect(inner)]),
        )
        if self._tell is not None:
            font.ToUnicode = self._document.make_stream(self._mapping(self._tell))
        return self._document.make_indirect(font)

    def _mapping(self, tell: Callable[[str], str]) -> bytes:
        told = [
            f"<{glyph:04X}> <{tell(sign).encode('utf-16-be', 'surrogatepass').hex()}>"
            for glyph, sign in sorted(self._used.items())
        ]
        head = "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def"
        space = "1 begincodespacerange <0000> <FFFF> endcodespacerange"
        tail = "endcmap CMapName currentdict /CMap defineresource pop end end"
        return "\n".join([head, space, f"{len(told)} beginbfchar", *told, "endbfchar", tail]).encode()


def old_font_pdf(path: Path, lines: tuple[str, ...], *, name: str, glyphs: dict[str, str]) -> Path:
    """A page in a font as they were before Unicode: `lines` are Western European letters, which show other glyphs.

    `glyphs` tells what each letter shows; a combining mark is drawn over the letter before it.
    """
    document = pikepdf.new()
    page = document.add_blank_page(page_size=_A4)
    program, widths = _old_program(name, tuple(sorted(glyphs.items())))
    font = Dictionary(
        Type=Name.Font,
        Subtype=Name.TrueType,
        BaseFont=Name(f"/{name}"),
        Encoding=Name.WinAnsiEncoding,
        FirstChar=32,
        LastChar=255,
        Widths=Array([widths.get(bytes([code]).decode("cp1252", "replace"), 0) for code in range(32, 256)]),
        FontDescriptor=_descriptor(document, name, program),
    )
    page.Resources = Dictionary(Font=Dictionary(F0=document.make_indirect(font)))
    drawn = [
        f"BT /F0 13 Tf 65 {842 - 85 - 29 * number} Td <{line.encode('cp1252').hex()}> Tj ET"
        for number, line in enumerate(lines)
    ]
    page.Contents = document.make_stream("\n".join(drawn).encode())
    document.save(path)
    return path


@cache
def _old_program(name: str, glyphs: tuple[tuple[str, str], ...]) -> tuple[bytes, dict[str, int]]:
    shown = {chr(code): chr(code) for code in range(32, 127)} | dict(glyphs)
    face = TTFont(_SERIF)
    subsetter = Subsetter(Options(glyph_names=True, notdef_outline=True, layout_features=[], hinting=False))
    subsetter.populate(text="".join(shown.values()))
    subsetter.subset(face)
    cmap, widths, codes = face.getBestCmap(), {}, {}
    for letter, meant in shown.items():
        glyph = (
            _marks(face, letter, meant)
            if meant[0] in "\u0300\u0301\u0302\u0303\u0306\u0309\u0323"
            else cmap[ord(meant)]
        )
        codes[ord(letter)] = glyph
        widths[letter] = face["hmtx"][glyph][0]
    for table in face["cmap"].tables:
        table.cmap = dict(codes)
    stream = io.BytesIO()
    face.save(stream)
    return stream.getvalue(), widths


def _marks(face: TTFont, letter: str, marks: str) -> str:
    """Make one glyph without width of some marks, which stands over the letter before it."""
    pen = TTGlyphPen(None)
    for mark in marks:
        recorded = DecomposingRecordingPen(face.getGlyphSet())
        face.getGlyphSet()[face.getBestCmap()[ord(mark)]].draw(recorded)
        raised = 210 if mark in "\u0300\u0301\u0303\u0309" and len(marks) > 1 else 0
        recorded.replay(TransformPen(pen, (1, 0, 0, 1, -30, raised)))
    name = f"over{ord(letter):X}"
    face.setGlyphOrder([*face.getGlyphOrder(), name])
    face["glyf"][name] = pen.glyph()
    face["glyf"][name].recalcBounds(face["glyf"])
    face["hmtx"][name] = (0, face["glyf"][name].xMin)
    return name


def _descriptor(document: pikepdf.Pdf, name: str, program: bytes) -> pikepdf.Object:
    return document.make_indirect(
        Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name(f"/{name}"),
            Flags=32,
            FontBBox=Array([-500, -300, 1500, 1100]),
            ItalicAngle=0,
            Ascent=1069,
            Descent=-293,
            CapHeight=714,
            StemV=80,
            FontFile2=document.make_stream(program, Length1=len(program)),
        )
    )


def _jpeg(document: pikepdf.Pdf, image: Image.Image) -> pikepdf.Object:
    packed = io.BytesIO()
    image.convert("L").save(packed, "JPEG", quality=90)
    return document.make_stream(
        packed.getvalue(),
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=image.width,
        Height=image.height,
        ColorSpace=Name.DeviceGray,
        BitsPerComponent=8,
        Filter=Name.DCTDecode,
    )
