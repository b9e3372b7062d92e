"""Components of dossiers: what there is for each, what stands in for it, why it is not digitized."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field, field_validator

from pipeline.domain.attachment import AttachedPaper
from pipeline.domain.document import DocumentState, StoredDocument
from pipeline.domain.not_digitized import NotDigitized, NotDigitizedReason
from pipeline.domain.owner import IdentifierKind
from pipeline.usecases.component_list import ComponentList, ComponentStanding, Standing
from web.api.models.base import ApiModel, Moment
from web.api.models.owners import HoldingIdText, OwnerShown, StoredPaperShown
from web.api.models.procedures import ComponentShown

ComponentCodeText = Annotated[str, Field(min_length=1, max_length=60, examples=["hon_nhan"])]


class PaperOfDossier(ApiModel):
    """A paper that the dossier has."""

    document: Annotated[str, Field(examples=["d-0123456789abcdef01234567"])]
    type: str
    state: DocumentState

    @classmethod
    def of(cls, paper: StoredDocument) -> PaperOfDossier:
        """Return a paper as the interface tells it."""
        return cls(document=paper.understood.id, type=paper.understood.type, state=paper.understood.state)


class AttachedShown(ApiModel):
    """A stored paper that stands for a component, so that nobody was asked for it."""

    id: Annotated[str, Field(examples=["0199a7c2-6f0e-7000-8000-000000000004"])]
    dossier: str
    component: str
    document: str
    holding: str
    agency: str
    """whose dossier it is"""
    purpose: str
    attached_at: Moment
    attached_by: str
    detached_at: Moment | None
    """taken back"""
    detached_by: str | None

    @classmethod
    def of(cls, attached: AttachedPaper) -> AttachedShown:
        """Return an attachment as the interface tells it."""
        return cls(
            id=attached.id,
            dossier=attached.dossier,
            component=attached.component,
            document=attached.document,
            holding=attached.holding,
            agency=attached.agency,
            purpose=attached.purpose,
            attached_at=attached.attached_at,
            attached_by=attached.attached_by,
            detached_at=attached.detached_at,
            detached_by=attached.detached_by,
        )


class NotDigitizedShown(ApiModel):
    """Why a component is not digitized."""

    component: str
    reason: NotDigitizedReason
    """TT 01/2023/TT-VPCP art. 4; TT 03/2025/TT-VPCP art. 5.2"""
    note: str | None
    agency: str
    marked_at: Moment
    marked_by: str
    ended_at: Moment | None
    """another reason, or none, has held since"""
    ended_by: str | None

    @classmethod
    def of(cls, mark: NotDigitized) -> NotDigitizedShown:
        """Return a mark as the interface tells it."""
        return cls(
            component=mark.component,
            reason=mark.reason,
            note=mark.note or None,
            agency=mark.agency,
            marked_at=mark.marked_at,
            marked_by=mark.marked_by,
            ended_at=mark.ended_at,
            ended_by=mark.ended_by,
        )


class StandingOfComponent(ApiModel):
    """A component, and what there is for it."""

    component: ComponentShown
    standing: Standing
    papers: tuple[PaperOfDossier, ...]
    """of the dossier"""
    attached: AttachedShown | None
    not_digitized: NotDigitizedShown | None
    stored: tuple[StoredPaperShown, ...]
    """of the dossier's owners, those that can be used first; only where the dossier has none"""
    consent_needed: bool
    """stored papers of its types, if there are any, are shown when their owner agrees"""

    @classmethod
    def of(cls, found: ComponentStanding, day: dt.date) -> StandingOfComponent:
        """Return a component as the interface tells it on a day."""
        return cls(
            component=ComponentShown.of(found.component),
            standing=found.standing,
            papers=tuple(map(PaperOfDossier.of, found.papers)),
            attached=AttachedShown.of(found.attached) if found.attached else None,
            not_digitized=NotDigitizedShown.of(found.not_digitized) if found.not_digitized else None,
            stored=tuple(StoredPaperShown.paper(each, day) for each in found.stored),
            consent_needed=found.consent_needed,
        )


class ComponentsShown(ApiModel):
    """A dossier held against its procedure."""

    dossier: str
    procedure: str | None
    """core of the code, also where the catalogue does not have it; null: nobody knows of which procedure it is"""
    name: str | None
    """of the procedure; null: the catalogue does not have it on that day"""
    is_chosen: bool
    """somebody said which procedure it is; otherwise a paper of the dossier did"""
    day: dt.date
    """on which the dossier was received: whose rules hold"""
    owners: tuple[OwnerShown, ...]
    is_complete: bool
    """nothing that is needed is missing, over, or still to be looked at or attached"""
    counts: dict[Standing, int]
    """how many components stand how; those that are not needed and not there are not counted"""
    components: tuple[StandingOfComponent, ...]
    others: tuple[PaperOfDossier, ...]
    """papers that no component asks for"""

    @classmethod
    def of(cls, told: ComponentList, today: dt.date) -> ComponentsShown:
        """Return a dossier as the interface tells it on a day."""
        return cls(
            dossier=told.dossier,
            procedure=told.code,
            name=told.procedure.name if told.procedure else None,
            is_chosen=told.is_chosen,
            day=told.day,
            owners=tuple(map(OwnerShown.of, told.owners)),
            is_complete=told.is_complete,
            counts=dict(told.counts),
            components=tuple(StandingOfComponent.of(each, today) for each in told.components),
            others=tuple(map(PaperOfDossier.of, told.others)),
        )


class OwnerNumber(ApiModel):
    """Whose dossier it is, by the word of the system that asks; it counts where no paper of the dossier names anybody."""

    kind: IdentifierKind
    number: Annotated[str, Field(min_length=8, max_length=20, pattern=r"^[0-9A-Za-z-]+$", examples=["001199000013"])]


class NewAttachment(ApiModel):
    """A stored paper that is to stand for a component."""

    component: ComponentCodeText
    holding: HoldingIdText
    owner: OwnerNumber | None = None


class NewProcedureOfDossier(ApiModel):
    """Of which procedure a dossier is."""

    procedure: Annotated[str, Field(pattern=r"^[1-9]\.[0-9]{6}[0-9.A-Y]*$", max_length=40, examples=["1.000894"])]


class ProcedureOfDossier(ApiModel):
    """Of which procedure a dossier is."""

    dossier: str
    procedure: str
    """core of the code"""


class NewReason(ApiModel):
    """Why a component is not digitized."""

    reason: NotDigitizedReason
    note: Annotated[str, Field(max_length=300)] = ""
    """in somebody's words"""

    @field_validator("note")
    @classmethod
    def _is_text(cls, text: str) -> str:
        plain = " ".join(text.split())
        if plain and not plain.isprintable():
            raise ValueError("not a text")
        return plain
