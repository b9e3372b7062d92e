"""Certificates and licences on forms of their own: declared as content, set by one hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from pipeline.domain.document import FieldValue
from pipeline.domain.ids import FieldName, TypeCode
from pipeline.specimens.dates import vietnamese_date
from pipeline.specimens.flow import TOP
from pipeline.specimens.fonts import Face
from pipeline.specimens.form import LEFT, RIGHT, Form
from pipeline.specimens.ink import SEAL_SIZE, autograph, seal
from pipeline.specimens.letter import Agency
from pipeline.specimens.letter_head import HEAD_LEFT, HEAD_RIGHT, issuer, motto
from pipeline.specimens.paper import DrawnPaper, PaperTruth, named
from pipeline.specimens.sheet import A4, Align, Sheet

_MIDDLE = (LEFT + RIGHT) / 2
_SIGNER = RIGHT - 132
_SIGNATURE_ROOM = 82.0
"""points between the signer's position and name"""

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Halves:
    """Two people side by side."""

    left: Pairs
    right: Pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Who signs at the end; somebody without an agency has no seal."""

    above: tuple[str, ...]
    """capacities and position in capitals, or `Người làm đơn`"""
    name: str
    note: str = ""
    """`(Ký, ghi rõ họ tên)`"""
    agency: Agency | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The content of a form; what a form of its type does not have is empty."""

    type: TypeCode
    title: tuple[str, ...]
    """lines in bold capitals"""
    subtitle: str = ""
    agency: Agency | None = None
    """named in the head's left column; without one the national title stands in the middle"""
    number: str = ""
    """as printed, `Số: 12/GPXD`"""
    beside: str = ""
    """what stands opposite to the number below the title, `Quyển số: 01/2026`"""
    issued: dt.date | None = None
    """day in the head, or above the signature where `dated_below`"""
    dated_below: bool = False
    made_in: str = ""
    """place before the day, where it is not the agency's"""
    rows: tuple[Pairs | str | Halves, ...]
    """labels with values, texts by themselves, or two people side by side"""
    signed: Signed
    hand: bool = False
    """filled in by hand on dotted lines"""
    foot: str = ""
    """printed at the bottom, a serial number"""
    size: float = 13.0
    fields: Mapping[FieldName, FieldValue] = field(default_factory=dict)


def set_certificate(paper: Certificate, rng: np.random.Generator, *, dpi: int) -> DrawnPaper:
    """Set a certificate on one A4 page, signed, and sealed where an agency signs."""
    sheet = Sheet(A4, dpi=dpi)
    y = _head(sheet, paper)
    for line in paper.title:
        sheet.text(_MIDDLE, y, line, size=15, face=Face.SERIF_BOLD, align=Align.CENTRE)
        y += 19
    if paper.subtitle:
        y = sheet.block(_MIDDLE, y, paper.subtitle, size=12.5, width=400, face=Face.SERIF_ITALIC, align=Align.CENTRE)
    if paper.number and (paper.agency is None or paper.beside):
        sheet.text(LEFT + 20, y + 2, paper.number, size=12)
        if paper.beside:
            sheet.text(RIGHT - 20, y + 2, paper.beside, size=12, align=Align.RIGHT)
        y += 16
    form = Form(sheet, hand=paper.hand, y=y + 12, size=paper.size, leading=1.52 * paper.size)
    for row in paper.rows:
        if isinstance(row, str):
            form.label(row)
        elif isinstance(row, Halves):
            form.halves(row.left, row.right)
        else:
            form.row(*row)
    _sign(sheet, paper, rng, form.y + 8)
    if paper.foot:
        sheet.text(_MIDDLE, A4[1] - 36, paper.foot, size=14, face=Face.SERIF_BOLD, align=Align.CENTRE)
    return DrawnPaper(truth=PaperTruth(type=paper.type, fields=_truth(paper)), pages=(sheet.finish(),))


def _head(sheet: Sheet, paper: Certificate) -> float:
    """Set what stands above the title; return the title's baseline."""
    top = TOP + 4
    if paper.agency is None:
        return motto(sheet, _MIDDLE, top) + 46
    left = issuer(sheet, paper.agency, HEAD_LEFT, top, size=12)
    baseline = max(left, motto(sheet, HEAD_RIGHT, top, size=12.5)) + 22
    if paper.number and not paper.beside:
        sheet.text(HEAD_LEFT, baseline, paper.number, size=12.5, align=Align.CENTRE)
    if paper.issued and not paper.dated_below:
        sheet.text(HEAD_RIGHT, baseline, _made(paper), size=13, face=Face.SERIF_ITALIC, align=Align.CENTRE)
    return baseline + 38


def _made(paper: Certificate) -> str:
    place = paper.made_in or (paper.agency.place if paper.agency else "")
    return f"{place}, {vietnamese_date(paper.issued)}" if paper.issued else ""


def _sign(sheet: Sheet, paper: Certificate, rng: np.random.Generator, y: float) -> None:
    if paper.issued and paper.dated_below:
        sheet.text(_SIGNER, y, _made(paper), size=13, face=Face.SERIF_ITALIC, align=Align.CENTRE)
        y += 17
    for line in paper.signed.above:
        sheet.text(_SIGNER, y, line, size=13, face=Face.SERIF_BOLD, align=Align.CENTRE)
        y += 15.5
    if paper.signed.note:
        sheet.text(_SIGNER, y, paper.signed.note, size=11.5, face=Face.SERIF_ITALIC, align=Align.CENTRE)
        y += 12
    room = _SIGNATURE_ROOM if paper.signed.agency else 52.0
    middle, width = y + room / 2 - 12, float(rng.uniform(95, 125))
    autograph(sheet, rng, _SIGNER + 6, middle, width=width)
    if paper.signed.agency:
        centre = _SIGNER + 6 - width / 6 - SEAL_SIZE / 2, middle + float(rng.uniform(-5, 5))
        seal(sheet, rng, centre, around=paper.signed.agency.seal, foot=paper.signed.agency.seal_foot)
    sheet.text(_SIGNER, y + room, paper.signed.name, size=13.5, face=Face.SERIF_BOLD, align=Align.CENTRE)


def _truth(paper: Certificate) -> dict[FieldName, FieldValue]:
    """Return what the head and the end of the form say besides its own fields."""
    agency = paper.agency
    place = paper.made_in or (agency.place if agency else "")
    return {
        **named(
            type_name=" ".join(paper.title),
            organ_name=agency.organ_name if agency else None,
            issued_place=place if paper.issued else None,
            issued_date=paper.issued.isoformat() if paper.issued else None,
            signer_name=paper.signed.name,
        ),
        **paper.fields,
    }
