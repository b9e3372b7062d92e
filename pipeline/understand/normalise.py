"""Values by kind: what is kept of the text behind a label, and what the checks of its identifier say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pipeline.domain.document import CheckOutcome
from pipeline.text.address import parse_address
from pipeline.text.address_spelling import spelt_address
from pipeline.text.contact import find_email, find_phone
from pipeline.text.dates import find_date, find_moment
from pipeline.text.dossier_code import read_dossier_codes
from pipeline.text.fold import fold_for_search, nfc
from pipeline.text.identity import find_identity_number, find_old_id
from pipeline.text.measures import amount_in_words, amount_of, find_area, find_money
from pipeline.text.names import has_known_surname, looks_like_name
from pipeline.text.provinces import known_birthplace
from pipeline.text.tax import find_tax_code, tax_code_holds
from pipeline.understand.declaration import FieldKind
from pipeline.understand.evidence import passed

_FILLER = re.compile(r"(?:[.…_·]\s*){3,}")
"""dotted lines to write on"""
_EDGES = " \t:;,.…_-–—|*'\"“”‘’"
_PROCEDURE = re.compile(r"(?<!\d)[1-9]\.\d{6}(?:\.\d{2})?(?:\.000\.00\.00\.[A-Y]\d{2})?(?!\d)")
_SEXES = {"nam": "Nam", "nu": "Nữ"}
_NUMBER = re.compile(r"(?<!\d)(\d{1,6}[a-zđ]?)(?![\da-zđ])")
_HOUSEHOLD = re.compile(r"(?<![0-9A-Z])\d{2}[A-Z]\d{7,8}(?!\d)")
"""number of a household business's certificate of before 2021: province, district's letter, serial"""
_LAND_SERIAL = re.compile(r"^\W*([A-ZĐ]{1,2})\s?(\d{6}(?:\d{2})?)\W*$")
"""6 digits until July 2024, 8 from then on (TT 10/2024/TT-BTNMT)"""
_WORDS = re.compile(r"(?:bằng|viết)\s+chữ\s*[:;.]?\s*([^)]+)", re.IGNORECASE)
_PERSON_DIGITS = 12
_RESPELT_FIT = 0.9
"""where fixed words of an address lost their marks, its names may have, too"""
_ISSUER_NOISE = re.compile(
    r"(?:cấp\s+)?ngày\b.*?(?:\d{4}|$)|\b(?:ngày|nơi)?\s*cấp\b|\b(?:do|tại|nơi)\b|\d{1,2}\s*[/.-]\s*\d{1,2}\s*[/.-]\s*\d{4}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Normal:
    """A normalised value, how well the text fitted its kind (0 to 1), and its checks."""

    value: str
    fit: float = 1.0
    checks: Mapping[str, CheckOutcome] = field(default_factory=dict)


def normalise(text: str, kind: FieldKind) -> Normal | None:
    """Return the value of a kind that a text holds; None when it holds none: nothing is invented."""
    return _BY_KIND[kind](plain(text))


def plain(text: str) -> str:
    """Return a text in NFC without dotted filler lines and without punctuation at its ends."""
    return " ".join(_FILLER.sub(" ", nfc(text)).split()).strip(_EDGES)


def _text(text: str) -> Normal | None:
    return Normal(text) if any(char.isalnum() for char in text) else None


def _address(text: str) -> Normal | None:
    if sum(char.isalpha() for char in text) <= 2:  # noqa: PLR2004 - a speck
        return None
    spelt = spelt_address(text)
    address = parse_address(spelt)
    checks = {
        "province": passed(address.province is not None if address.names_province else None),
        "levels": passed(address.ordered if address.names_province else None),
    }
    return Normal(spelt, 1.0 if spelt == text else _RESPELT_FIT, checks)


def _name(text: str) -> Normal | None:
    if sum(char.isalpha() for char in text) < 2:  # noqa: PLR2004 - the shortest name there is
        return None
    shaped = looks_like_name(text)
    surname = has_known_surname(text)
    return Normal(text, 1.0 if shaped and surname else 0.85 if shaped else 0.6, {"surname": passed(surname)})


def _sex(text: str) -> Normal | None:
    words = fold_for_search(text).split()
    found = _SEXES.get(words[0].strip(_EDGES)) if words else None
    return Normal(found) if found else None


def _personal_id(text: str) -> Normal | None:
    found = find_identity_number(text)
    if found is None:
        return None
    known = known_birthplace(found) if len(found) == _PERSON_DIGITS else None
    return Normal(found, 1.0, {"birthplace": passed(known)})


def _id_place(text: str) -> Normal | None:
    number = find_identity_number(text)
    if number is None:
        return None
    behind = re.split(r"[\s.]*".join(number), text, maxsplit=1)[-1]
    place = " ".join(_ISSUER_NOISE.sub(" ", behind).split()).strip(_EDGES + "()")
    return Normal(place, 0.95) if sum(char.isalpha() for char in place) > 4 else None  # noqa: PLR2004 - a rest of a label


def _number(text: str) -> Normal | None:
    found = _NUMBER.search(text)
    return Normal(found[1]) if found else None


def _business_number(text: str) -> Normal | None:
    household = _HOUSEHOLD.search(text.replace(" ", ""))
    return Normal(household.group(), 0.95) if household else _tax_code(text)


def _money(text: str) -> Normal | None:
    found = find_money(text)
    if found is None:
        return None
    words = _WORDS.search(text)
    said = amount_in_words(words[1]) if words else None
    return Normal(found, 1.0, {"words": passed(None if said is None else said == amount_of(found))})


def _land_serial(text: str) -> Normal | None:
    found = _LAND_SERIAL.match(text)
    return Normal(f"{found[1]} {found[2]}") if found else None


def _tax_code(text: str) -> Normal | None:
    found = find_tax_code(text)
    return Normal(found, 1.0, {"check_digit": passed(tax_code_holds(found))}) if found else None


def _dossier_code(text: str) -> Normal | None:
    found = read_dossier_codes(text)
    return Normal(found[0]) if found else None


def _procedure_code(text: str) -> Normal | None:
    found = _PROCEDURE.search(text)
    return Normal(found.group()) if found else None


def _plain(find: Callable[[str], str | None]) -> Callable[[str], Normal | None]:
    def normal(text: str) -> Normal | None:
        found = find(text)
        return Normal(found) if found else None

    return normal


_BY_KIND: Mapping[FieldKind, Callable[[str], Normal | None]] = {
    FieldKind.TEXT: _text,
    FieldKind.NAME: _name,
    FieldKind.ADDRESS: _address,
    FieldKind.DATE: _plain(find_date),
    FieldKind.MOMENT: _plain(find_moment),
    FieldKind.SEX: _sex,
    FieldKind.NUMBER: _number,
    FieldKind.PERSONAL_ID: _personal_id,
    FieldKind.ID_PLACE: _id_place,
    FieldKind.BUSINESS_NUMBER: _business_number,
    FieldKind.AREA: _plain(find_area),
    FieldKind.MONEY: _money,
    FieldKind.LAND_SERIAL: _land_serial,
    FieldKind.SIGNATURE: _name,
    FieldKind.OLD_ID: _plain(find_old_id),
    FieldKind.TAX_CODE: _tax_code,
    FieldKind.DOSSIER_CODE: _dossier_code,
    FieldKind.PROCEDURE_CODE: _procedure_code,
    FieldKind.PHONE: _plain(find_phone),
    FieldKind.EMAIL: _plain(find_email),
}
