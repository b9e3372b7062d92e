"""What people do while they review: pages they look at, values they are typing, papers they hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.domain.correction import Place
from pipeline.domain.document import FieldValue
from pipeline.domain.ids import BatchId, ContentHash, DocumentId, FieldName
from pipeline.domain.page import PageRef
from pipeline.domain.source import MediaType


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedPage:
    """A page of a document, and where its pixels are to be found."""

    ref: PageRef
    sha256: ContentHash
    """of its source"""
    media_type: MediaType
    rotation: int
    """degrees clockwise that make it upright"""
    skew: float
    """degrees clockwise by which the text lines of the upright page run off level"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody has typed for a field and not saved yet."""

    value: FieldValue | None
    """as typed; None: the paper has no such value"""
    accepted: bool
    """whether they said that this is what the paper says"""
    version: int
    """of the document that they saw"""
    place: Place | None = None
    """where they had it read again"""


Drafts = Mapping[FieldName, Draft]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Somebody has a document before them: others look, and do not type."""

    document: DocumentId
    login: str
    name: str
    """of the person, for people"""
    since: dt.datetime
    until: dt.datetime
    """when it lapses unless it is renewed"""

    def holds_against(self, login: str, *, at: dt.datetime) -> bool:
        """Say whether it keeps somebody else from typing."""
        return self.login != login and at < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedEntry:
    """One person's entry of a field that two have to enter."""

    document: DocumentId
    name: FieldName
    by: str
    """login"""
    value: FieldValue | None
    """normalised; None: the paper has no such value"""
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingBatch:
    """A batch with papers that need a look."""

    batch: BatchId
    created_at: dt.datetime
    agency: str
    """empty: the installation's own"""
    dossier: str | None
    at_counter: bool
    """somebody stands at the counter and waits"""
    documents: int
    waiting: int
    """documents of it that need a look"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingDocument:
    """A paper that needs a look."""

    document: DocumentId
    batch: BatchId
    claim: Claim | None
