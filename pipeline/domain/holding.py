"""Papers in an owner's depository: their codes, how long and where they are valid, and what became of them.

Sources: NĐ 45/2020/NĐ-CP art. 14.3 and 16; TT 01/2023/TT-VPCP art. 10, 11 and 24; CV 7197/BKHCN-CĐSQG (archival codes).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.ids import DocumentId, TypeCode
from pipeline.domain.owner import HoldingId, OwnerId
from pipeline.domain.result import ResultCode


class HoldingState(StrEnum):
    """Whether a paper may be used. That it has expired follows from its dates and the day, and is never written down."""

    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    """another paper stands in its place: `DuocTaiSuDung=2` with `MaKetQuaThayThe` where dossiers are synchronised"""
    REVOKED = "revoked"
    EXPIRED = "expired"
    """its last day of validity is over"""
    DISPOSED = "disposed"
    """the paper was removed by an approved list"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """For how long and for what a paper is valid; nothing named means no limit."""

    since: dt.date | None = None
    until: dt.date | None = None
    """the last day"""
    scope: str = ""
    """as the paper states it"""
    purpose: str = ""
    """the one purpose for which the paper was issued"""

    def expired(self, day: dt.date) -> bool:
        """Say whether the last day is over."""
        return self.until is not None and day > self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperCode:
    """The code of a digitized paper (TT 01/2023/TT-VPCP art. 10.1) with the parts that it was made of.

    The literal form is lost in every copy of the circular that could be had, so it is a template of the settings, and the
    parts stand beside it: another form can be made of them at any time.
    """

    owner: str
    """the owner's number; empty where the owner has none (art. 10.1)"""
    type: str
    """mã loại giấy tờ: the result-type code where there is one (art. 10.2), else the type's own"""
    serial: int
    """counts the papers of this owner and type, from 1"""
    text: str
    """the code as it is written"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A paper in an owner's depository."""

    id: HoldingId
    owner: OwnerId
    document: DocumentId
    type: TypeCode
    code: PaperCode
    published_at: dt.datetime
    validity: Validity = Validity()
    state: HoldingState = HoldingState.IN_FORCE
    """as it is written down; `state_on` knows of expiry"""
    superseded_by: DocumentId | None = None
    reason: str = ""
    """why it is no longer in force"""
    changed_at: dt.datetime | None = None
    result: ResultCode | None = None
    """its code as a result, `<dossier>-KQ<n>`, where an agency of ours issued it"""
    version: int = 1
    """grows with every change: who changes an older one is told so"""

    def state_on(self, day: dt.date) -> HoldingState:
        """Return the state on a day."""
        if self.state is HoldingState.IN_FORCE and self.validity.expired(day):
            return HoldingState.EXPIRED
        return self.state


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveCode:
    """The archival code of a document, `MCQ_LV_STT_PB` (CV 7197/BKHCN-CĐSQG): `G06.01_CV_000021_V1`."""

    organ: str
    """MCQ: the organisation's code (QĐ 20/2020/QĐ-TTg)"""
    kind: str
    """LV: abbreviation of the type"""
    serial: int
    """STT: counts within organisation and kind, from 1"""
