"""How the process does: for whoever started it, for the proxy in front, and for whoever watches over the installation."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from app.machine_door import may_watch
from app.machine_metrics import exposition, machine_gauges
from app.readiness import readiness
from app.system_report import workforce
from pipeline.domain.web_errors import NoSuchPage
from web.guard import for_everybody
from web.metrics import installation_gauges
from web.visit import VisitDep

router = APIRouter()


@router.get("/health")
@for_everybody
def health() -> Response:
    """Say that this process serves pages; nothing else is looked at."""
    return PlainTextResponse("ok")


@router.get("/ready")
@for_everybody
def ready(visit: VisitDep) -> Response:
    """Say whether this process can work: `503` while records or objects cannot be reached, so that the proxy asks another one.

    A machine that is short of room begins nothing new to read, but serves: `short` names what it is short of.
    """
    found = readiness(visit.office.services)
    return JSONResponse(found.as_json(), status_code=200 if found.is_ready else 503)


@router.get("/metrics")
@for_everybody
def metrics(request: Request, visit: VisitDep) -> Response:
    """Tell Prometheus how the installation does, from the addresses that the settings name; for others there is no such page.

    Raises:
        NoSuchPage
    """
    settings = visit.office.settings
    if not may_watch(request.client.host if request.client else "", settings.web.watchers):
        raise NoSuchPage(path=request.url.path)
    services = visit.office.services
    installation = installation_gauges(
        services.open_work.read(), services.stage_times.totals(), workforce(settings), now=visit.now()
    )
    text = exposition(request.app.state.registry, [*installation, *machine_gauges(settings)])
    return Response(text, media_type=CONTENT_TYPE_LATEST)
