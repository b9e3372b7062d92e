"""The interface itself: who asks, and the schema."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import JSONResponse

from web.api.caller import CallerDep
from web.api.marks import for_clients, open_to_all
from web.api.models.about import ClientShown
from web.api.route import api_router

router = api_router("about")


@router.get("/openapi.json", include_in_schema=False)
@open_to_all()
def schema(request: Request) -> JSONResponse:
    """Return this schema."""
    return JSONResponse(request.app.openapi())


@router.get("/client")
@for_clients()
def client(caller: CallerDep) -> ClientShown:
    """Return who asks: to see whether a token is good, and what it reaches."""
    return ClientShown(
        id=caller.client.id,
        name=caller.client.name,
        agencies=tuple(sorted(caller.client.agencies)),
        scopes=tuple(sorted(caller.scopes)),
    )
