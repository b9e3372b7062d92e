"""Receipts: the dossier code in the QR code wins over the printed one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.domain.document import FieldOrigin
from pipeline.domain.ids import FieldName
from pipeline.domain.page import Code, CodeKind, RecognisedPage
from pipeline.text.dossier_code import find_dossier_codes
from pipeline.understand.declaration import TypeDeclaration
from pipeline.understand.evidence import Reading, passed
from pipeline.understand.labelled import read_labelled

_CODE_FIT = 0.99
_MATRIX = {CodeKind.QR, CodeKind.MICRO_QR, CodeKind.DATA_MATRIX, CodeKind.AZTEC}


def read_receipt(pages: Sequence[RecognisedPage], declaration: TypeDeclaration) -> Mapping[FieldName, Reading]:
    """Read the declared fields of a receipt, and the dossier code from a QR code or barcode where there is one."""
    readings = dict(read_labelled(pages, declaration))
    name = FieldName("dossier_code")
    said = _code(pages)
    if said is None:
        return readings
    printed = readings.get(name)
    agrees = passed(None if printed is None else printed.value == said.value)
    return {
        **readings,
        name: Reading(
            value=said.value,
            raw=said.raw,
            page=said.page,
            box=said.box,
            fit=_CODE_FIT,
            origin=said.origin,
            checks={"print": agrees},
        ),
    }


def _code(pages: Sequence[RecognisedPage]) -> Reading | None:
    for number, page in enumerate(pages, start=1):
        for code in page.codes:
            found = find_dossier_codes(code.text)
            if found:
                return Reading(value=found[0], raw=code.text, page=number, box=code.box, origin=_origin(code))
    return None


def _origin(code: Code) -> FieldOrigin:
    return FieldOrigin.QR if code.kind in _MATRIX else FieldOrigin.BARCODE
