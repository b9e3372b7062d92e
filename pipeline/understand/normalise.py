"""Values by kind: what is kept of the text behind a label, and what the checks of its identifier say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pipeline.domain.document import CheckOutcome
from pipeline.text.contact import find_email, find_phone
from pipeline.text.dates import find_date, find_moment
from pipeline.text.dossier_code import read_dossier_codes
from pipeline.text.fold import fold_for_search, nfc
from pipeline.text.identity import find_old_id, find_personal_id, known_birthplace
from pipeline.text.names import has_known_surname, looks_like_name
from pipeline.text.tax import find_tax_code, tax_code_holds
from pipeline.understand.catalogue import FieldKind
from pipeline.understand.evidence import passed

_FILLER = re.compile(r"(?:[.…_·]\s*){3,}")
"""dotted lines to write on"""
_EDGES = " \t:;,.…_-–—|*"
_PROCEDURE = re.compile(r"(?<!\d)[1-9]\.\d{6}(?:\.\d{2})?(?:\.000\.00\.00\.[A-Y]\d{2})?(?!\d)")
_SEXES = {"nam": "Nam", "nu": "Nữ"}


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
    return Normal(text) if sum(char.isalpha() for char in text) > 2 else None  # noqa: PLR2004 - not a speck


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
    found = find_personal_id(text)
    return Normal(found, 1.0, {"birthplace": passed(known_birthplace(found))}) if found else None


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
    FieldKind.PERSONAL_ID: _personal_id,
    FieldKind.OLD_ID: _plain(find_old_id),
    FieldKind.TAX_CODE: _tax_code,
    FieldKind.DOSSIER_CODE: _dossier_code,
    FieldKind.PROCEDURE_CODE: _procedure_code,
    FieldKind.PHONE: _plain(find_phone),
    FieldKind.EMAIL: _plain(find_email),
}
