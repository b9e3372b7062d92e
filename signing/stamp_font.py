"""The font of visible signatures: Times metrics, every Vietnamese letter, embedded as a subset so that PDF/A stays PDF/A.

Written here and not left to pyHanko, which (0.38) takes glyph widths for thousandths of an em and so spreads the letters
of fonts with 2048 units an em, such as Liberation Serif.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.writer import BasePdfFileWriter

from pipeline.domain.errors import ToolMissing

STAMP_FONTS = (
    Path("/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf"),
    Path("/usr/share/fonts/truetype/liberation/LiberationSerif-Regular.ttf"),
    Path("/usr/share/fonts/truetype/noto/NotoSerif-Regular.ttf"),
)
"""Where Debian and Ubuntu keep fonts that look like Times New Roman, best first; old versions of the second lack Vietnamese."""

_NEEDED = "ÂĂĐÊÔƠƯẮẰẲẴẶẤẦẨẪẬẾỀỂỄỆỐỒỔỖỘỚỜỞỠỢỨỪỬỮỰỲỴỶỸÝâăđêôơưắằẳẵặấầẩẫậếềểễệốồổỗộớờởỡợứừửữựỳỵỷỹý–;:+-0123456789"


@dataclass(frozen=True, slots=True)
class FontSubset:
    """The part of a font that some text needs."""

    sfnt: bytes = field(repr=False)
    glyphs: dict[str, int]
    """glyph number of each character; a character the font lacks is missing here"""
    widths: tuple[float, ...]
    """advance of each glyph in thousandths of an em"""
    descriptor: dict[str, float]
    """entries of the font descriptor, in thousandths of an em"""
    name: str


class StampFont:
    """A TrueType font file, opened once; subsets are kept, for the texts of one batch differ in their digits only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with TTFont(path, lazy=True) as font:
            self._units: int = font["head"].unitsPerEm
            self._advances: dict[str, int] = {name: metric[0] for name, metric in font["hmtx"].metrics.items()}
            self._names: dict[int, str] = dict(font.getBestCmap())
        self._subset = lru_cache(maxsize=64)(self._make_subset)

    def has(self, text: str) -> bool:
        """Say whether the font has a glyph for each character of `text`."""
        return all(ord(character) in self._names for character in text)

    def width(self, text: str, size: float) -> float:
        """Return the width of `text` in points at `size` points."""
        advances = (self._advances[self._names.get(ord(character), ".notdef")] for character in text)
        return sum(advances) * size / self._units

    def subset(self, text: str) -> FontSubset:
        """Return a subset for `text` and all digits."""
        return self._subset("".join(sorted({*text, *"0123456789"})))

    def _make_subset(self, characters: str) -> FontSubset:
        options = subset.Options()
        options.hinting = False
        options.layout_features = []
        options.name_IDs = []
        options.notdef_outline = True
        options.drop_tables += ["GPOS", "GSUB", "GDEF", "DSIG", "FFTM", "kern", "gasp", "meta"]
        scale = 1000 / self._units
        with subset.load_font(str(self.path), options) as font:
            subsetter = subset.Subsetter(options)
            subsetter.populate(text=characters)
            subsetter.subset(font)
            output = io.BytesIO()
            font.save(output)
            return FontSubset(
                sfnt=output.getvalue(),
                glyphs={chr(code): font.getGlyphID(name) for code, name in font.getBestCmap().items()},
                widths=tuple(font["hmtx"][name][0] * scale for name in font.getGlyphOrder()),
                descriptor=_descriptor(font, scale),
                name=f"SOHOAA+{self.path.stem}",
            )


def _descriptor(font: TTFont, scale: float) -> dict[str, float]:
    head, os2 = font["head"], font["OS/2"]
    return {
        "left": head.xMin * scale,
        "bottom": head.yMin * scale,
        "right": head.xMax * scale,
        "top": head.yMax * scale,
        "ascent": os2.sTypoAscender * scale,
        "descent": os2.sTypoDescender * scale,
        "cap_height": getattr(os2, "sCapHeight", os2.sTypoAscender) * scale,
    }


