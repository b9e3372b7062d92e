"""Owners' depositories: descriptions of papers, what may be used again, who looked, and what owners agreed to."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field, field_validator

from pipeline.domain.holding import Holding, HoldingState
from pipeline.domain.owner import Access, AccessBasis, Consent, Owner, OwnerKind
from pipeline.domain.reuse import ReuseObstacle
from pipeline.domain.signature import CopyVersion, SignatureLevel, Verdict
from pipeline.reuse_ports import StoredCopy
from pipeline.usecases.find_reusable import Reusable, ReusableComponent
from pipeline.usecases.weigh_copies import StoredPaper
from web.api.models.base import ApiModel, Moment, Sha256
from web.api.models.procedures import ComponentShown

HoldingIdText = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9-]{1,60}$", examples=["0199a7c2-6f0e-7000-8000-000000000001"])
]


class OwnerShown(ApiModel):
    """Whose depository it is."""

    id: Annotated[str, Field(examples=["0199a7c2-6f0e-7000-8000-000000000002"])]
    kind: OwnerKind
    name: str
    """so that whoever asks sees whether it is the right person"""

    @classmethod
    def of(cls, owner: Owner) -> OwnerShown:
        """Return an owner as the interface tells it."""
        return cls(id=owner.id, kind=owner.kind, name=owner.name)


class ValidityShown(ApiModel):
    """For how long and for what a paper is valid; null: no limit is named."""

    valid_from: dt.date | None
    valid_to: dt.date | None
    """the last day"""
    valid_scope: str | None
    """as the paper states it"""
    purpose: str | None
    """the one purpose for which it was issued"""


class StoredFile(ApiModel):
    """The newest version of a paper's copy."""

    version: int
    sha256: Sha256
    size: int
    """bytes"""
    level: SignatureLevel | None
    """null: it was not signed here"""
    signer: str | None

    @classmethod
    def of(cls, version: CopyVersion) -> StoredFile:
        """Return a version as the interface tells it."""
        return cls(
            version=version.number,
            sha256=version.sha256,
            size=version.size,
            level=version.level,
            signer=version.signer,
        )


class HoldingShown(ApiModel):
    """A paper in a depository: what it is, and whether it is in force. What it says of people is in its file."""

    holding: HoldingIdText
    """what it is attached and fetched by"""
    document: Annotated[str, Field(examples=["d-0123456789abcdef01234567"])]
    type: Annotated[str, Field(examples=["giay_khai_sinh"])]
    code: Annotated[str, Field(examples=["001199000013-giay_khai_sinh-000001"])]
    """of the digitized paper"""
    result: str | None
    """its code as a result, `<dossier>-KQ<n>`, where an agency here issued it"""
    agency: str
    """that digitized it; empty text: the installation's own"""
    state: HoldingState
    """on the day that is asked for"""
    published_at: Moment
    validity: ValidityShown
    description: dict[str, str]
    """fields that describe it, by name: `type_name`, `code_number`, `organ_name`, `issued_date` …"""
    file: StoredFile

    @classmethod
    def of(cls, copy: StoredCopy, day: dt.date) -> HoldingShown:
        """Return a paper as the interface tells it on a day."""
        holding, told = copy.holding, copy.description.items()
        return cls(
            holding=holding.id,
            document=holding.document,
            type=holding.type,
            code=holding.code.text,
            result=holding.result,
            agency=copy.agency,
            state=holding.state_on(day),
            published_at=holding.published_at,
            validity=_validity(holding),
            description={name: value if isinstance(value, str) else "; ".join(value) for name, value in told},
            file=StoredFile.of(copy.newest),
        )


class StoredPaperShown(HoldingShown):
    """A stored paper of a component's types, with what speaks against using it."""

    verdict: Verdict | None
    """on its signatures; null: it has none"""
    obstacles: tuple[ReuseObstacle, ...]
    """all of them, the weightiest first; none: it may be used"""

    @classmethod
    def paper(cls, paper: StoredPaper, day: dt.date) -> StoredPaperShown:
        """Return a paper as the interface tells it on a day."""
        told = HoldingShown.of(paper.copy, day)
        return cls(
            **{name: getattr(told, name) for name in HoldingShown.model_fields},
            verdict=paper.verdict,
            obstacles=paper.obstacles,
        )


