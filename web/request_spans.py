"""A span and a line of the log for each request: the form of its address, how it was answered, how long it took."""

from __future__ import annotations

import logging
import re
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.tracing import Origin, fail, origin_of, span
from web.metrics import route_of
from web.request_ids import request_id

_log = logging.getLogger(__name__)
_INTAKE = re.compile(r"/(?:api/v1/intakes|intake)/([0-9a-f-]{36})(?:/|\Z)")
_UNSEEN = re.compile(r"/(?:health|ready|metrics|static/.*)\Z")
"""asked every few seconds, and of no interest"""
_BROKEN = 500


class RequestSpans:
    """Follows requests; plain ASGI, so that streams pass through piece by piece."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or _UNSEEN.match(scope["path"]):
            await self._app(scope, receive, send)
            return
        status, began = _BROKEN, time.perf_counter()

        async def send_and_look(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        method = scope["method"]
        with span(method, under=_trace_of(scope["path"]), server=True) as asked:
            try:
                await self._app(scope, receive, send_and_look)
            finally:
                route = route_of(scope)
                asked.update_name(f"{method} {route}")
                asked.set_attributes(
                    {
                        "http.request.method": method,
                        "http.route": route,
                        "http.response.status_code": status,
                        "sohoa.request": request_id(),
                    }
                )
                if status >= _BROKEN:
                    fail(asked, str(status))
                told = {"method": method, "route": route, "status": status}
                told |= {"seconds": round(time.perf_counter() - began, 6)}
                _log.info("a request was answered", extra={"event": "http.request", "told": told})


def _trace_of(path: str) -> Origin | None:
    """Return the trace of the intake that a request belongs to: files come in one request after the other."""
    named = _INTAKE.match(path)
    return origin_of("intake", named[1]) if named else None
