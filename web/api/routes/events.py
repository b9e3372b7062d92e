"""What has happened, for who asks by themselves."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

from fastapi import Query, Request
from starlette.concurrency import run_in_threadpool

from pipeline.domain.client import ApiScope
from pipeline.domain.event import Audience, EventKind
from web.api.caller import Caller, CallerDep
from web.api.marks import needs
from web.api.models.events import MOST_NUMBER, EventShown, EventsShown
from web.api.paging import LimitQuery
from web.api.route import api_router

router = api_router("events")

_LONGEST_WAIT = 20
_LOOK_SECONDS = 0.5
"""between two looks while somebody waits"""


@router.get("/events")
@needs(ApiScope.EVENTS_READ)
async def list_events(
    *,
    request: Request,
    caller: CallerDep,
    after: Annotated[
        int, Query(ge=0, le=MOST_NUMBER, description="`last` of the answer before; 0: from the beginning.")
    ] = 0,
    limit: LimitQuery = 50,
    kind: Annotated[
        list[EventKind] | None, Query(max_length=len(EventKind), description="Of these kinds only; may be repeated.")
    ] = None,
    wait: Annotated[
        int, Query(ge=0, le=_LONGEST_WAIT, description="Seconds to wait for an event where there is none yet.")
    ] = 0,
) -> EventsShown:
    """Return events of papers of the client's agencies, in order; none is left out, whatever goes on meanwhile."""
    audience = Audience(caller.scope, frozenset(kind or ()))
    end = time.monotonic() + wait
    while True:
        found = await run_in_threadpool(_look, caller, after, limit, audience)
        if found.items or time.monotonic() >= end or await request.is_disconnected():
            return found
        await asyncio.sleep(_LOOK_SECONDS)


def _look(caller: Caller, after: int, limit: int, audience: Audience) -> EventsShown:
    # what is in the trail by now can be seen by whoever looks next: nothing comes in behind it
    end = caller.services.trail.last().number
    found = caller.services.events.after(after, limit=limit, audience=audience)
    last = found[-1].number if len(found) == limit else max(after, end, *(each.number for each in found))
    return EventsShown(items=tuple(map(EventShown.of, found)), last=min(last, MOST_NUMBER))
