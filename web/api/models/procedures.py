"""Procedures: what a dossier of each consists of, by the days on which that holds."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from pipeline.domain.procedure import Component, Procedure
from pipeline.usecases.import_procedures import CatalogueChange, CatalogueImport, ComponentChange, ProcedureChange
from web.api.models.base import ApiModel

_Code = Annotated[str, Field(examples=["1.000894"])]
_Type = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,60}$", examples=["giay_ket_hon"])]
_Text = Annotated[str, Field(min_length=1, max_length=2000)]
MOST = 10_000
"""procedures in one request; the national catalogue has some 7,000"""


class ComponentShown(ApiModel):
    """A paper of a dossier."""

    code: Annotated[str, Field(min_length=1, max_length=60, examples=["to_khai"])]
    """within the procedure"""
    name: _Text
    types: tuple[_Type, ...] = Field(max_length=100)
    """papers that will do, any of them; none: somebody has to look"""
    required: bool = True
    condition: Annotated[str, Field(max_length=2000)] | None = None
    """when it is needed, where it is not always"""
    copies: Annotated[int, Field(ge=1, le=1000)] = 1

    @classmethod
    def of(cls, component: Component) -> ComponentShown:
        """Return a component as the interface tells it."""
        return cls(
            code=component.code,
            name=component.name,
            types=component.types,
            required=component.required,
            condition=component.condition or None,
            copies=component.copies,
        )


class ProcedureShown(ApiModel):
    """An edition of a procedure."""

    code: _Code
    """core of the code; what is imported may bear suffixes"""
    name: _Text
    field: _Text
    """lĩnh vực"""
    since: dt.date
    """first day of the edition"""
    until: dt.date | None = None
    """last day; null: until the next edition begins"""
    results: tuple[_Type, ...] = Field(default=(), max_length=100)
    """types of papers that are issued at its end"""
    source: _Text
    """decision or regulation that says so"""
    components: tuple[ComponentShown, ...] = Field(default=(), max_length=1000)

    @classmethod
    def of(cls, procedure: Procedure) -> ProcedureShown:
        """Return an edition as the interface tells it."""
        return cls(
            code=procedure.code,
            name=procedure.name,
            field=procedure.field,
            since=procedure.since,
            until=procedure.until,
            results=procedure.results,
            source=procedure.source or "–",
            components=tuple(map(ComponentShown.of, procedure.components)),
        )


class ProcedureList(ApiModel):
    """A catalogue, as it is imported; see the reference page of catalogues for the form as a table."""

    procedures: tuple[ProcedureShown, ...] = Field(max_length=MOST)


class ComponentChangeShown(ApiModel):
    """What becomes of a component."""

    code: str
    change: CatalogueChange
    """`ended`: it no longer belongs to the procedure"""
    before: ComponentShown | None
    after: ComponentShown | None

    @classmethod
    def of(cls, change: ComponentChange) -> ComponentChangeShown:
        """Return a change as the interface tells it."""
        return cls(
            code=change.code,
            change=change.change,
            before=ComponentShown.of(change.before) if change.before else None,
            after=ComponentShown.of(change.after) if change.after else None,
        )


class ProcedureChangeShown(ApiModel):
    """What becomes of a procedure, or how two of its editions differ."""

    code: _Code
    name: str
    change: CatalogueChange
    """`ended`: it has a last day that it did not have, and nothing else is different"""
    since: dt.date
    until: dt.date | None
    parts: tuple[str, ...]
    """what differs: `name`, `field`, `since`, `until`, `results`, `source`, `components`"""
    components: tuple[ComponentChangeShown, ...]
    """those that differ"""
    new_results: tuple[str, ...]
    gone_results: tuple[str, ...]

    @classmethod
    def of(cls, change: ProcedureChange) -> ProcedureChangeShown:
        """Return a change as the interface tells it."""
        return cls(
            code=change.code,
            name=change.after.name,
            change=change.change,
            since=change.after.since,
            until=change.after.until,
            parts=change.parts,
            components=tuple(map(ComponentChangeShown.of, change.components)),
            new_results=change.new_results,
            gone_results=change.gone_results,
        )


class CatalogueImported(ApiModel):
    """What an import changes."""

    procedures: int
    """that were compared"""
    written: int
    """editions that differ from what was kept; 0 where nothing was to be written"""
    new: int
    changed: int
    ended: int
    same: int
    changes: tuple[ProcedureChangeShown, ...]
    """all but those that stay the same, by code and first day"""

    @classmethod
    def of(cls, came: CatalogueImport) -> CatalogueImported:
        """Return what came of an import as the interface tells it."""
        counts = came.counts
        return cls(
            procedures=len(came.changes),
            written=came.written,
            new=counts[CatalogueChange.NEW],
            changed=counts[CatalogueChange.CHANGED],
            ended=counts[CatalogueChange.ENDED],
            same=counts[CatalogueChange.SAME],
            changes=tuple(
                ProcedureChangeShown.of(each) for each in came.changes if each.change is not CatalogueChange.SAME
            ),
        )
