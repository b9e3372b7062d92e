"""What the fields of one paper say of each other: a number of a person and their birth, dates that come one after the other.

A mismatch is a warning for the clerk, never a correction: a personal number keeps its year and sex when these are corrected in
the register, and the paper itself may be wrong.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from pipeline.domain.document import CheckOutcome
from pipeline.domain.ids import FieldName
from pipeline.text.identity import birth_year_of, sex_of
from pipeline.understand.declaration import TypeDeclaration
from pipeline.understand.evidence import Reading, passed

_PERSON_DIGITS = 12
_PEOPLE = ("", "spouse_")
"""before `personal_id`, `birth_date`, `sex`: whose they are"""
_ONE_AFTER_THE_OTHER = (
    ("birth_date", "id_issued_date"),
    ("birth_date", "registered_date"),
    ("birth_date", "issued_date"),
    ("spouse_birth_date", "registered_date"),
    ("id_issued_date", "id_expiry_date"),
    ("id_issued_date", "issued_date"),
    ("registered_date", "issued_date"),
    ("first_registered_date", "changed_date"),
    ("valid_from", "valid_to"),
    ("received_at", "due_at"),
)
"""dates of which the first never comes after the second"""

Readings = Mapping[FieldName, Reading]


def held_together(readings: Readings, declaration: TypeDeclaration) -> Readings:
    """Return the readings with the checks that compare them with each other."""
    found: dict[FieldName, dict[str, CheckOutcome]] = {}
    for name, check, outcome in (*_persons(readings, declaration), *_dates(readings)):
        checks = found.setdefault(name, {})
        if checks.get(check) is not CheckOutcome.FAILED:  # a date may stand in several pairs: one failure counts
            checks[check] = outcome
    return {
        name: dataclasses.replace(reading, checks={**reading.checks, **found.get(name, {})})
        for name, reading in readings.items()
    }


def _persons(readings: Readings, declaration: TypeDeclaration) -> Iterator[tuple[FieldName, str, CheckOutcome]]:
    """Hold a personal number of 12 digits against birth and sex of the same person (Luật Căn cước 26/2023 art. 12)."""
    for whose in _PEOPLE:
        number_name = FieldName(f"{whose}personal_id")
        number = readings.get(number_name)
        if number is None or len(str(number.value)) != _PERSON_DIGITS:
            continue
        text = str(number.value)
        birth, sex = (
            readings.get(name) if _same_section(number_name, name, declaration) else None
            for name in (FieldName(f"{whose}birth_date"), FieldName(f"{whose}sex"))
        )
        year = str(birth_year_of(text))
        yield number_name, "birth_year", passed(str(birth.value).startswith(year) if birth else None)
        yield number_name, "sex", passed(sex.value == sex_of(text) if sex else None)


def _same_section(one: FieldName, other: FieldName, declaration: TypeDeclaration) -> bool:
    """Say whether two fields are looked for in the same section of a paper, and so belong to the same person."""
    sections = {field.name: (field.after, field.before) for field in declaration.fields}
    return sections.get(one) == sections.get(other)


def _dates(readings: Readings) -> Iterator[tuple[FieldName, str, CheckOutcome]]:
    for earlier, later in _ONE_AFTER_THE_OTHER:
        names = FieldName(earlier), FieldName(later)
        first, second = (readings.get(name) for name in names)
        if first is None or second is None:
            continue
        # ISO 8601 of one length sorts by time
        size = min(len(str(first.value)), len(str(second.value)))
        outcome = passed(str(first.value)[:size] <= str(second.value)[:size])
        for name in names:
            yield name, "order", outcome
