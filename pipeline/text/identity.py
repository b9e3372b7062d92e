"""Numbers of persons: số định danh cá nhân (Luật Căn cước 26/2023 art. 12), CMND, and the QR code of identity cards."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.text.dates import compact_date
from pipeline.text.fold import nfc

_PERSONAL_ID = re.compile(r"(?<!\d)\d{12}(?!\d)")
_OLD_ID = re.compile(r"(?<!\d)\d{9}(?!\d)")
_SPACED = re.compile(r"(?<=\d)[ .](?=\d)")
_BORN_ABROAD = 100
"""from here on the first three digits name a country of birth, not a province"""

_CODES = """
001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035 036 037 038 040 042 044
045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072 074 075 077 079 080 082 083 084 086 087 089 091
092 093 094 095 096
"""
_PROVINCES = frozenset(_CODES.split())
"""the 63 provinces of before 2025, whose numbers stay on cards for ever"""

_QR_FIELDS = 7
_QR_ID, _QR_OLD, _QR_NAME, _QR_BIRTH, _QR_SEX, _QR_ADDRESS, _QR_ISSUED = range(_QR_FIELDS)


def find_personal_id(text: str) -> str | None:
    """Return the first number of exactly 12 digits; digits may stand in groups."""
    return _first(_PERSONAL_ID, text)


def find_old_id(text: str) -> str | None:
    """Return the first number of exactly 9 digits (chứng minh nhân dân); zero-filled placeholders are none."""
    found = _first(_OLD_ID, text)
    return None if found is None or found.startswith("0000000") else found


def known_birthplace(personal_id: str) -> bool:
    """Say whether the first three digits name a province of before 2025 or a country abroad."""
    return personal_id[:3] in _PROVINCES or int(personal_id[:3]) >= _BORN_ABROAD


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