class ReusableComponentShown(ApiModel):
    """A component that the procedure asks for, and the owner's stored papers of its types."""

    component: ComponentShown
    usable: bool
    """one of the papers may be used: nobody has to be asked for it"""
    consent_needed: bool
    """stored papers of its types, if there are any, are shown when their owner agrees; says nothing of whether there are"""
    stored: tuple[StoredPaperShown, ...]
    """those that can be used first, the newest of each first"""

    @classmethod
    def of(cls, found: ReusableComponent, day: dt.date) -> ReusableComponentShown:
        """Return a component as the interface tells it on a day."""
        return cls(
            component=ComponentShown.of(found.component),
            usable=bool(found.usable),
            consent_needed=found.consent_needed,
            stored=tuple(StoredPaperShown.paper(each, day) for each in found.stored),
        )


class ReusableShown(ApiModel):
    """For each component of a procedure, what its owner's depository holds, and why the rest will not do."""

    procedure: Annotated[str, Field(examples=["1.000894"])]
    """core of its code"""
    name: str
    day: dt.date
    owner: OwnerShown | None
    """null: nobody with this number has a paper here"""
    components: tuple[ReusableComponentShown, ...]

    @classmethod
    def of(cls, found: Reusable) -> ReusableShown:
        """Return the answer as the interface tells it."""
        return cls(
            procedure=found.procedure.code,
            name=found.procedure.name,
            day=found.day,
            owner=OwnerShown.of(found.owner) if found.owner else None,
            components=tuple(ReusableComponentShown.of(each, found.day) for each in found.components),
        )


class AccessShown(ApiModel):
    """A look at a paper, as its owner sees it in the log."""

    id: str
    at: Moment
    holding: HoldingIdText
    who: str
    """account, or client and the person in its system"""
    agency: str
    purpose: str
    basis: AccessBasis
    dossier: str | None

    @classmethod
    def of(cls, access: Access) -> AccessShown:
        """Return a look as the interface tells it."""
        return cls(
            id=access.id,
            at=access.at,
            holding=access.holding,
            who=access.who,
            agency=access.agency,
            purpose=access.purpose,
            basis=access.basis,
            dossier=access.dossier,
        )


class ConsentShown(ApiModel):
    """What an owner agreed to."""

    id: Annotated[str, Field(examples=["0199a7c2-6f0e-7000-8000-000000000003"])]
    agency: str
    """that may look; empty text: any"""
    purpose: str
    types: tuple[str, ...]
    """kinds of papers; none: all"""
    given_at: Moment
    until: Moment | None
    withdrawn_at: Moment | None

    @classmethod
    def of(cls, consent: Consent) -> ConsentShown:
        """Return a consent as the interface tells it."""
        return cls(
            id=consent.id,
            agency=consent.agency,
            purpose=consent.purpose,
            types=consent.types,
            given_at=consent.given_at,
            until=consent.until,
            withdrawn_at=consent.withdrawn_at,
        )


class NewConsent(ApiModel):
    """What an owner agrees to."""

    agency: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9.-]+$", examples=["H42.12"])]
    """that may look"""
    purpose: Annotated[str, Field(min_length=1, max_length=200, examples=["Đăng ký kết hôn"])]
    """in the words that the agency has to use: the procedure's name"""
    types: tuple[Annotated[str, Field(pattern=r"^[a-z0-9_]{1,60}$")], ...] = Field(default=(), max_length=100)
    """kinds of papers; none: all"""
    until: Moment
    """at most five years from now"""

    @field_validator("purpose")
    @classmethod
    def _is_text(cls, text: str) -> str:
        plain = " ".join(text.split())
        if not plain or not plain.isprintable():
            raise ValueError("not a text")
        return plain


def _validity(holding: Holding) -> ValidityShown:
    validity = holding.validity
    return ValidityShown(
        valid_from=validity.since,
        valid_to=validity.until,
        valid_scope=validity.scope or None,
        purpose=validity.purpose or None,
    )
