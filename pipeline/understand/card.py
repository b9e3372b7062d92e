"""Identity cards: what the QR code and the machine-readable zone say overrides what was read from print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.domain.document import FieldOrigin
from pipeline.domain.geometry import around
from pipeline.domain.ids import FieldName
from pipeline.domain.page import RecognisedPage
from pipeline.text.identity import parse_card_code
from pipeline.text.mrz import read_card_zone
from pipeline.understand.declaration import TypeDeclaration
from pipeline.understand.evidence import Reading, reading_of
from pipeline.understand.labelled import read_labelled
from pipeline.understand.rows import find_phrase, row_of

_ISSUERS = {
    "BỘ CÔNG AN": "BỘ CÔNG AN",
    "CỤC CẢNH SÁT QUẢN LÝ HÀNH CHÍNH VỀ TRẬT TỰ XÃ HỘI": "QUẢN LÝ HÀNH CHÍNH VỀ TRẬT TỰ XÃ HỘI",
    "CỤC CẢNH SÁT ĐĂNG KÝ QUẢN LÝ CƯ TRÚ VÀ DỮ LIỆU QUỐC GIA VỀ DÂN CƯ": "QUẢN LÝ CƯ TRÚ VÀ DLQG VỀ DÂN CƯ",
}
"""who issues identity cards, and the line that says so: since July 2024, 2018 to 2024, before that"""
_ALIKE = 0.85
_CODE_FIT, _ZONE_FIT = 0.99, 0.98


def read_card(pages: Sequence[RecognisedPage], declaration: TypeDeclaration) -> Mapping[FieldName, Reading]:
    """Read an identity card: QR code before machine-readable zone before print."""
    return {**_issuer(pages), **read_labelled(pages, declaration), **_zone(pages), **_code(pages)}


def _issuer(pages: Sequence[RecognisedPage]) -> dict[FieldName, Reading]:
    """Read who issued the card: one of two, printed without a label."""
    for number, page in enumerate(pages, start=1):
        for line in page.lines:
            for issuer, sign in _ISSUERS.items():
                if line.words and find_phrase(row_of(line.words), sign, at_least=_ALIKE):
                    return {
                        FieldName("id_issued_place"): reading_of([row_of(line.words)], issuer, page=number, fit=0.97)
                    }
    return {}


def _code(pages: Sequence[RecognisedPage]) -> dict[FieldName, Reading]:
    for number, page in enumerate(pages, start=1):
        for code in page.codes:
            said = parse_card_code(code.text)
            if said is None:
                continue
            values = {
                "personal_id": said.personal_id,
                "old_id": said.old_id,
                "full_name": said.full_name,
                "birth_date": said.birth_date,
                "sex": said.sex,
                "address": said.address,
                "id_issued_date": said.id_issued_date,
            }
            return {
                FieldName(name): Reading(
                    value=value, raw=value, page=number, box=code.box, fit=_CODE_FIT, origin=FieldOrigin.QR
                )
                for name, value in values.items()
                if value
            }
    return {}


def _zone(pages: Sequence[RecognisedPage]) -> dict[FieldName, Reading]:
    for number, page in enumerate(pages, start=1):
        said = read_card_zone([line.text for line in page.lines])
        if said is None:
            continue
        place = around(line.box for line in page.lines if "<" in line.text or "«" in line.text)
        values = {
            "personal_id": said.personal_id,
            "birth_date": said.birth_date,
            "sex": said.sex,
            "id_expiry_date": said.expiry_date,
        }
        return {
            FieldName(name): Reading(
                value=value, raw=value, page=number, box=place, fit=_ZONE_FIT, origin=FieldOrigin.MRZ
            )
            for name, value in values.items()
            if value
        }
    return {}
