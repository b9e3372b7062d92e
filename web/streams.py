"""Server-sent events: a page is told of what changes, for as long as somebody is there and may see it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from web.visit import Visit

_LOOK_SECONDS = 1.0
_BEAT_SECONDS = 15.0
"""after which a proxy or a browser may think that nobody is there any more"""
_LONGEST_SECONDS = 3600.0
_RETRY_MILLISECONDS = 3000


@dataclass(frozen=True, slots=True)
class News:
    """What has changed."""

    id: str
    """`Last-Event-ID` of who has heard it"""
    data: Any
    done: bool = False
    """nothing further will change"""


def stream(request: Request, visit: Visit, look: Callable[[str], News | None]) -> StreamingResponse:
    """Answer with events: `look(last id heard)` returns what has changed since, or None; it is asked once a second.

    The stream ends when all is done, when the session is over or has been ended, and after an hour: a browser that is still
    there comes again by itself and says what it has heard (HTML Living Standard, 9.2).
    """
    heard = request.headers.get("last-event-id", "")
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(request, visit, look, heard), media_type="text/event-stream", headers=headers)


async def _events(
    request: Request, visit: Visit, look: Callable[[str], News | None], heard: str
) -> AsyncIterator[bytes]:
    yield f"retry: {_RETRY_MILLISECONDS}\n\n".encode()
    began = beat = time.monotonic()
    while time.monotonic() - began < _LONGEST_SECONDS and not await request.is_disconnected():
        news = await run_in_threadpool(look, heard)
        if news is not None:
            heard, beat = news.id, time.monotonic()
            name = "done" if news.done else "news"
            yield f"id: {news.id}\nevent: {name}\ndata: {json.dumps(news.data, ensure_ascii=False)}\n\n".encode()
            if news.done:
                return
        elif time.monotonic() - beat >= _BEAT_SECONDS:
            beat = time.monotonic()
            if not await run_in_threadpool(_is_there, visit):
                return
            yield b": still here\n\n"
        await asyncio.sleep(_LOOK_SECONDS)


def _is_there(visit: Visit) -> bool:
    """Say whether the session that asked is still one, without keeping it awake."""
    if visit.session is None:
        return True  # whoever came by a ticket
    session = visit.services.sessions.find(visit.session.id)
    return session is not None and not visit.office.session_policy.is_over(session, at=visit.now())
