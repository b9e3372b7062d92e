"""Owners of papers: people and organisations, the numbers by which they are known, and who may look at what is theirs.

Sources: NĐ 45/2020/NĐ-CP art. 16 (the depository); TT 01/2023/TT-VPCP art. 9.2.b (owners without a number) and art. 24.2
(what describes an owner); Luật Căn cước 26/2023 art. 12 (one number for life).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from pipeline.domain.ids import DocumentId, DossierCode, TypeCode

OwnerId = NewType("OwnerId", str)
"""A UUIDv7: an owner has no property that never changes."""

HoldingId = NewType("HoldingId", str)
"""A UUIDv7, of a paper in an owner's depository."""

ConsentId = NewType("ConsentId", str)
"""A UUIDv7."""


class OwnerKind(StrEnum):
    """Who owns papers."""

    PERSON = "person"
    ORGANISATION = "organisation"


class IdentifierKind(StrEnum):
    """Which register gave a number."""

    CCCD = "cccd"
    """số định danh cá nhân, 12 digits: căn cước, căn cước công dân, and since July 2025 a person's tax code (TT 86/2024/TT-BTC)"""
    CMND = "cmnd"
    """chứng minh nhân dân, 9 digits: no longer valid, and printed on older papers"""
    PASSPORT = "passport"
    TAX_CODE = "tax_code"
    """mã số thuế, mã số doanh nghiệp: 10 digits, `-001` for a branch"""
    BUSINESS_NUMBER = "business_number"
    """certificate number of a household business of before 2021, `41A8012345`"""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number that names one owner; no two owners share one."""

    kind: IdentifierKind
    value: str
    """normalised: no spaces, upper case"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerDescription:
    """How an owner without a number is known (TT 01/2023/TT-VPCP art. 9.2.b): all three together, never the name alone."""

    name: str
    birth_date: str
    """ISO 8601"""
    paper: str
    """another paper that proves who it is: kind and number"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A person or organisation as the records know it."""

    id: OwnerId
    kind: OwnerKind
    name: str
    birth_date: str | None = None
    """ISO 8601; a year alone where no more is known"""
    paper: str = ""
    """another paper that proves who it is; needed where there is no number"""
    identifiers: tuple[Identifier, ...] = ()
    """all numbers of this owner, those of owners that were found to be the same among them"""

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("an owner has a name")
        if not self.identifiers and not (self.birth_date and self.paper):
            raise ValueError("an owner without a number needs a birth date and another paper")


class LinkEvidence(StrEnum):
    """What says that two numbers are one person's."""

    CARD_CODE = "card_code"
    """the QR code of an identity card holds both"""
    CONFIRMED_PAPER = "confirmed_paper"
    """a paper names both, and a person has confirmed them"""
    AUTHORITY = "authority"
    """the police, or the population database, said so; a person entered it with the reason"""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierLink:
    """An old and a new number of one person, and what says so."""

    old: Identifier
    new: Identifier
    evidence: LinkEvidence
    document: DocumentId | None = None
    """the paper that shows both"""
    reason: str = ""


class AccessBasis(StrEnum):
    """Why somebody may look into a depository (NĐ 45/2020/NĐ-CP art. 16; Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15)."""

    DOSSIER = "dossier"
    """to settle a dossier of the owner's own"""
    CONSENT = "consent"
    """the owner has agreed"""
    LAW = "law"
    """a law says so; the purpose names it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What an owner agreed to."""

    id: ConsentId
    owner: OwnerId
    agency: str
    """who may look; empty for any agency"""
    purpose: str
    types: tuple[TypeCode, ...] = ()
    """papers of which types; none named: all"""
    given_at: dt.datetime
    until: dt.datetime | None = None
    withdrawn_at: dt.datetime | None = None

    def covers(self, *, at: dt.datetime, agency: str, purpose: str, type_: TypeCode) -> bool:
        """Say whether an agency may look at a paper of a type for a purpose at a moment."""
        return self.opens(at=at, agency=agency, purpose=purpose) and (not self.types or type_ in self.types)

    def opens(self, *, at: dt.datetime, agency: str, purpose: str) -> bool:
        """Say whether an agency may look at anything at all for a purpose at a moment."""
        if self.withdrawn_at is not None and self.withdrawn_at <= at:
            return False
        in_time = self.given_at <= at and (self.until is None or at < self.until)
        return in_time and self.agency in ("", agency) and self.purpose.casefold() == purpose.casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One look at one paper of a depository; the owner sees them all."""

    id: str
    """a UUIDv7"""
    at: dt.datetime
    owner: OwnerId
    holding: HoldingId
    who: str
    """account"""
    agency: str
    purpose: str
    basis: AccessBasis
    dossier: DossierCode | None = None
    """the dossier it was for; needed for that basis"""

    def __post_init__(self) -> None:
        if not self.purpose.strip():
            raise ValueError("nobody looks into a depository without a purpose")
        if self.basis is AccessBasis.DOSSIER and self.dossier is None:
            raise ValueError("access for a dossier names it")
