"""How papers are called on pages: type, number, whom and what they are about."""

from __future__ import annotations

import re
from enum import StrEnum

from app.services import Services
from app.setting_groups import Language
from pipeline.domain.document import FieldValue, StoredDocument, UnderstoodDocument
from pipeline.domain.ids import FieldName, TypeCode
from web.visit import Visit

_MOMENT = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}:\d{2})\S*)?")
_NUMBERS = ("reference", "code_number", "serial_number", "registered_number")
_ABOUT = ("subject", "full_name", "child_name", "business_name", "construction_name", "requester_name")


class Purpose(StrEnum):
    """Why somebody looks for papers or takes them along: the trail keeps it with the look."""

    DOSSIER = "dossier"
    REQUEST = "request"
    INSPECTION = "inspection"
    RECORDS = "records"
    CORRECTION = "correction"


def purpose_words(purpose: Purpose | None, visit: Visit) -> str:
    """Return what the trail says of a purpose: in Vietnamese, whatever language the visitor reads."""
    return "" if purpose is None else visit.office.words[Language.VIETNAMESE].say(f"purpose.{purpose.value}")


def type_title(code: str, services: Services) -> str:
    """Return what a type is called; a code that is declared no more stands for itself."""
    declared = services.catalogue.types.get(TypeCode(code))
    return declared.title if declared else code


def number_of(document: StoredDocument) -> str:
    """Return the number by which people know a paper; empty where it has none."""
    found = document.understood
    number, notation = (value_of(found, name) for name in ("code_number", "code_notation"))
    if number and notation:
        return f"{number}/{notation}"
    return next(filter(None, (value_of(found, name) for name in _NUMBERS)), "")


def about(document: StoredDocument) -> str:
    """Return whom or what a paper is about, as it says; empty where that was not read."""
    return next(filter(None, (value_of(document.understood, name) for name in _ABOUT)), "")


def value_of(found: UnderstoodDocument, name: str) -> str:
    """Return the value of a field as text; empty where the paper has none."""
    field = found.fields.get(FieldName(name))
    return "" if field is None else plain_value(field.value)


def shown_value(value: FieldValue) -> str:
    """Return a field's value as offices write it: days and moments the Vietnamese way."""
    plain = plain_value(value)
    moment = _MOMENT.fullmatch(plain)
    if moment is None:
        return plain
    year, month, day, hour = moment.groups()
    return f"{day}/{month}/{year}" + (f" {hour}" if hour else "")


def plain_value(value: FieldValue) -> str:
    """Return a field's value as one line."""
    return value if isinstance(value, str) else "; ".join(value)
