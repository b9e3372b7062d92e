"""Say whether all text of a PDF can be told as Unicode, as level U of PDF/A-2 asks (ISO 19005-2, 6.2.11.7.2)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

import pikepdf
from fontTools.agl import toUnicode
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String

__all__ = ["Unclear", "is_unicode_mapped", "shown_text", "told_by"]

_SHOWS = frozenset({"Tj", "TJ", "'", '"'})
_KNOWN_ENCODINGS = frozenset({"/WinAnsiEncoding", "/MacRomanEncoding", "/MacExpertEncoding"})
_KNOWN_COLLECTIONS = frozenset({"GB1", "CNS1", "Japan1", "Korea1"})
_TWO_BYTES = frozenset({"/Identity-H", "/Identity-V"})
_FORBIDDEN = frozenset({"", "\0", "\ufeff", "\ufffe"})
_BLOCK = re.compile(rb"beginbf(char|range)(.*?)endbf\1", re.DOTALL)
_CHAR = re.compile(rb"<([0-9A-Fa-f\s]+)>\s*<([0-9A-Fa-f\s]*)>")
_RANGE = re.compile(rb"<([0-9A-Fa-f\s]+)>\s*<([0-9A-Fa-f\s]+)>\s*(?:<([0-9A-Fa-f\s]*)>|\[(.*?)\])", re.DOTALL)
_HEX = re.compile(rb"<([0-9A-Fa-f\s]*)>")
_MOST_CODES = 4 * 0x10000
"""entries of all ranges of a CMap together: codes have two bytes, and some programs name a code twice or thrice; what has more was
written to keep its readers busy"""


class Unclear(Exception):
    """It cannot be told which font some text is shown in."""


def is_unicode_mapped(pdf: Pdf) -> bool:
    """Return True if every character that any content of `pdf` shows has a Unicode value by the rules of level U.

    What cannot be judged counts as not mapped.
    """
    codes: defaultdict[tuple[int, int], set[bytes]] = defaultdict(set)
    fonts: dict[tuple[int, int], Dictionary] = {}
    try:
        for scope in pdf.content_scopes():
            for font, text in shown_text(scope.content, scope.resources):
                fonts[font.objgen] = font
                codes[font.objgen].add(text)
        return all(_is_mapped(fonts[key], texts) for key, texts in codes.items())
    except (Unclear, pikepdf.PdfError, TypeError, ValueError):
        return False


def shown_text(content: Object, resources: Dictionary | None) -> Iterator[tuple[Dictionary, bytes]]:
    """Yield (font, string) for all text that a content stream shows.

    Raises:
        Unclear: it shows text without having chosen a font.
    """
    listed = resources.get(Name.Font) if resources is not None else None
    font: Dictionary | None = None
    saved: list[Dictionary | None] = []
    for instruction in pikepdf.parse_content_stream(content, "q Q Tf Tj TJ ' \" gs"):
        operator, operands = str(instruction.operator), instruction.operands
        if operator == "q":
            saved.append(font)
        elif operator == "Q":
            font = saved.pop() if saved else None
        elif operator == "Tf":
            chosen = listed.get(str(operands[0])) if isinstance(listed, Dictionary) else None
            font = chosen if isinstance(chosen, Dictionary) and chosen.is_indirect else None
        elif operator in _SHOWS:
            if font is None:
                raise Unclear
            items = operands[-1] if isinstance(operands[-1], Array) else [operands[-1]]
            for item in items:
                if isinstance(item, String):
                    yield font, bytes(item)


def _is_mapped(font: Dictionary, texts: set[bytes]) -> bool:
    width = 2 if font.get(Name.Subtype) == Name.Type0 else 1
    if width == 2 and str(font.get(Name.Encoding)) not in _TWO_BYTES:  # noqa: PLR2004 - bytes a code
        return _is_known_collection(font)
    used = {text[at : at + width] for text in texts for at in range(0, len(text), width)}
    mapping = font.get(Name.ToUnicode)
    if isinstance(mapping, Stream):
        told = told_by(mapping.read_bytes())
        return all(told.get(int.from_bytes(code, "big"), "") not in _FORBIDDEN for code in used)
    return width == 1 and _is_known_encoding(font)


def _is_known_collection(font: Dictionary) -> bool:
    """Say whether a composite font uses a predefined CMap and one of Adobe's four character collections."""
    if not isinstance(font.get(Name.Encoding), Name):
        return False
    descendants = font.get(Name.DescendantFonts)
    inner = descendants[0] if isinstance(descendants, Array) and len(descendants) else Dictionary()
    system = inner.get(Name.CIDSystemInfo, Dictionary())
    return str(system.get(Name.Registry)) == "Adobe" and str(system.get(Name.Ordering)) in _KNOWN_COLLECTIONS


def _is_known_encoding(font: Dictionary) -> bool:
    encoding = font.get(Name.Encoding)
    if isinstance(encoding, Name):
        return str(encoding) in _KNOWN_ENCODINGS
    if not isinstance(encoding, Dictionary):
        return False
    differences = encoding.get(Name.Differences, Array())
    names = [str(entry)[1:] for entry in differences if isinstance(entry, Name)]
    base_known = str(encoding.get(Name.BaseEncoding)) in _KNOWN_ENCODINGS
    return base_known and all(toUnicode(name) for name in names if name != ".notdef")


def told_by(cmap: bytes) -> dict[int, str]:
    """Return what a ToUnicode CMap says: code to text.

    Raises:
        ValueError: its digits are no pairs, or its ranges are more than a font can need.
    """
    told: dict[int, str] = {}
    ranged = 0
    for kind, body in _BLOCK.findall(cmap):
        if kind == b"char":
            told |= {int(_digits(code), 16): _text(text) for code, text in _CHAR.findall(body)}
            continue
        for first, last, text, listed in _RANGE.findall(body):
            start, end = int(_digits(first), 16), min(int(_digits(last), 16), 0xFFFF)
            ranged += max(0, end - start + 1)
            if ranged > _MOST_CODES:
                raise ValueError("a CMap with more ranges than codes")
            if listed:
                told |= dict(zip(range(start, end + 1), map(_text, _HEX.findall(listed)), strict=False))
            else:
                told |= {code: _counted_on(_text(text), code - start) for code in range(start, end + 1)}
    return told


def _counted_on(text: str, steps: int) -> str:
    """Return `text` with its last character moved on by `steps`, as a range of codes means it."""
    if not text:
        return ""
    last = ord(text[-1]) + steps
    return text[:-1] + chr(last) if last <= 0x10FFFF else ""  # noqa: PLR2004 - the end of Unicode


def _text(digits: bytes) -> str:
    return bytes.fromhex(_digits(digits)).decode("utf-16-be", "replace")


def _digits(digits: bytes) -> str:
    return re.sub(rb"\s", b"", digits).decode("ascii")
