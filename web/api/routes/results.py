"""Results under their codes: whether they are in force, and what stands in their place."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Response

from pipeline.domain.client import ApiScope
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DossierCode
from pipeline.domain.result import ResultCode, ResultState
from pipeline.shelf_ports import ResultFilter
from pipeline.usecases.find_results import list_results as look_through
from pipeline.usecases.find_results import look_at_result
from pipeline.usecases.paper_standing import standing_of
from web.api.caller import CallerDep
from web.api.filters import DossierQuery
from web.api.marks import needs
from web.api.models.base import Page
from web.api.models.results import ResultShown
from web.api.paging import AfterQuery, LimitQuery, cursor, place_behind
from web.api.route import api_router
from web.api.routes.batches import AgencyQuery, narrowed
from web.api.standings import STANDING_HEADERS, standing_headers

router = api_router("results")

_LIST = "results"


@router.get("/results")
@needs(ApiScope.DOCUMENTS_READ, personal=True)
def list_results(
    *,
    caller: CallerDep,
    dossier: DossierQuery = None,
    state: ResultState | None = None,
    agency: AgencyQuery = None,
    limit: LimitQuery = 50,
    after: AfterQuery = None,
) -> Page[ResultShown]:
    """List results, by dossier and number."""
    place = place_behind(after, of=_LIST)
    wanted = ResultFilter(
        dossier=None if dossier is None else DossierCode(dossier),
        state=state,
        limit=limit + 1,
        after=ResultCode(place[0]) if place else None,
    )
    services, scope = caller.services, narrowed(caller.scope, agency)
    found = look_through(wanted, shelf=services.shelf, looker=caller.looker(), scope=scope)
    following = cursor(_LIST, found[limit - 1].code) if len(found) > limit else None
    return Page(items=tuple(map(ResultShown.of, found[:limit])), next=following)


@router.get("/results/{code}", responses={200: {"headers": STANDING_HEADERS}})
@needs(ApiScope.DOCUMENTS_READ, personal=True, refuses=(NotFound,))
def get_result(
    code: Annotated[
        str,
        Path(
            pattern=r"^[A-Za-z0-9.()_-]{1,80}$",
            description="Of the result, `<dossier>-KQ<n>`, also with brackets around the number; or the id of its paper.",
            examples=["H42.12-260131-0001-KQ1"],
        ),
    ],
    caller: CallerDep,
    response: Response,
) -> ResultShown:
    """Return a result, also one that is no longer in force: `state` and the headers say so."""
    services = caller.services
    found = look_at_result(
        code, results=services.results, library=services.library, looker=caller.looker(), scope=caller.scope
    )
    shelved = services.shelf.about([found.document])[found.document]
    response.headers.update(standing_headers(standing_of(shelved)))
    return ResultShown.of(found)
