"""A dossier in a list: how many papers it has, how they stand, and when they came in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.domain.document import DocumentState
from pipeline.domain.ids import DossierCode


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierRow:
    """What is counted of a dossier's papers; those that others replaced are none."""

    code: DossierCode
    agencies: tuple[str, ...]
    """whose batches its papers came with, `` for the installation's own"""
    document_states: Mapping[DocumentState, int]
    first_received_at: dt.datetime
    last_received_at: dt.datetime
    """when its last paper came in"""

    @property
    def documents(self) -> int:
        """All its papers."""
        return sum(self.document_states.values())
