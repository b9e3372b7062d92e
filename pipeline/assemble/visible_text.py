"""Text that is seen, in a font that is embedded as a subset, on pages however they are turned."""

from __future__ import annotations

from collections.abc import Sequence

from pikepdf import Array, Dictionary, Name, Object, Page, Pdf, String

from pipeline.text.stamp_font import FontSubset, StampFont, encode, to_unicode


class VisibleFont:
    """A font of one PDF: lines are drawn first, then `finish` embeds what they need."""

    def __init__(self, pdf: Pdf, font: StampFont, *, name: str) -> None:
        """Take the PDF, the font and the name that it has in the resources of pages, with its slash."""
        self.name = name
        self._pdf = pdf
        self._font = font
        self.reference = pdf.make_indirect(Dictionary(Type=Name.Font))
        self._texts: list[str] = []
        self._part: FontSubset | None = None

    def width(self, text: str, size: float) -> float:
        """Return the width of `text` in points."""
        return self._font.width(text, size)

    def lines(self, lines: Sequence[str], *, left: float, top: float, size: float, leading: float) -> bytes:
        """Return what draws lines from (left, top) downwards, points, once for each font.

        Raises:
            ValueError: lines were drawn before.
        """
        if self._part is not None:
            raise ValueError("a subset is made for one block of lines")
        self._part = self._font.subset("".join(lines))
        shown = b" T* ".join(encode(self._part, line) + b" Tj" for line in lines)
        start = top - size * self._part.descriptor["top"] / 1000
        return b"BT %s %g Tf %g TL %g %g Td %s ET " % (self.name.encode(), size, leading, left, start, shown)

    def finish(self) -> None:
        """Embed the subset (ISO 32000-1 §9.7): a composite font whose codes are its glyph numbers."""
        if self._part is None:
            return
        part, pdf = self._part, self._pdf
        base = Name(f"/{part.name}")
        descendant = Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=base,
            CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
            FontDescriptor=pdf.make_indirect(self._descriptor(part, base)),
            CIDToGIDMap=Name.Identity,
            W=Array([0, Array([round(width, 3) for width in part.widths])]),
        )
        font = Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=base,
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(descendant)]),
            ToUnicode=pdf.make_stream(to_unicode(part.glyphs)),
        )
        for key, value in font.items():
            self.reference[key] = value

    def _descriptor(self, part: FontSubset, base: Object) -> Dictionary:
        numbers = part.descriptor
        return Dictionary(
            Type=Name.FontDescriptor,
            FontName=base,
            Flags=4 | 2,  # symbolic (own codes), serif
            FontBBox=Array([round(numbers[side], 3) for side in ("left", "bottom", "right", "top")]),
            ItalicAngle=0,
            Ascent=round(numbers["ascent"], 3),
            Descent=round(numbers["descent"], 3),
            CapHeight=round(numbers["cap_height"], 3),
            StemV=80,
            FontFile2=self._pdf.make_stream(part.sfnt, Length1=len(part.sfnt)),
        )


def seen_size(page: Page) -> tuple[float, float]:
    """Return width and height of a page as it is seen, in points."""
    left, bottom, right, top = _box(page)
    return (top - bottom, right - left) if _rotation(page) in {90, 270} else (right - left, top - bottom)


def seen_matrix(page: Page) -> bytes:
    """Return the operands of `cm` that lead from the page as it is seen, origin at its bottom left, to the page's own space."""
    left, bottom, right, top = _box(page)
    numbers = {
        0: (1, 0, 0, 1, left, bottom),
        90: (0, 1, -1, 0, right, bottom),
        180: (-1, 0, 0, -1, right, top),
        270: (0, -1, 1, 0, left, top),
    }[_rotation(page)]
    return b"%g %g %g %g %g %g" % numbers


def _rotation(page: Page) -> int:
    turned = int(page.obj.get(Name.Rotate, 0)) % 360
    return turned - turned % 90


def _box(page: Page) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (float(side) for side in page.cropbox.as_list())
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
