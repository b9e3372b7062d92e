"""What a drawn paper is: pictures of its pages, and the exact truth about what stands on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from PIL import Image

from pipeline.domain.document import FieldValue
from pipeline.domain.geometry import Box
from pipeline.domain.ids import FieldName, TypeCode
from pipeline.domain.page import Code, InkMark


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A line of text as set; its box holds the letters' advance widths and the height from ascender to descender."""

    text: str
    box: Box
    """points on the upright, level page (reading space)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnPage:
    """One side of a sheet before any scanner saw it: clean, upright, level."""

    picture: Image.Image
    """RGB"""
    dpi: int
    lines: tuple[PrintedLine, ...] = ()
    """in the order of drawing"""
    codes: tuple[Code, ...] = ()
    marks: tuple[InkMark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperTruth:
    """What a paper is and says, in the names of the product's vocabulary; a field that is not on it is absent."""

    type: TypeCode
    fields: Mapping[FieldName, FieldValue] = field(default_factory=dict)
    by_hand: frozenset[FieldName] = frozenset()
    """fields that are written with a pen, wholly or in part"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnPaper:
    """A paper of one or more pages."""

    truth: PaperTruth
    pages: tuple[DrawnPage, ...]


def named(**fields: FieldValue | None) -> dict[FieldName, FieldValue]:
    """Return the fields that have a value."""
    return {FieldName(name): value for name, value in fields.items() if value}
