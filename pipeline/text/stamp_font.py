"""The font of stamps and visible signatures: Times metrics, every Vietnamese letter; subsets of it, ready for embedding."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.domain.errors import ToolMissing

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

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
        from fontTools.ttLib import TTFont  # noqa: PLC0415 - takes long to load, and most processes draw no stamp

        self.path = path
        with TTFont(path, lazy=True) as font:
            self._units: int = font["head"].unitsPerEm
            self._advances: dict[str, int] = {name: metric[0] for name, metric in font["hmtx"].metrics.items()}
            self._names: dict[int, str] = dict(font.getBestCmap())
        self._subset = lru_cache(maxsize=64)(self._make_subset)

    def __reduce__(self) -> tuple[type[StampFont], tuple[Path]]:
        """Go into another process as the path of the file, which is opened there."""
        return StampFont, (self.path,)

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
        from fontTools import subset  # noqa: PLC0415 - as above

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


def encode(part: FontSubset, text: str) -> bytes:
    """Return `text` as a string operand in hexadecimal; characters the font lacks become `.notdef`."""
    return b"<" + b"".join(b"%04X" % part.glyphs.get(character, 0) for character in text) + b">"


def to_unicode(glyphs: dict[str, int]) -> bytes:
    """Return the CMap that leads from glyph numbers back to characters (ISO 32000-1 §9.10.3)."""
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
