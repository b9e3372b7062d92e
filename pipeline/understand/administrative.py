"""All cells of an administrative document put together: head, title, subject, addressee, foot."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from pipeline.domain.ids import FieldName
from pipeline.domain.page import RecognisedPage
from pipeline.text.notation import notation_fits
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.understand.classify import Kind
from pipeline.understand.declaration import Family
from pipeline.understand.evidence import Checks, Reading, passed
from pipeline.understand.foot import read_foot
from pipeline.understand.head import Head, find_head, letter_subject_rows, likely_notation, read_head
from pipeline.understand.rows import Row
from pipeline.understand.subject import read_addressee, read_subject, subject_of

_GENERIC = frozenset(map(FieldName, ("code_number", "code_notation", "reference", "issued_date", "issued_place")))
"""what may be read off a paper of no known kind and without a national title: the rest would be guesses"""


def read_administrative(
    pages: Sequence[RecognisedPage], kind: Kind, *, catalogue: TypeCatalogue
) -> Mapping[FieldName, Reading]:
    """Read the fields of an administrative document from its cells; what is not on the paper is absent."""
    first = pages[0]
    head = find_head(first)
    title = kind.title.row if kind.title else None
    readings = dict(read_head(first, head, title=title, abbreviations=tuple(catalogue.abbreviations)))
    subject = read_subject(pages, title) if title else subject_of(letter_subject_rows(head), pages)
    addressee = read_addressee(pages)
    if subject:
        readings[FieldName("subject")] = subject
    if addressee:
        readings[FieldName("addressee")] = addressee
    readings |= read_foot(pages)
    if title and not _has_notation_of(readings, kind, catalogue):
        readings |= _likely_notation(readings, kind, head, title)
    if head.nation is None and kind.type.family is Family.OTHER:
        readings = {name: reading for name, reading in readings.items() if name in _GENERIC}
    return _with_notation_check(readings, kind)


def _has_notation_of(readings: Mapping[FieldName, Reading], kind: Kind, catalogue: TypeCatalogue) -> bool:
    """Say whether a notation was read that may be as it is: it begins with some type's abbreviation, or none is called for."""
    notation = readings.get(FieldName("code_notation"))
    if kind.type.abbreviation is None:
        return True
    return notation is not None and any(notation_fits(str(notation.value), one) for one in catalogue.abbreviations)


def _likely_notation(
    readings: Mapping[FieldName, Reading], kind: Kind, head: Head, title: Row
) -> Mapping[FieldName, Reading]:
    organ, number = (readings.get(FieldName(name)) for name in ("organ_name", "code_number"))
    if organ is None or kind.type.abbreviation is None:
        return {}
    found = likely_notation(head, title=title, abbreviation=kind.type.abbreviation, organ=str(organ.value))
    if found is None:
        return {}
    whole = readings.get(FieldName("reference"))
    joined = (
        {FieldName("reference"): dataclasses.replace(whole, value=f"{number.value}/{found.value}")}
        if whole and number
        else {}
    )
    return {FieldName("code_notation"): found, **joined}


def _with_notation_check(readings: dict[FieldName, Reading], kind: Kind) -> Mapping[FieldName, Reading]:
    """Hold the notation against the abbreviation of the type; a công văn's begins with its organ instead."""
    name = FieldName("code_notation")
    notation, abbreviation = readings.get(name), kind.type.abbreviation
    if notation is None or abbreviation is None:
        return readings
    fits = passed(notation_fits(str(notation.value), abbreviation))
    return readings | {name: _checked(notation, {"abbreviation": fits})}


def _checked(reading: Reading, checks: Checks) -> Reading:
    return dataclasses.replace(reading, checks={**reading.checks, **checks})
