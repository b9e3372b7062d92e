"""Dossiers: what is here of an application, and what came of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from pipeline.domain.client import ApiScope
from pipeline.domain.document import DocumentState
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DossierCode
from pipeline.listing_ports import DossierFilter
from pipeline.usecases.issue_result import results_within
from web.api.caller import CallerDep
from web.api.marks import needs
from web.api.models.base import Page
from web.api.models.dossiers import DossierShown, DossierSummary, ResultOfDossier
from web.api.paging import AfterQuery, LimitQuery, cursor, place_behind
from web.api.route import api_router
from web.api.routes.batches import AgencyQuery, narrowed

router = api_router("dossiers")

DossierPath = Annotated[
    DossierCode, Path(pattern=r"^[A-Z0-9.]{3,30}-[0-9]{6}-[0-9]{4,8}$", description="Code of a dossier.")
]
_LIST = "dossiers"


@router.get("/dossiers")
@needs(ApiScope.DOSSIERS_READ)
def list_dossiers(
    *,
    caller: CallerDep,
    begins: Annotated[
        str,
        Query(pattern=r"^[A-Z0-9.-]*$", max_length=60, description="How the code begins.", examples=["H42.12-2601"]),
    ] = "",
    state: Annotated[DocumentState | None, Query(description="With a paper in this state.")] = None,
    agency: AgencyQuery = None,
    limit: LimitQuery = 50,
    after: AfterQuery = None,
) -> Page[DossierSummary]:
    """List dossiers that have papers, by code."""
    place = place_behind(after, of=_LIST)
    wanted = DossierFilter(begins=begins, state=state, limit=limit + 1, after=DossierCode(place[0]) if place else None)
    rows = caller.services.listings.dossiers.rows(wanted, scope=narrowed(caller.scope, agency))
    following = cursor(_LIST, rows[limit - 1].code) if len(rows) > limit else None
    return Page(items=tuple(map(DossierSummary.of, rows[:limit])), next=following)


@router.get("/dossiers/{dossier}")
@needs(ApiScope.DOSSIERS_READ, refuses=(NotFound,))
def get_dossier(dossier: DossierPath, caller: CallerDep) -> DossierShown:
    """Return a dossier with its results; its papers are listed by `/documents?dossier=`."""
    services = caller.services
    row = services.listings.dossiers.row(dossier, scope=caller.scope)
    if row is None:
        raise NotFound(what="dossier", id=dossier)
    results = results_within(dossier, scope=caller.scope, results=services.results, library=services.library)
    return DossierShown(
        **DossierSummary.of(row).model_dump(),
        procedure=services.dossiers.procedure(dossier),
        results=tuple(map(ResultOfDossier.of, results)),
    )
