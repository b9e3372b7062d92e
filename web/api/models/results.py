"""Results: signed papers with a code of their own, which may be replaced or withdrawn later."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pipeline.domain.result import Result, ResultState
from web.api.models.base import ApiModel, Moment


class ResultShown(ApiModel):
    """A result as the records have it."""

    code: Annotated[str, Field(examples=["H42.12-260131-0001-KQ1"])]
    """`<dossier code>-KQ<n>`; never given twice"""
    dossier: str
    document: Annotated[str, Field(examples=["d-0123456789abcdef01234567"])]
    """the paper that it is"""
    created_at: Moment
    state: ResultState
    """`issued`: in force"""
    reason: str | None
    """why it is no longer in force"""
    superseded_by: str | None
    """code of the result that stands in its place"""
    changed_at: Moment | None
    """since when it is no longer in force"""

    @classmethod
    def of(cls, result: Result) -> ResultShown:
        """Return a result as the interface tells it."""
        return cls(
            code=result.code,
            dossier=result.dossier,
            document=result.document,
            created_at=result.created_at,
            state=result.state,
            reason=result.reason or None,
            superseded_by=result.superseded_by,
            changed_at=result.changed_at,
        )
