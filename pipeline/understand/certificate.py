"""Certificates, licences and receipts: the head and foot of an administrative document around labels with values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.domain.geometry import Box
from pipeline.domain.ids import FieldName
from pipeline.domain.page import RecognisedPage
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.understand.classify import Kind
from pipeline.understand.evidence import Reading
from pipeline.understand.foot import read_foot
from pipeline.understand.head import find_head, place_and_date, read_head
from pipeline.understand.labelled import read_labelled
from pipeline.understand.rows import column_rows

_RIGHT_FROM = 0.3
"""of the page's width: a place and date above a signature stand right of it"""
_SIGNED = frozenset(map(FieldName, ("signer_capacity", "signer_position", "signer_name", "recipients")))


def read_certificate(
    pages: Sequence[RecognisedPage], kind: Kind, *, catalogue: TypeCatalogue
) -> Mapping[FieldName, Reading]:
    """Read a paper that an agency issues on a form of its own: what is labelled wins over what stands in the cells."""
    foot = {name: reading for name, reading in read_foot(pages).items() if name in _SIGNED}
    return {
        **made_at(pages),
        **read_form_head(pages, kind, catalogue=catalogue),
        **foot,
        **read_labelled(pages, kind.type, title=kind.title.row if kind.title else None),
    }


def read_form(pages: Sequence[RecognisedPage], kind: Kind) -> Mapping[FieldName, Reading]:
    """Read a paper that somebody filled in: its labelled values, and where and when it was filled in."""
    return {**made_at(pages), **read_labelled(pages, kind.type, title=kind.title.row if kind.title else None)}


def read_form_head(
    pages: Sequence[RecognisedPage], kind: Kind, *, catalogue: TypeCatalogue
) -> Mapping[FieldName, Reading]:
    """Read organ, number, place and date above the title."""
    first = pages[0]
    title = kind.title.row if kind.title else None
    return read_head(first, find_head(first), title=title, abbreviations=tuple(catalogue.abbreviations))


def made_at(pages: Sequence[RecognisedPage]) -> Mapping[FieldName, Reading]:
    """Read the last line `…, ngày … tháng … năm …` that stands on the right by itself: the one above the signature."""
    for number, page in reversed(list(enumerate(pages, start=1))):
        rows = column_rows(page, Box(_RIGHT_FROM * page.width, 0, page.width + 1, page.height + 1))
        for row in reversed(rows):
            found = place_and_date(page, [row], number=number)
            if found.keys() >= {FieldName("issued_place"), FieldName("issued_date")}:
                return found
    return {}
