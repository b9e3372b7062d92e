"""Stored papers that stand for a component of a dossier, so that nobody is asked for them again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NewType

from pipeline.domain.ids import DocumentId, DossierCode
from pipeline.domain.owner import HoldingId

AttachmentId = NewType("AttachmentId", str)
"""A UUIDv7."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedPaper:
    """A paper out of its owner's depository, listed in a dossier without a scan."""

    id: AttachmentId
    dossier: DossierCode
    component: str
    """code within the procedure"""
    document: DocumentId
    holding: HoldingId
    agency: str
    """whose dossier it is"""
    purpose: str
    attached_at: dt.datetime
    attached_by: str
    """account"""
    detached_at: dt.datetime | None = None
    """taken back"""
    detached_by: str | None = None

    @property
    def stands(self) -> bool:
        """Say whether it was not taken back."""
        return self.detached_at is None
