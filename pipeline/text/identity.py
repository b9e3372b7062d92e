"""Numbers of persons: số định danh cá nhân (Luật Căn cước 26/2023 art. 12), CMND, and the QR code of identity cards."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.text.dates import compact_date
from pipeline.text.fold import nfc

_PERSONAL_ID = re.compile(r"(?<!\d)\d{12}(?!\d)")
_OLD_ID = re.compile(r"(?<!\d)\d{9}(?!\d)")
_SPACED = re.compile(r"(?<=\d)[ .](?=\d)")
_QR_FIELDS = 7
_QR_ID, _QR_OLD, _QR_NAME, _QR_BIRTH, _QR_SEX, _QR_ADDRESS, _QR_ISSUED = range(_QR_FIELDS)


def find_personal_id(text: str) -> str | None:
    """Return the first number of exactly 12 digits; digits may stand in groups."""
    return _first(_PERSONAL_ID, text)


def find_old_id(text: str) -> str | None:
    """Return the first number of exactly 9 digits (chứng minh nhân dân); zero-filled placeholders are none."""
    found = _first(_OLD_ID, text)
    return None if found is None or found.startswith("0000000") else found


def birth_year_of(personal_id: str) -> int:
    """Return the year of birth that a personal number of 12 digits states."""
    return 1900 + 100 * (int(personal_id[3]) // 2) + int(personal_id[4:6])


def sex_of(personal_id: str) -> str:
    """Return the sex that a personal number of 12 digits states, `Nam` or `Nữ`."""
    return "Nam" if int(personal_id[3]) % 2 == 0 else "Nữ"


def find_identity_number(text: str) -> str | None:
    """Return the first number of an identity paper: 12 digits, else 9 (chứng minh nhân dân)."""
    return find_personal_id(text) or find_old_id(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardCode:
    """The first seven fields of an identity card's QR code; those behind them tell of other people and are dropped."""

    personal_id: str
    old_id: str | None
    full_name: str
    birth_date: str | None
    """ISO 8601; None where day or month are unknown"""
    sex: str
    address: str
    id_issued_date: str | None


def parse_card_code(text: str) -> CardCode | None:
    """Read the QR code of a căn cước công dân or thẻ căn cước (`id|old|name|ddMMyyyy|sex|address|ddMMyyyy…`); None for others."""
    parts = [part.strip() for part in nfc(text).split("|")]
    if len(parts) < _QR_FIELDS or not re.fullmatch(r"[0-9]{12}", parts[_QR_ID]):
        return None
    if not parts[_QR_NAME] or not all(re.fullmatch(r"[0-9]{8}", parts[index]) for index in (_QR_BIRTH, _QR_ISSUED)):
        return None
    return CardCode(
        personal_id=parts[_QR_ID],
        old_id=find_old_id(parts[_QR_OLD]),
        full_name=parts[_QR_NAME],
        birth_date=compact_date(parts[_QR_BIRTH]),
        sex=parts[_QR_SEX],
        address=parts[_QR_ADDRESS],
        id_issued_date=compact_date(parts[_QR_ISSUED]),
    )


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text) or pattern.search(_SPACED.sub("", text))
    return match.group() if match else None
