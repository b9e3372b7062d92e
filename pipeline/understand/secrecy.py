"""Degrees of secrecy stamped on a paper: what is stamped so does not belong into this system.

The three degrees and the form of their stamps: Luật Bảo vệ bí mật nhà nước 2018 art. 8, NĐ 30/2020 phụ lục I (cell 10a: under number
and notation, capital letters in a box). State secrets may be copied only on order and on machines of their own (art. 11).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from pipeline.domain.geometry import Box
from pipeline.domain.page import Line, RecognisedPage
from pipeline.text.fold import fold_for_search, fold_tone_place, nfc

_DEGREES = ("TUYỆT MẬT", "TỐI MẬT", "MẬT")
_HEAD = 0.4
"""share of a page's height in which a stamp with a misread mark still counts: `MẮT` is also a column of a medical form"""
_ALIKE = 80.0
"""of 100: the stamp's frame lies close to its letters, and one of them is often misread"""
_FRAME = re.compile(r"^[\[\]|!(){}'’‘]|[\[\]|!(){}'’‘][.,]?$")
_FRAMED = frozenset(("mat", "mar", "maj", "maf"))
"""what is left of `MẬT` where its last letter touches the frame"""
_NOT_LETTERS = re.compile(r"[^\w\s]|\d|_")


def secrecy_of(pages: Sequence[RecognisedPage]) -> str | None:
    """Return the highest degree of secrecy that is stamped on any of a paper's pages; None where none is.

    A degree counts where it stands alone on its line in capitals; at the head of a page also with letters misread that
    touch the stamp's frame, and, if it is two words long, beside other words.
    """
    found = {degree for page in pages for line in page.lines for degree in _on(line, page.height)}
    return next((degree for degree in _DEGREES if degree in found), None)


def _on(line: Line, height: float) -> list[str]:
    text = " ".join(_NOT_LETTERS.sub(" ", nfc(line.text)).split())
    if not any(char.isupper() for char in text) and not _FRAME.search(line.text.strip()):
        return []
    if _middle(line.box) > _HEAD * height:
        return [
            degree for degree in _DEGREES if text == text.upper() and fold_tone_place(text) == fold_tone_place(degree)
        ]
    return [degree for degree in _DEGREES if _reads(text, degree, framed=_FRAME.search(line.text.strip()) is not None)]


def _reads(text: str, degree: str, *, framed: bool) -> bool:
    """Say whether a line at the head of a page is, or holds, a degree as stamps are read."""
    plain, sought = fold_for_search(text), fold_for_search(degree)
    if plain == sought:
        return text == text.upper() or framed
    if " " not in sought:
        return framed and plain in _FRAMED
    if re.search(rf"(?<!\w){degree}(?!\w)", text):
        return True
    return plain.endswith(" mat") and fuzz.ratio(plain.replace(" ", ""), sought.replace(" ", "")) >= _ALIKE


def _middle(box: Box) -> float:
    return (box.top + box.bottom) / 2
