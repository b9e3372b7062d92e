"""Components of a dossier that are not digitized, and why: what is left out on purpose is not missing.

Source: TT 01/2023/TT-VPCP art. 4; TT 03/2025/TT-VPCP art. 5.2.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from pipeline.domain.ids import DossierCode

NotDigitizedId = NewType("NotDigitizedId", str)
"""A UUIDv7."""


class NotDigitizedReason(StrEnum):
    """Why a component is not digitized; nothing else is a reason."""

    ALREADY_SHARED = "already_shared"
    """a database, the national portal or the one-stop system shares it as data of legal value (TT 01/2023 art. 4)"""
    COPY_ONLY = "copy_only"
    """handed in as a photocopy or a certified copy on paper (TT 01/2023 art. 4)"""
    PRESENT_ONLY = "present_only"
    """only shown, not handed in (TT 01/2023 art. 4; TT 03/2025 art. 5.2.b)"""
    SECRET = "secret"  # noqa: S105 - a paper's, no password
    """classified (both)"""
    BORN_DIGITAL = "born_digital"
    """the dossier was handed in electronically (TT 03/2025 art. 5.2.a)"""
    INTERNAL_OPINION = "internal_opinion"
    """an agency's verification or opinion, which no sector's law wants digitized (TT 03/2025 art. 5.2.c)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDigitized:
    """That a component of a dossier is not digitized."""

    id: NotDigitizedId
    dossier: DossierCode
    component: str
    """code within the procedure"""
    reason: NotDigitizedReason
    note: str = ""
    """in somebody's words; where it is, for example"""
    agency: str
    """whose dossier it is"""
    marked_at: dt.datetime
    marked_by: str
    """account, or client"""
    ended_at: dt.datetime | None = None
    """another reason, or none, has held since"""
    ended_by: str | None = None

    @property
    def stands(self) -> bool:
        """Say whether it holds."""
        return self.ended_at is None
