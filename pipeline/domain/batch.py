"""One upload by one clerk: files in, dossiers out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.document import Dossier, StoredDocument
from pipeline.domain.ids import BatchId, DossierCode, derived_id
from pipeline.domain.page import PageOutcome
from pipeline.domain.source import ReceivedSource, SourceOutcome


class BatchState(StrEnum):
    """How far a batch has come."""

    RECEIVED = "received"
    DIGITIZED = "digitized"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedBatch:
    """Sources that are safe in the archive and wait to be digitized."""

    id: BatchId
    created_at: dt.datetime
    """aware"""
    sources: tuple[ReceivedSource, ...]
    dossier: DossierCode | None = None
    """given by the clerk for the whole batch"""
    agency: str = ""
    """code of the agency to which the batch and its papers belong; empty: the installation's own"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitizedBatch:
    """A batch every page of which is accounted for."""

    id: BatchId
    created_at: dt.datetime
    sources: tuple[SourceOutcome, ...]
    pages: tuple[PageOutcome, ...]
    dossiers: tuple[Dossier, ...]
    documents: tuple[StoredDocument, ...]


class Stage(StrEnum):
    """Stages of the work as progress names them."""

    RECEIVE = "receive"
    INSPECT = "inspect"
    VALIDATE = "validate"
    READ = "read"
    UNDERSTAND = "understand"
    ASSEMBLE = "assemble"
    STORE = "store"
    PUBLISH = "publish"
    SIGN = "sign"
    FORESEE = "foresee"
    RENEW = "renew"
    DISPOSE = "dispose"
    ROTATE = "rotate"
    """data keys are wrapped by another master key"""
    EXPORT = "export"
    COUNT = "count"
    """dossiers, for figures"""
    SEAL = "seal"
    """days of the audit trail"""
    AUDIT = "audit"
    """its entries"""
    PROVE = "prove"
    """records, compared with it"""
    LAWS = "laws"
    """what has to hold of everything that is kept"""
    CHECK = "check"
    CHECK_MIRROR = "check_mirror"
    STRAYS = "strays"
    REPAIR = "repair"
    IMPORT = "import"
    MIRROR = "mirror"
    COPY_RECORDS = "copy_records"
    """the database, into a backup"""
    COPY_OBJECTS = "copy_objects"
    RESTORE = "restore"
    """objects of a backup"""
    PROBE = "probe"


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of a stage is done, in its own units: files, pages, papers."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class StageTime:
    """How long a stage of a batch took, summed over all runs that worked at it."""

    stage: Stage
    seconds: float
    """by the wall: while other stages waited for it"""
    units: int
    """files, pages or papers that it came to"""


def batch_id(sources: tuple[ReceivedSource, ...], dossier: DossierCode | None, *, apart: str = "") -> BatchId:
    """Return the id of the batch that holds exactly these sources for this dossier.

    It depends on names, contents and the dossier only: who runs the same command again continues the same batch. `apart` names
    the agency of a batch that is another one although another agency has one of the same sources.
    """
    parts = sorted(f"{source.name}\0{source.sha256}" for source in sources)
    return BatchId(derived_id("b", dossier or "", *parts, *([f"\0{apart}"] if apart else [])))