@lru_cache(maxsize=1)
def find_stamp_font(candidates: Sequence[Path] = STAMP_FONTS) -> StampFont:
    """Open the first of `candidates` that is there and has the Vietnamese letters.

    Raises:
        ToolMissing: none.
    """
    for path in candidates:
        if path.is_file():
            font = StampFont(path)
            if font.has(_NEEDED):
                return font
    raise ToolMissing(tool="Liberation Serif 2", package="fonts-liberation2")


def embed(writer: BasePdfFileWriter, part: FontSubset) -> generic.IndirectObject:
    """Add `part` to the file as a composite font (ISO 32000-1 §9.7) with two-byte glyph numbers as its codes; return the font."""
    name = pdf_name(f"/{part.name}")
    file = generic.StreamObject({pdf_name("/Length1"): generic.NumberObject(len(part.sfnt))}, stream_data=part.sfnt)
    file.compress()
    numbers = part.descriptor
    descriptor = _dictionary(
        Type=pdf_name("/FontDescriptor"),
        FontName=name,
        Flags=generic.NumberObject(4 | 2),  # symbolic (own codes), serif
        FontBBox=_array(numbers["left"], numbers["bottom"], numbers["right"], numbers["top"]),
        ItalicAngle=generic.NumberObject(0),
        Ascent=_number(numbers["ascent"]),
        Descent=_number(numbers["descent"]),
        CapHeight=_number(numbers["cap_height"]),
        StemV=generic.NumberObject(80),
        FontFile2=writer.add_object(file),
    )
    system = _dictionary(
        Registry=generic.pdf_string("Adobe"),
        Ordering=generic.pdf_string("Identity"),
        Supplement=generic.NumberObject(0),
    )
    descendant = _dictionary(
        Type=pdf_name("/Font"),
        Subtype=pdf_name("/CIDFontType2"),
        BaseFont=name,
        CIDSystemInfo=system,
        FontDescriptor=writer.add_object(descriptor),
        CIDToGIDMap=pdf_name("/Identity"),
        W=generic.ArrayObject([generic.NumberObject(0), _array(*part.widths)]),
    )
    to_unicode = generic.StreamObject(stream_data=_to_unicode(part.glyphs))
    to_unicode.compress()
    font = _dictionary(
        Type=pdf_name("/Font"),
        Subtype=pdf_name("/Type0"),
        BaseFont=name,
        Encoding=pdf_name("/Identity-H"),
        DescendantFonts=generic.ArrayObject([writer.add_object(descendant)]),
        ToUnicode=writer.add_object(to_unicode),
    )
    return writer.add_object(font)


def encode(part: FontSubset, text: str) -> bytes:
    """Return `text` as a string operand in hexadecimal; characters the font lacks become `.notdef`."""
    return b"<" + b"".join(b"%04X" % part.glyphs.get(character, 0) for character in text) + b">"


def _dictionary(**entries: generic.PdfObject) -> generic.DictionaryObject:
    return generic.DictionaryObject({pdf_name(f"/{key}"): value for key, value in entries.items()})


def _number(value: float) -> generic.FloatObject:
    return generic.FloatObject(round(value, 3))


def _array(*values: float) -> generic.ArrayObject:
    return generic.ArrayObject([_number(value) for value in values])


def _to_unicode(glyphs: dict[str, int]) -> bytes:
    pairs = [f"<{glyph:04X}> <{character.encode('utf-16-be').hex().upper()}>" for character, glyph in glyphs.items()]
    blocks = []
    for start in range(0, len(pairs), 100):  # at most 100 a block: Adobe Technical Note 5014
        block = pairs[start : start + 100]
        blocks.append(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar")
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        + "\n".join(blocks)
        + "\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode()
