"""Whether the process answers: for whoever started it, and for the proxy in front."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from web.guard import for_everybody

router = APIRouter()


@router.get("/health")
@for_everybody
def health() -> Response:
    """Say that this process serves pages; nothing else is looked at."""
    return PlainTextResponse("ok")
