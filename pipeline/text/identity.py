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
_SEXES = {"nam": "Nam", "nữ": "Nữ"}
_UNKNOWN = "00"
_INVISIBLE = " \t\r\n\ufeff"
LOST = "\ufffd"
"""stands for what could not be decoded"""
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
    """ISO 8601; the year, or year and month, alone where the rest is unknown"""
    sex: str
    address: str
    id_issued_date: str | None


def parse_card_code(text: str) -> CardCode | None:
    """Read the QR code of a căn cước công dân or thẻ căn cước (`id|old|name|ddMMyyyy|sex|address|ddMMyyyy…`); None for others.

    Nothing is put into another order: a text whose fields stand elsewhere is not a card's.
    """
    parts = [part.strip() for part in nfc(text).strip(_INVISIBLE).split("|")]
    if len(parts) < _QR_FIELDS or not re.fullmatch(r"[0-9]{12}", parts[_QR_ID]):
        return None
    named = parts[_QR_NAME] and not any(char.isdecimal() or char == LOST for char in parts[_QR_NAME])
    dated = re.fullmatch(r"[0-9]{4}|[0-9]{8}", parts[_QR_BIRTH]) and re.fullmatch(r"[0-9]{8}", parts[_QR_ISSUED])
    if not named or not dated or parts[_QR_SEX].casefold() not in _SEXES or LOST in parts[_QR_ADDRESS]:
        return None
    return CardCode(
        personal_id=parts[_QR_ID],
        old_id=find_old_id(parts[_QR_OLD]),
        full_name=parts[_QR_NAME],
        birth_date=_birth_date(parts[_QR_BIRTH]),
        sex=_SEXES[parts[_QR_SEX].casefold()],
        address=parts[_QR_ADDRESS],
        id_issued_date=compact_date(parts[_QR_ISSUED]),
    )


def is_spoilt_card_code(text: str) -> bool:
    """Say whether a code begins as a card's does, with the number of a person, and does not go on as one: it is cut off or wrong."""
    return re.match(r"[0-9]{12}\|", text.strip(_INVISIBLE)) is not None and parse_card_code(text) is None


def without_other_people(text: str) -> str:
    """Return the text of a code without what a card's QR code says behind its seventh field: head of household, parents, children.

    They did not hand anything in; Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15 asks for no more data than a purpose needs. Codes
    that are like a card's and cannot be read as one are cut as well.
    """
    parts = text.split("|")
    if len(parts) <= _QR_FIELDS:
        return text
    fields = [part.strip(_INVISIBLE) for part in parts]
    numbered = any(re.fullmatch(r"[0-9]{12}", field) for field in fields[:_QR_FIELDS])
    personal = any(field.casefold() in _SEXES or re.fullmatch(r"[0-9]{8}", field) for field in map(nfc, fields))
    return "|".join(parts[:_QR_FIELDS]) if numbered and personal else text


def _birth_date(digits: str) -> str | None:
    """Return ddMMyyyy as ISO 8601; unknown days and months are written 00, or left out before the year."""
    day, month, year = digits[-8:-6], digits[-6:-4], digits[-4:]
    if compact_date(digits):
        return compact_date(digits)
    if compact_date(f"01{month}{year}") and day == _UNKNOWN:
        return f"{year}-{month}"
    return year if {day, month} <= {_UNKNOWN, ""} and compact_date(f"0101{year}") else None


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text) or pattern.search(_SPACED.sub("", text))
    return match.group() if match else None
