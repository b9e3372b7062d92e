"""How the process does: for whoever started it, for the proxy in front, and for whoever watches over the installation."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from app.shortage import short_of_room
from pipeline.domain.errors import SohoaError
from pipeline.domain.ids import content_hash
from pipeline.domain.web_errors import NoSuchPage
from pipeline.ports import Area
from web.guard import for_everybody
from web.metrics import exposition
from web.visit import VisitDep

router = APIRouter()

_NOTHING = content_hash(b"")
"""an object that need not be there: to be told so, the store has to answer"""


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
    services = visit.office.services
    looks: dict[str, Callable[[], object]] = {
        "records": services.trail.last,
        "objects": lambda: services.objects.has(Area.ARCHIVE, _NOTHING),
    }
    found: dict[str, str] = {}
    for name, look in looks.items():
        try:
            look()
            found[name] = "ok"
        except SohoaError as error:
            found[name] = error.code
    is_ready = set(found.values()) == {"ok"}
    short = short_of_room(visit.office.settings)
    return JSONResponse({"ready": is_ready, **found, "short": short}, status_code=200 if is_ready else 503)


@router.get("/metrics")
@for_everybody
def metrics(request: Request, visit: VisitDep) -> Response:
    """Tell Prometheus how the installation does, from the addresses that the settings name; for others there is no such page.

    Raises:
        NoSuchPage
    """
    settings = visit.office.settings
    if not _may_watch(request.client.host if request.client else "", settings.web.watchers):
        raise NoSuchPage(path=request.url.path)
    rooms = {"home": settings.home, "archive": settings.archive_folder, "incoming": settings.intake_folder}
    services = visit.office.services
    text = exposition(
        request.app.state.registry,
        services.open_work.read(),
        services.stage_times.totals(),
        rooms,
        short=short_of_room(settings),
        now=visit.now(),
    )
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def _may_watch(host: str, watchers: tuple[str, ...]) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(each, strict=False) for each in watchers)
