"""An id for each request, in its answer and in every line that is logged meanwhile."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.log_context import log_context, telling_only

HEADER = "X-Request-Id"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
"""an id that somebody in front has given: nothing that could forge lines of a log"""
_NONE = "-"


def request_id() -> str:
    """Return the id of the request that is being answered; `-` outside of any."""
    return log_context().get("request", _NONE)


class RequestIds:
    """Gives each request its id; plain ASGI, so that streams pass through piece by piece."""

    def __init__(self, app: ASGIApp, *, new_id: Callable[[], str]) -> None:
        self._app = app
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        number = given if _GIVEN.fullmatch(given) else self._new_id()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = number
            await send(message)

        with telling_only(request=number):
            await self._app(scope, receive, send_with_id)


class RequestIdFilter(logging.Filter):
    """Puts the id into records of the log, as `request`."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, with the id."""
        record.request = request_id()
        return True
