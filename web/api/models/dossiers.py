"""Dossiers: all papers of one application."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pipeline.domain.document import DocumentState
from pipeline.domain.dossier_row import DossierRow
from pipeline.domain.result import Result, ResultState
from web.api.models.base import ApiModel, Moment


class DossierSummary(ApiModel):
    """A dossier in a list; counted is what the client may see."""

    code: Annotated[str, Field(examples=["H42.12-260131-0001"])]
    agencies: tuple[str, ...]
    """codes of the agencies that its papers came in with; empty text: the installation's own"""
    documents: int
    needs_review: int
    """papers that somebody has to look at"""
    first_received_at: Moment
    last_received_at: Moment
    """when its last paper came in"""

    @classmethod
    def of(cls, row: DossierRow) -> DossierSummary:
        """Return a dossier as a list tells it."""
        return cls(
            code=row.code,
            agencies=row.agencies,
            documents=row.documents,
            needs_review=row.document_states.get(DocumentState.NEEDS_REVIEW, 0),
            first_received_at=row.first_received_at,
            last_received_at=row.last_received_at,
        )


class ResultOfDossier(ApiModel):
    """A result that was issued for a dossier."""

    code: Annotated[str, Field(examples=["H42.12-260131-0001-KQ1"])]
    document: str
    """id of its paper"""
    state: ResultState
    """`issued`: in force; `superseded`: another one stands in its place; `revoked`"""
    issued_at: Moment
    reason: str
    """why it is no longer in force"""
    superseded_by: str | None
    """code of the result in its place"""
    changed_at: Moment | None
    """since when it is no longer in force"""

    @classmethod
    def of(cls, result: Result) -> ResultOfDossier:
        """Return a result as its dossier tells it."""
        return cls(
            code=result.code,
            document=result.document,
            state=result.state,
            issued_at=result.created_at,
            reason=result.reason,
            superseded_by=result.superseded_by,
            changed_at=result.changed_at,
        )


class DossierShown(DossierSummary):
    """A dossier with its papers and results."""

    procedure: str | None
    """code of the procedure, as a person said; `components` tells what it asks for"""
    results: tuple[ResultOfDossier, ...]
