"""How a dossier goes on outside, as the one-stop system tells it: channel, status, days, fees. Nothing about people.

Codes are those with which dossiers are synchronised with the national portal (đồng bộ hồ sơ).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.ids import DossierCode
from pipeline.domain.procedure import ProcedureCode


class Channel(StrEnum):
    """KenhThucHien: how the dossier came in."""

    DIRECT = "1"
    ONLINE = "2"
    POST = "3"


class DossierStatus(StrEnum):
    """TrangThaiHoSo."""

    NEW = "1"
    RECEIVED = "2"
    NOT_RECEIVED = "3"
    IN_PROGRESS = "4"
    SUPPLEMENT_WANTED = "5"
    PAYMENT_WANTED = "6"
    WITHDRAWN = "7"
    STOPPED = "8"
    DONE = "9"
    RETURNED = "10"


class SubmittedAt(StrEnum):
    """NoiNopHoSo."""

    NATIONAL_PORTAL = "1"
    MINISTRY_OR_PROVINCE = "2"


class PaidOnline(StrEnum):
    """DuocThanhToanTrucTuyen."""

    NATIONAL_PORTAL = "1"
    MINISTRY_OR_PROVINCE = "2"
    NO = "3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """DanhSachLePhi."""

    name: str
    code: str = ""
    collected: str = ""
    amount: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplement:
    """DanhSachHoSoBoSung: papers were asked for once more."""

    id: str = ""
    asked_at: dt.datetime | None = None
    received_at: dt.datetime | None = None
    status: str = ""
    due_before: dt.datetime | None = None
    due_after: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierCourse:
    """What the one-stop system says of a dossier; what it did not say is None."""

    dossier: DossierCode
    agency: str
    """whose dossier it is; empty: the installation's own"""
    told_at: dt.datetime
    procedure: ProcedureCode | None = None
    channel: Channel | None = None
    status: DossierStatus | None = None
    submitted_to: SubmittedAt | None = None
    paid: PaidOnline | None = None
    verified_account: bool | None = None
    submitted_at: dt.datetime | None = None
    received_at: dt.datetime | None = None
    due_at: dt.datetime | None = None
    returned_at: dt.datetime | None = None
    refused_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    supplements: tuple[Supplement, ...] = ()
    fees: tuple[Fee, ...] = ()
    databases: tuple[str, ...] = ()
    """codes of databases that were asked for it"""
    asked_population: bool = False
    """one of them is the national population database"""
    reused: int = 0
    """papers that were used again"""
    from_national: int = 0
    """papers out of the national portal's depository"""

    @property
    def has_fees(self) -> bool | None:
        """Whether there are fees; None where neither fees nor how they are paid were told."""
        return True if self.fees else None if self.paid is None else False

    @property
    def paid_online(self) -> bool | None:
        """Whether they were paid online."""
        return None if self.paid is None else self.paid is not PaidOnline.NO

    @property
    def over_at(self) -> dt.datetime | None:
        """When it ended: done, else returned, else stopped or not received (QĐ 766, index 2.1)."""
        match self.status:
            case DossierStatus.DONE | DossierStatus.RETURNED:
                return self.ended_at or self.returned_at
            case DossierStatus.STOPPED:
                return self.ended_at
            case DossierStatus.NOT_RECEIVED:
                return self.refused_at or self.ended_at
            case _:
                return None
