"""The numbers by which owners are known: read from what people and machines write, and held against their rules."""

from __future__ import annotations

import re

from pipeline.domain.owner import Identifier, IdentifierKind, OwnerKind
from pipeline.text.fold import nfc
from pipeline.text.identity import birth_year_of, find_old_id, find_personal_id
from pipeline.text.provinces import known_birthplace
from pipeline.text.tax import find_tax_code, tax_code_holds

_PASSPORT = re.compile(r"(?<![0-9A-Z])[A-Z]\d{7,8}(?!\d)")
_HOUSEHOLD = re.compile(r"(?<![0-9A-Z])\d{2}[A-Z]\d{7,8}(?!\d)")
"""certificate of a household business of before 2021: province, district's letter, serial"""
_PERSON_DIGITS = 12


def find_identifier(text: str, owner: OwnerKind) -> Identifier | None:
    """Return the first number in a text that names an owner of this kind; zero-filled placeholders are none."""
    plain = nfc(text).upper()
    if owner is OwnerKind.PERSON:
        return _person(plain)
    tax = find_tax_code(plain)
    if tax is not None:
        return _tax(tax)
    household = _HOUSEHOLD.search(plain.replace(" ", ""))
    return Identifier(IdentifierKind.BUSINESS_NUMBER, household.group()) if household else None


def as_identifier(text: str, kind: IdentifierKind) -> Identifier | None:
    """Return what was typed as a number of this kind, normalised; None where it is none, or more than that."""
    plain = nfc(text).upper().strip()
    owner = OwnerKind.PERSON if kind in _OF_PEOPLE else OwnerKind.ORGANISATION
    found = find_identifier(plain, owner)
    if found is None or _signs(found.value) != _signs(plain):
        return None
    # a person's tax code is the personal number (TT 86/2024/TT-BTC), by whichever name it is asked for
    is_persons_tax_code = kind is IdentifierKind.TAX_CODE and found.kind is IdentifierKind.CCCD
    return found if found.kind is kind or is_persons_tax_code else None


def identifier_holds(identifier: Identifier, *, birth_date: str | None = None) -> bool:
    """Say whether nothing speaks against a number: check digit, place of birth registration, year of birth.

    A number that does not hold may still be right: corrections of sex and birth date do not always change it. A person
    has to look then.
    """
    if identifier.kind is IdentifierKind.CCCD:
        year = birth_date[:4] if birth_date else str(birth_year_of(identifier.value))
        return known_birthplace(identifier.value) and year == str(birth_year_of(identifier.value))
    if identifier.kind is IdentifierKind.TAX_CODE:
        return tax_code_holds(identifier.value) is not False
    return True


_OF_PEOPLE = frozenset({IdentifierKind.CCCD, IdentifierKind.CMND, IdentifierKind.PASSPORT})


def _person(text: str) -> Identifier | None:
    if personal := find_personal_id(text):
        return None if personal.startswith("000") else Identifier(IdentifierKind.CCCD, personal)
    if old := find_old_id(text):
        return Identifier(IdentifierKind.CMND, old)
    passport = _PASSPORT.search(text) or _PASSPORT.search(text.replace(" ", ""))
    return Identifier(IdentifierKind.PASSPORT, passport.group()) if passport else None


def _tax(code: str) -> Identifier:
    return Identifier(IdentifierKind.CCCD if len(code) == _PERSON_DIGITS else IdentifierKind.TAX_CODE, code)


def _signs(text: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", text)
