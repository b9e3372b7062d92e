"""Degrees of secrecy stamped on a paper: what is stamped so does not belong into this system.

The three degrees and the form of their stamps: Luật Bảo vệ bí mật nhà nước 2018 art. 8, NĐ 30/2020 phụ lục I (cell 10a: under number
and notation, capital letters in a box). State secrets may be copied only on order and on machines of their own (art. 11).
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.domain.page import Line, RecognisedPage
from pipeline.understand.refusing import refused_by_name
from pipeline.understand.stamped import stamped, stamped_in_head

_DEGREES = ("TUYỆT MẬT", "TỐI MẬT", "MẬT")
_HEAD = 0.4
"""share of a page's height in which a stamp with a misread mark still counts: `MẮT` is also a column of a medical form"""


def secrecy_of(pages: Sequence[RecognisedPage]) -> str | None:
    """Return the highest degree of secrecy that is stamped on any of a paper's pages; None where none is.

    A degree counts where it stands alone on its line in capitals; at the head of a page also with letters misread that
    touch the stamp's frame, and, if it is two words long, beside other words.

    Raises:
        PaperNotUnderstood
    """
    with refused_by_name():
        found = {_on(line, page.height) for page in pages for line in page.lines}
    return next((degree for degree in _DEGREES if degree in found), None)


def _on(line: Line, height: float) -> str | None:
    in_head = (line.box.top + line.box.bottom) / 2 <= _HEAD * height
    return (stamped_in_head if in_head else stamped)(line.text, _DEGREES)
