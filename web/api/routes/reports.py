"""Indices of digitization, and the dossiers behind each figure."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query

from pipeline.domain.client import ApiScope
from pipeline.domain.desk_errors import FiguresNotReady
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DossierCode
from pipeline.domain.indices import IndexCode, IndexDefinition, Side
from pipeline.domain.period import Period
from pipeline.domain.procedure import procedure_core
from pipeline.usecases.compute_indices import (
    IndexQuestion,
    definition_of,
    dossiers_behind,
    kept_indices,
)
from pipeline.usecases.index_definitions import in_force, load_indices
from web.api.caller import Caller, CallerDep
from web.api.marks import needs
from web.api.models.base import Page
from web.api.models.reports import DossierBehindShown, IndicesShown
from web.api.paging import AfterQuery, LimitQuery, cursor, place_behind
from web.api.route import api_router
from web.counting import counted

router = api_router("reports")

_LIST = "dossiers behind"
PeriodQuery = Annotated[
    str,
    Query(
        pattern=r"^20[0-9]{2}(-(0[1-9]|1[0-2]|Q[1-4]))?$",
        description="A month (`2026-03`), a quarter (`2026-Q1`) or a year (`2026`).",
        examples=["2026-03"],
    ),
]
AgencyQuery = Annotated[
    str | None,
    Query(
        pattern=r"^[0-9A-Z.]{0,35}$",
        description="Dossiers of this agency only; empty: of the installation's own.",
        examples=["H42.12"],
    ),
]
ProcedureQuery = Annotated[
    str | None,
    Query(
        pattern=r"^[1-9]\.[0-9]{6}(\.[0-9]{2})?(\.000\.00\.00\.[A-Y][0-9]{2})?$",
        description="Dossiers of this procedure only; suffixes behind its core are of no account.",
        examples=["1.001193"],
    ),
]
SideQuery = Annotated[Side, Query(description="How the dossiers stand to the index.")]
CodePath = Annotated[str, Path(pattern=r"^[0-9a-z.-]{1,20}$", description="Number of an index.", examples=["4.1"])]


def _question(
    caller: CallerDep, period: PeriodQuery, agency: AgencyQuery = None, procedure: ProcedureQuery = None
) -> IndexQuestion:
    months = Period.of(period)
    return IndexQuestion(
        since=months.since,
        until=months.until,
        agency=agency,
        procedure=None if procedure is None else procedure_core(procedure),
        scope=caller.scope,
    )


QuestionDep = Annotated[IndexQuestion, Depends(_question)]


@router.get("/reports/indices")
@needs(ApiScope.REPORTS_READ, refuses=(FiguresNotReady,))
def get_indices(caller: CallerDep, question: QuestionDep) -> IndicesShown:
    """Return all indices of a period, of the client's agencies; what changed is counted again first."""
    _count(caller)
    officer = caller.services.officer
    definitions = _definitions(caller, question)
    report = kept_indices(question, definitions=definitions, facts=officer.dossiers, kept=officer.figures)
    if report is None:  # somebody changed something this very moment
        raise FiguresNotReady(done=0, total=0)
    return IndicesShown.of(report)


@router.get("/reports/indices/{code}/dossiers")
@needs(ApiScope.REPORTS_READ, refuses=(FiguresNotReady, NotFound))
def list_dossiers_behind(
    code: CodePath,
    caller: CallerDep,
    question: QuestionDep,
    *,
    side: SideQuery = Side.MISSED,
    limit: LimitQuery = 50,
    after: AfterQuery = None,
) -> Page[DossierBehindShown]:
    """List the dossiers behind a figure by code, with what keeps those that are not counted from it."""
    place = place_behind(after, of=_LIST)
    officer = caller.services.officer
    definition = definition_of(IndexCode(code), _definitions(caller, question))
    if definition is None or not definition.is_computed(officer.dossiers.sources()):
        raise NotFound(what="place", id=code)
    _count(caller)
    found = dossiers_behind(
        question,
        definition,
        sides=frozenset({side}),
        facts=officer.dossiers,
        kept=officer.figures,
        limit=limit + 1,
        after=None if place is None else DossierCode(place[0]),
    )
    following = cursor(_LIST, found[limit - 1].dossier.code) if len(found) > limit else None
    return Page(items=tuple(DossierBehindShown.of(each, definition) for each in found[:limit]), next=following)


def _definitions(caller: Caller, question: IndexQuestion) -> tuple[IndexDefinition, ...]:
    return in_force(load_indices(caller.services.settings.indices.file), question.until)


def _count(caller: Caller) -> None:
    """Count what changed.

    Raises:
        FiguresNotReady: it takes longer than an answer.
    """
    waiting = counted(caller.services, caller.office)
    if waiting.dossiers:
        raise FiguresNotReady(done=waiting.of - waiting.dossiers, total=waiting.of)
