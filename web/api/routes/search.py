"""Search in texts and fields, Vietnamese with or without diacritics."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from pipeline.domain.api_errors import CursorRefused
from pipeline.domain.client import ApiScope
from pipeline.domain.document import DocumentState
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import BatchId, DossierCode, TypeCode
from pipeline.domain.search import SearchQuery
from pipeline.usecases.look_up import search_documents
from web.api.caller import CallerDep
from web.api.filters import BatchQuery, DayQuery, DossierQuery, OwnerNumberQuery, TypeQuery, numbers_of
from web.api.marks import needs
from web.api.models.search import SearchShown
from web.api.paging import AfterQuery, LimitQuery, cursor, place_behind
from web.api.route import api_router
from web.api.routes.batches import AgencyQuery, narrowed

router = api_router("search")

_LIST = "search"


@router.get("/search")
@needs(ApiScope.DOCUMENTS_READ, personal=True)
def search(
    *,
    caller: CallerDep,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=300,
            description='All words have to be found; `"words in quotes"` side by side; `ngu*`: words that begin so.',
            examples=['"giấy phép xây dựng" nhung'],
        ),
    ],
    type_: TypeQuery = None,
    state: DocumentState | None = None,
    dossier: DossierQuery = None,
    batch: BatchQuery = None,
    agency: AgencyQuery = None,
    issued_since: DayQuery = None,
    issued_until: DayQuery = None,
    received_since: DayQuery = None,
    received_until: DayQuery = None,
    owner_number: OwnerNumberQuery = None,
    limit: LimitQuery = 20,
    after: AfterQuery = None,
) -> SearchShown:
    """Search, best first: the very diacritics before other ones, words side by side before scattered ones, newer before older."""
    place = place_behind(after, of=_LIST)
    query = SearchQuery(
        words=q,
        numbers=numbers_of(owner_number, caller),
        type=None if type_ is None else TypeCode(type_),
        state=state,
        dossier=None if dossier is None else DossierCode(dossier),
        batch=None if batch is None else BatchId(batch),
        issued_since=issued_since,
        issued_until=issued_until,
        received_since=received_since,
        received_until=received_until,
        limit=limit,
        after=place[0] if place else "",
    )
    scope = narrowed(caller.scope, agency)
    try:
        result = search_documents(query, library=caller.services.library, looker=caller.looker(), scope=scope)
    except NotFound as error:
        raise CursorRefused from error
    return SearchShown.of(result, following=cursor(_LIST, result.next) if result.next else None)
