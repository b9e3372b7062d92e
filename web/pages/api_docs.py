"""The interface for systems, to be read in a browser without a network: its schema, drawn by Swagger UI."""

from __future__ import annotations

from fastapi import APIRouter, Response

from web.api.description import PREFIX
from web.guard import for_everybody
from web.show import show
from web.visit import VisitDep

router = APIRouter()


@router.get("/api")
@for_everybody
def api_docs(visit: VisitDep) -> Response:
    """Show what the interface takes and answers."""
    return show(visit, "api_docs.html", schema=f"{PREFIX}/openapi.json")
