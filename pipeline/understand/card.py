"""Identity cards: what the QR code and the machine-readable zone say overrides what was read from print, and is held against it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from rapidfuzz import fuzz

from pipeline.domain.document import FieldOrigin
from pipeline.domain.geometry import around
from pipeline.domain.ids import FieldName
from pipeline.domain.page import RecognisedPage
from pipeline.text.identity import parse_card_code
from pipeline.text.mrz import read_card_zone
from pipeline.understand.declaration import TypeDeclaration
from pipeline.understand.evidence import Reading, passed, reading_of, word_sureness
from pipeline.understand.labelled import read_labelled
from pipeline.understand.rows import find_phrase, folded, row_of

_ISSUERS = {
    "BỘ CÔNG AN": "BỘ CÔNG AN",
    "CỤC CẢNH SÁT QUẢN LÝ HÀNH CHÍNH VỀ TRẬT TỰ XÃ HỘI": "QUẢN LÝ HÀNH CHÍNH VỀ TRẬT TỰ XÃ HỘI",
    "CỤC CẢNH SÁT ĐĂNG KÝ QUẢN LÝ CƯ TRÚ VÀ DỮ LIỆU QUỐC GIA VỀ DÂN CƯ": "QUẢN LÝ CƯ TRÚ VÀ DLQG VỀ DÂN CƯ",
}
"""who issues identity cards, and the line that says so: since July 2024, 2018 to 2024, before that"""
_ALIKE = 0.85
_CODE_FIT, _ZONE_FIT = 0.99, 0.98
_OTHER_VALUE = 0.7
"""likeness under which print says another name, number, day or address"""
_SURE = 0.8
"""of print that is believed to contradict"""


def read_card(pages: Sequence[RecognisedPage], declaration: TypeDeclaration) -> Mapping[FieldName, Reading]:
    """Read an identity card: QR code before machine-readable zone before print; where they say different things is a doubt."""
    printed = {**_issuer(pages), **read_labelled(pages, declaration)}
    zone = _zone(pages)
    code = _code(pages)
    zone = {name: _held_against(reading, printed.get(name), "print", _print_agrees) for name, reading in zone.items()}
    code = {name: _held_against(reading, printed.get(name), "print", _print_agrees) for name, reading in code.items()}
    code = {name: _held_against(reading, zone.get(name), "zone", _zone_agrees) for name, reading in code.items()}
    return {**printed, **zone, **code}


def _held_against(
    reading: Reading, other: Reading | None, check: str, agrees: Callable[[Reading, Reading], bool | None]
) -> Reading:
    outcome = passed(None if other is None else agrees(reading, other))
    return dataclasses.replace(reading, checks={**reading.checks, check: outcome})


def _zone_agrees(said: Reading, zone: Reading) -> bool:
    """Say whether code and zone agree; of a day of birth each may leave unknown parts out."""
    size = min(len(str(said.value)), len(str(zone.value)))
    return str(said.value)[:size] == str(zone.value)[:size]


def _print_agrees(said: Reading, printed: Reading) -> bool | None:
    """Say whether print agrees with what a machine wrote; None where it may have been misread.

    Print on a card is small and lies on a pattern: a sign or two read wrongly contradict nothing, another name or number does.
    """
    one, other = folded(str(said.value)), folded(str(printed.value))
    if one == other:
        return True
    return False if fuzz.ratio(one, other) < 100 * _OTHER_VALUE and word_sureness(printed.words) >= _SURE else None


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
