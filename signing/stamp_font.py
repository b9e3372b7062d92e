"""Embed the font of visible signatures as a subset, so that PDF/A stays PDF/A.

Written here and not left to pyHanko, which (0.38) takes glyph widths for thousandths of an em and so spreads the letters
of fonts with 2048 units an em, such as Liberation Serif.
"""

from __future__ import annotations

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.writer import BasePdfFileWriter

from pipeline.text.stamp_font import STAMP_FONTS, FontSubset, StampFont, encode, find_stamp_font, to_unicode

__all__ = ["STAMP_FONTS", "FontSubset", "StampFont", "embed", "encode", "find_stamp_font"]


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
    unicode_map = generic.StreamObject(stream_data=to_unicode(part.glyphs))
    unicode_map.compress()
    font = _dictionary(
        Type=pdf_name("/Font"),
        Subtype=pdf_name("/Type0"),
        BaseFont=name,
        Encoding=pdf_name("/Identity-H"),
        DescendantFonts=generic.ArrayObject([writer.add_object(descendant)]),
        ToUnicode=writer.add_object(unicode_map),
    )
    return writer.add_object(font)


def _dictionary(**entries: generic.PdfObject) -> generic.DictionaryObject:
    return generic.DictionaryObject({pdf_name(f"/{key}"): value for key, value in entries.items()})


def _number(value: float) -> generic.FloatObject:
    return generic.FloatObject(round(value, 3))


def _array(*values: float) -> generic.ArrayObject:
    return generic.ArrayObject([_number(value) for value in values])
