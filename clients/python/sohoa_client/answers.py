"""What the interface answers about batches and dossiers, typed.

Names and meanings are those of its schema; properties that are not known here are passed over. States and kinds are plain texts:
a later version of the interface may have more of them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Client:
    """A client as it sees itself."""

    id: str
    name: str
    agencies: tuple[str, ...]
    scopes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class FileCounts:
    """How many files of a batch stand how."""

    total: int
    received: int
    digitized: int
    kept_signed: int
    refused: int


@dataclass(frozen=True, kw_only=True)
class PageCounts:
    """How many pages of a batch stand how."""

    total: int
    waiting: int
    kept: int
    blank: int
    separator: int
    failed: int


@dataclass(frozen=True, kw_only=True)
class DocumentCounts:
    """How many papers of a batch stand how."""

    total: int
    needs_review: int
    digitized: int
    confirmed: int
    disposed: int
    signed: int


@dataclass(frozen=True, kw_only=True)
class StageTime:
    """How long a stage of a batch took, summed over all runs that worked at it."""

    stage: str
    seconds: float
    units: int


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One upload: files in, dossiers out."""

    id: str
    state: str
    """`received`: it waits or is being worked on; `digitized`: every page is accounted for"""
    is_working: bool
    created_at: dt.datetime
    agency: str
    dossier: str | None
    channel: str | None
    lane: str | None
    files: FileCounts
    pages: PageCounts
    documents: DocumentCounts
    stages: tuple[StageTime, ...]

    @property
    def is_done(self) -> bool:
        """Whether every page is accounted for."""
        return self.state == "digitized"


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file exactly as it came in."""

    name: str
    sha256: str
    size: int | None
    media_type: str
    pages: int
    state: str
    error: str | None
    is_available: bool


@dataclass(frozen=True, kw_only=True)
class Code:
    """A barcode or matrix code."""

    kind: str
    text: str


@dataclass(frozen=True, kw_only=True)
class BatchPage:
    """One side of one sheet."""

    source: str
    number: int
    state: str
    reason: str | None
    notes: tuple[str, ...]
    rotation: int
    skew: float
    document: str | None
    confidence: float
    codes: tuple[Code, ...]


@dataclass(frozen=True, kw_only=True)
class Intake:
    """A batch that is being filled."""

    id: str
    state: str
    opened_at: dt.datetime
    agency: str
    dossier: str | None
    lane: str
    batch: str | None
    piece_bytes: int
    coming: int
    safe: int
    duplicate: int
    refused: int
    left_out: int


@dataclass(frozen=True, kw_only=True)
class Twin:
    """Where the same bytes are already."""

    name: str
    batch: str | None


@dataclass(frozen=True, kw_only=True)
class IntakeFile:
    """A file of a batch that is being filled."""

    number: int
    name: str
    size: int
    received: int
    state: str
    sha256: str | None
    media_type: str | None
    error: str | None
    twin: Twin | None


@dataclass(frozen=True, kw_only=True)
class FilesTaken:
    """Offered files, in their order; None where one is none that anybody wants digitized."""

    files: tuple[IntakeFile | None, ...]


@dataclass(frozen=True, kw_only=True)
class DossierSummary:
    """A dossier in a list."""

    code: str
    agencies: tuple[str, ...]
    documents: int
    needs_review: int
    first_received_at: dt.datetime
    last_received_at: dt.datetime


@dataclass(frozen=True, kw_only=True)
class DossierResult:
    """A result that was issued for a dossier."""

    code: str
    document: str
    state: str
    """`issued`: in force; `superseded`, `revoked`"""
    issued_at: dt.datetime
    reason: str
    superseded_by: str | None
    changed_at: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class Dossier(DossierSummary):
    """A dossier with its results."""

    procedure: str | None
    results: tuple[DossierResult, ...]
