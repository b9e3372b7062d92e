"""Figures of digitization, and the dossiers behind them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from pipeline.domain.indices import (
    CountedFile,
    Figure,
    FileWorth,
    IndexDefinition,
    Needs,
    PeriodDay,
    Side,
    meets,
)
from pipeline.usecases.compute_indices import DossierBehind, IndexFigures, IndexReport
from pipeline.usecases.report_indices import formula_version
from web.api.models.base import ApiModel

_Count = Annotated[int, Field(ge=0)]
_Share = Annotated[float, Field(ge=0, examples=[83.33])]


class FigureShown(ApiModel):
    """An index of some dossiers."""

    counted: _Count
    """dossiers above the line"""
    total: _Count
    """dossiers below the line"""
    unknown: _Count
    """dossiers of which cannot be told whether they belong to it"""
    per_cent: _Share | None
    """two decimals; null where there is no dossier to speak of"""

    @classmethod
    def of(cls, figure: Figure) -> FigureShown:
        """Return a figure as the interface tells it."""
        return cls(counted=figure.counted, total=figure.total, unknown=figure.unknown, per_cent=figure.per_cent)


class IndexShown(ApiModel):
    """An index of a period, after the edition of its formula in force on the last day."""

    code: Annotated[str, Field(examples=["4.1"])]
    """as the decision numbers it"""
    title: str
    source: str
    """the text that says so"""
    version: Annotated[str, Field(examples=["2022-06-23/be6c422cc7d5"])]
    """first day of the edition, and a digest of what it counts: another formula has another version"""
    by: PeriodDay
    """by which of its days a dossier belongs to the period"""
    of: tuple[str, ...]
    """conditions of dossiers below the line"""
    counts: tuple[str, ...]
    """conditions that those above it meet as well"""
    times: str | None
    """another index by whose share this one's is multiplied"""
    full_at: Annotated[int, Field(ge=1, le=100)] | None
    """per cent that earn full marks"""
    needs: Needs | None
    """what has not told anything so far: without it there is no figure; null: it is computed"""
    whole: FigureShown | None
    """null: it is not computed"""
    without_day: _Count
    """dossiers received within the period of which neither the end nor the promised day is known"""
    by_month: dict[str, FigureShown]
    """by month, such as `2026-01`"""
    by_agency: dict[str, FigureShown]
    """by agency; empty: the installation's own"""
    by_procedure: dict[str, FigureShown]
    """by core of the procedure's code; empty: not known"""

    @classmethod
    def of_figures(cls, figures: IndexFigures) -> IndexShown:
        """Return an index as the interface tells it."""
        definition = figures.definition
        there = figures.is_computed
        return cls(
            code=definition.code,
            title=definition.title,
            source=definition.source,
            version=formula_version(definition),
            by=definition.day,
            of=tuple(each.value for each in definition.of),
            counts=tuple(each.value for each in definition.counted),
            times=definition.times,
            full_at=definition.full_at,
            needs=None if there else definition.needs,
            whole=FigureShown.of(figures.whole) if there else None,
            without_day=figures.without_day,
            by_month={key: FigureShown.of(each) for key, each in figures.by_month.items()} if there else {},
            by_agency={key: FigureShown.of(each) for key, each in figures.by_agency.items()},
            by_procedure={key: FigureShown.of(each) for key, each in figures.by_procedure.items()},
        )


class IndicesShown(ApiModel):
    """All indices of a period."""

    since: dt.date
    until: dt.date
    """both days included"""
    dossiers: _Count
    """received within the period, or over or promised within it"""
    files: dict[FileWorth, _Count]
    """how many files of these dossiers are worth what"""
    indices: tuple[IndexShown, ...]

    @classmethod
    def of(cls, report: IndexReport) -> IndicesShown:
        """Return figures as the interface tells them."""
        return cls(
            since=report.question.since,
            until=report.question.until,
            dossiers=report.dossiers,
            files={each: report.worths.get(each, 0) for each in FileWorth},
            indices=tuple(IndexShown.of_figures(each) for each in report.indices),
        )


class FileShown(ApiModel):
    """The newest version of a paper's copy, as far as it decides whether the paper counts."""

    document: str
    type: Annotated[str, Field(examples=["giay_khai_sinh"])]
    worth: FileWorth

    @classmethod
    def of(cls, file: CountedFile) -> FileShown:
        """Return a file as the interface tells it."""
        return cls(document=file.document, type=file.type, worth=file.worth)


class DossierBehindShown(ApiModel):
    """A dossier behind a figure."""

    code: Annotated[str, Field(examples=["H42.12-260131-0001"])]
    agency: str
    procedure: str | None
    received: dt.date
    due: dt.date | None
    over: dt.date | None
    """day on which it ended, or its first result was issued"""
    side: Side
    missing: tuple[str, ...]
    """conditions that it does not meet, or of which nobody knows whether it does"""
    components: tuple[FileShown, ...]
    results: tuple[FileShown, ...]

    @classmethod
    def of(cls, behind: DossierBehind, definition: IndexDefinition) -> DossierBehindShown:
        """Return a dossier as the interface tells it."""
        dossier = behind.dossier
        wanted = (*definition.of, *definition.counted)
        return cls(
            code=dossier.code,
            agency=dossier.agency,
            procedure=dossier.procedure,
            received=dossier.received,
            due=dossier.due,
            over=dossier.over,
            side=behind.side,
            missing=tuple(each.value for each in wanted if not meets(dossier, each)),
            components=tuple(map(FileShown.of, dossier.components)),
            results=tuple(map(FileShown.of, dossier.results)),
        )
