"""Tell the Unicode meaning of text in fonts from before Unicode, so that a copy of it can be searched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from pikepdf import Dictionary, Name, Page, Pdf, Stream

from pipeline.assemble.carry import UNREADABLE
from pipeline.assemble.unicode_map import Unclear, shown_text, told_by
from pipeline.text.legacy_encoding import LegacyFont, code_meaning, encoding_in_use

__all__ = ["tell_unicode"]


def tell_unicode(pdf: Pdf, page: Page) -> None:
    """Give each font of a page that is encoded in TCVN3 or VNI a /ToUnicode with the letters that it shows, in memory.

    What is seen stays as it is, and so do fonts whose text reads well already.
    """
    codes: defaultdict[tuple[int, int], list[bytes]] = defaultdict(list)
    fonts: dict[tuple[int, int], Dictionary] = {}
    try:
        for scope in page.content_scopes(kinds=("page", "form")):
            for font, text in shown_text(scope.content, scope.resources):
                fonts[font.objgen] = font
                codes[font.objgen].append(text)
    except (*UNREADABLE, Unclear):
        return  # what cannot be judged keeps what it says
    for key, font in fonts.items():
        meanings = _meanings(font)
        width = 2 if font.get(Name.Subtype) == Name.Type0 else 1
        said = " ".join("".join(meanings.get(code, "") for code in _codes(text, width)) for text in codes[key])
        legacy = encoding_in_use(said, str(font.get(Name.BaseFont, "/"))[1:])
        if legacy is not None and meanings:
            font.ToUnicode = pdf.make_stream(_mapping(meanings, legacy, width=width))


def _codes(text: bytes, width: int) -> list[int]:
    return [int.from_bytes(text[at : at + width], "big") for at in range(0, len(text), width)]


def _meanings(font: Dictionary) -> dict[int, str]:
    """Return what the codes of a font say today."""
    simple = font.get(Name.Subtype) != Name.Type0
    western = {code: bytes([code]).decode("cp1252", "ignore") for code in range(32, 256)} if simple else {}
    mapping = font.get(Name.ToUnicode)
    told = told_by(mapping.read_bytes()) if isinstance(mapping, Stream) else {}
    return {code: text for code, text in (western | told).items() if text}


def _mapping(meanings: Mapping[int, str], legacy: LegacyFont, *, width: int) -> bytes:
    digits = 2 * width
    lines = [
        f"<{code:0{digits}X}> <{code_meaning(text, legacy).encode('utf-16-be').hex().upper()}>"
        for code, text in sorted(meanings.items())
    ]
    # at most a hundred in a block (Adobe technical note 5014, 4.4)
    blocks = [lines[at : at + 100] for at in range(0, len(lines), 100)]
    told = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /Adobe-Identity-UCS def\n"
        f"/CMapType 2 def\n1 begincodespacerange\n<{'00' * width}> <{'FF' * width}>\nendcodespacerange\n{told}\nendcmap\n"
        "CMapName currentdict /CMap defineresource pop\nend\nend"
    ).encode("ascii")
