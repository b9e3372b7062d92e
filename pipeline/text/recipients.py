"""Items of a list of recipients, as NĐ 30/2020 (phụ lục I, cell 9b) has them written."""

from __future__ import annotations

import re

_ENDS = " ;.,:"
_KEPT = re.compile(r"^[LIl1|][.,]?[uưw]u\s*[:.;,]?\s*(?=[A-ZĐ])")
"""`Lưu: VT, …`: the last item, whose colon is lost often"""
_OFFICE = re.compile(r"^(Lưu: )V[TFIÍ1]\b")
"""văn thư, who keep the original: the first in that item"""
_ABBREVIATIONS = re.compile(r"(?<=[A-ZĐ])\s*[.,]\s*(?=[A-ZĐ])")
_IN_ORDER_TO = re.compile(r"\(\s*đ[eèéẻẽẹêềếểễệ]\b")
"""`(để …)`: what an item gets the paper for"""
_TO_REPORT = re.compile(r"\b([bp])\s?[/⁄¿íÍ|]\s?[cC€¢](?!\w)|(?<=\(để )([bp])\s[cC€¢](?!\w)")
"""`(để b/c)`: no list of recipients names a currency"""


def recipient(item: str) -> str:
    """Return an item without the signs at its ends, its fixed parts as they are written: `Lưu. VI.TH;` is `Lưu: VT, TH`."""
    text = _TO_REPORT.sub(lambda match: f"{match[1] or match[2]}/c", _IN_ORDER_TO.sub("(để", item.strip(_ENDS)))
    kept = _KEPT.sub("Lưu: ", text)
    if not kept.startswith("Lưu: "):
        return text
    return _OFFICE.sub(r"\1VT", _ABBREVIATIONS.sub(", ", kept))
