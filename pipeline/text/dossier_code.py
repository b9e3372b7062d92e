"""Mã hồ sơ, the code by which a dossier is known: both generations (TT 01/2018/TT-VPCP art. 19, TT 03/2025/TT-VPCP art. 13)."""

from __future__ import annotations

import datetime as dt
import re

from pipeline.domain.ids import DossierCode
from pipeline.text.fold import nfc

SHEET_TITLE = "TỜ PHÂN CÁCH HỒ SƠ"
"""what stands on a printed separator sheet, for people, and for readers where its codes cannot be read"""

# The organisation's levels run left to right in the newer form, right to left in the older one (QCVN 102:2016).
_NEW_ORG = r"(?:[A-Z]\.)?[A-Y]\d{2}(?:\.\d{1,3}){0,3}"
_OLD_ORG = r"(?:\d{3}\.)?\d{2}\.\d{2}\.[A-Y]\d{2}"
_CODE = re.compile(rf"(?<![0-9A-Za-z.])((?:{_NEW_ORG}|{_OLD_ORG})-(\d{{6}})-(\d{{4,8}}))(?!\d)")

_DASHES = re.compile(r"\s*[-‐‑–—−]\s*")
_DOTS = re.compile(r"(?<=[0-9A-Za-z])\s*\.\s*(?=[0-9A-Za-z])")
_LOOSE = re.compile(r"(?<![0-9A-Za-z.])([0-9A-Za-z.]{3,20})-([0-9OoIl|]{6})-([0-9OoIl|]{4,8})(?![0-9A-Za-z])")
_DIGIT_LIKE = str.maketrans({"O": "0", "o": "0", "I": "1", "l": "1", "|": "1"})


def find_dossier_codes(text: str) -> tuple[DossierCode, ...]:
    """Return the dossier codes in text that a machine wrote (a barcode, a file name), in order, each once.

    The six digits between the dashes must be a real date, YYMMDD. Result codes (`…-KQ1`) yield their dossier's code.
    """
    found = (match for match in _CODE.finditer(_one_dash(nfc(text))) if _is_date(match.group(2)))
    return tuple(dict.fromkeys(DossierCode(match.group(1)) for match in found))


def read_dossier_codes(text: str) -> tuple[DossierCode, ...]:
    """Return the dossier codes in recognised text.

    Spaces around dots and dashes are dropped, and letters in the place of digits are repaired (`O` is 0, `l` and `I` are 1).
    """
    joined = _DOTS.sub(".", _one_dash(nfc(text)))
    return find_dossier_codes(_LOOSE.sub(_repaired, joined))


def _one_dash(text: str) -> str:
    return _DASHES.sub("-", text)


def _repaired(match: re.Match[str]) -> str:
    org, day, serial = match.groups()
    return "-".join((_repaired_org(org), day.translate(_DIGIT_LIKE), serial.translate(_DIGIT_LIKE)))


def _repaired_org(org: str) -> str:
    """Repair each group: the one with the organisation's letter keeps its first character, the others are digits."""
    groups = org.split(".")
    lettered = next((i for i, group in enumerate(groups) if re.match(r"[A-Y][0-9OoIl|]{2}$", group)), None)
    return ".".join(
        group[0] + group[1:].translate(_DIGIT_LIKE)
        if index == lettered
        else (group if len(group) == 1 and group.isupper() and index == 0 else group.translate(_DIGIT_LIKE))
        for index, group in enumerate(groups)
    )


def _is_date(six: str) -> bool:
    try:
        dt.date(2000 + int(six[:2]), int(six[2:4]), int(six[4:]))
    except ValueError:
        return False
    return True
