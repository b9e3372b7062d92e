"""Receipts: what the QR code or barcode says wins over print, and print that says otherwise is a doubt."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping, Sequence

from pipeline.domain.document import CheckOutcome, FieldOrigin
from pipeline.domain.ids import FieldName
from pipeline.domain.page import Code, CodeKind, RecognisedPage
from pipeline.text.dates import find_date
from pipeline.text.dossier_code import find_dossier_codes
from pipeline.understand.declaration import TypeDeclaration
from pipeline.understand.evidence import Reading, passed
from pipeline.understand.labelled import read_labelled

_CODE_FIT = 0.99
_MATRIX = {CodeKind.QR, CodeKind.MICRO_QR, CodeKind.DATA_MATRIX, CodeKind.AZTEC}
_PROCEDURE = re.compile(r"(?<![\d.])[1-9]\.\d{6}(?!\d)")
_PERSON = re.compile(r"(?<![\d.-])\d{12}(?![\d.-])")
_DAY = re.compile(r"(?<!\d)\d{1,2}/\d{1,2}/\d{4}(?!\d)")
_DOSSIER, _DUE, _RECEIVED = FieldName("dossier_code"), FieldName("due_at"), FieldName("received_at")
_CORE = 8
"""signs of a procedure's code that name it; what follows names who published it"""

Readings = Mapping[FieldName, Reading]


def read_receipt(pages: Sequence[RecognisedPage], declaration: TypeDeclaration) -> Readings:
    """Read the declared fields of a receipt, and what a QR code or barcode says of them where there is one.

    TT 01/2023/TT-VPCP names what a receipt's code holds, but neither order nor separator: values are known by their form.
    """
    readings = dict(read_labelled(pages, declaration))
    for number, page in enumerate(pages, start=1):
        for code in page.codes:
            found = find_dossier_codes(code.text)
            if found:
                said = {_DOSSIER: str(found[0]), **_others(code.text)}
                return _dated({**readings, **_spoken(said, code, number, readings), **_due(code.text, readings)})
    return _dated(readings)


def _others(text: str) -> dict[FieldName, str]:
    """Return what else a code says, where it says it once."""
    every = {"procedure_code": set(_PROCEDURE.findall(text)), "personal_id": set(_PERSON.findall(text))}
    return {FieldName(name): found.pop() for name, found in every.items() if len(found) == 1}


def _spoken(said: Mapping[FieldName, str], code: Code, page: int, printed: Readings) -> dict[FieldName, Reading]:
    """Return what a code says, held against print."""
    found = {}
    for name, value in said.items():
        read = printed.get(name)
        length = _CORE if name == FieldName("procedure_code") else None
        agrees = None if read is None else str(read.value)[:length] == value[:length]
        longer = read is not None and agrees and len(str(read.value)) > len(value)
        found[name] = Reading(
            value=read.value if read is not None and longer else value,
            raw=code.text if name == _DOSSIER else value,
            page=page,
            box=code.box,
            fit=_CODE_FIT,
            origin=_origin(code),
            checks={"print": passed(agrees)},
        )
    return found


def _due(text: str, readings: Readings) -> dict[FieldName, Reading]:
    """Hold the printed day of the result against the days in the code: it is one of them where there are two or more."""
    days = {day for day in map(find_date, _DAY.findall(text)) if day}
    read = readings.get(_DUE)
    if read is None or len(days) < 2:  # noqa: PLR2004 - one day alone is the day of the receipt
        return {}
    agrees = str(read.value)[:10] in days
    return {_DUE: dataclasses.replace(read, checks={**read.checks, "code": passed(agrees)})}


def _dated(readings: Readings) -> Readings:
    """Hold the day in the dossier code against the day of the receipt, before which no dossier is received."""
    code, received = readings.get(_DOSSIER), readings.get(_RECEIVED)
    if code is None or received is None:
        return readings
    day = str(code.value).split("-")[-2]
    opened = dt.date(2000 + int(day[:2]), int(day[2:4]), int(day[4:])).isoformat()
    outcome = passed(opened <= str(received.value)[:10])
    # which of the two is wrong, print does not tell: the code for machines is not
    doubtful = _RECEIVED if code.origin is not None else _DOSSIER
    read = readings[doubtful]
    if outcome is CheckOutcome.PASSED:
        return readings
    return {**readings, doubtful: dataclasses.replace(read, checks={**read.checks, "opened": outcome})}


def _origin(code: Code) -> FieldOrigin:
    return FieldOrigin.QR if code.kind in _MATRIX else FieldOrigin.BARCODE
