"""What people make of fields that a machine read: every change stays known, with who made it and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.domain.document import Field, FieldValue
from pipeline.domain.geometry import Box
from pipeline.domain.ids import DocumentId, FieldName


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where on a document somebody found a value, and what was read there."""

    page: int
    """of the document, from 1"""
    box: Box
    """on the upright page, points from the top left"""
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a person says of a document."""

    values: Mapping[FieldName, FieldValue | None] = field(default_factory=dict)
    """right values by field; None: the paper has no such value"""
    confirm: bool = False
    """all other fields are right as they stand"""
    version: int | None = None
    """of the document that the person saw; None: whichever there is, for who cannot know it"""
    reason: str = ""
    places: Mapping[FieldName, Place] = field(default_factory=dict)
    """where values were found on the paper, for fields that the person had read again"""
    keep_open: bool = False
    """somebody else has something to say of it: the document is not confirmed, even if all its fields are"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field before and after a correction or confirmation."""

    document: DocumentId
    version: int
    """of the document after the change; changes of one correction share it"""
    name: FieldName
    before: Field | None
    """None: it was not there"""
    after: Field | None
    """None: the paper has no such value"""
    at: dt.datetime
    by: str
    """account"""
    reason: str = ""

    @property
    def is_check(self) -> bool:
        """Whether a register said something of the value, and nobody changed or confirmed it."""
        if self.before is None or self.after is None:
            return False
        return self.before.value == self.after.value and self.before.checks != self.after.checks
