"""How much of a request's body is taken, of whatever kind it says to be: as much as a form has, unless an endpoint counts itself."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.domain.web_errors import FormTooLarge

__all__ = ["BodyLimit", "BodyTooLarge", "count_body_itself"]

_ALLOWANCE: Final = "sohoa.body"


class BodyTooLarge(HTTPException):
    """A body goes beyond what is taken. The framework hands on nothing but its own class while it reads a body."""

    def __init__(self, most: int) -> None:
        super().__init__(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        self.refusal = FormTooLarge(allowed=most >> 20)
        """what is answered"""


@dataclass(slots=True)
class _Allowance:
    most: int | None
    """bytes; None: whoever reads them counts"""


def count_body_itself(request: Request) -> None:
    """Leave the limit to an endpoint that takes a body piece by piece, counts them, and holds few of them in memory.

    It has no parameters from the body: the framework reads a body that is to become parameters before it asks who sends it.
    """
    allowance = request.scope.get(_ALLOWANCE)
    if isinstance(allowance, _Allowance):
        allowance.most = None


class BodyLimit:
    """Breaks off the reading of bodies that are too large, before they fill memory or disk. Plain ASGI, as streams need it."""

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, counting the bytes of its body as they are asked for."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        allowance = _Allowance(self._most)
        told, received = _told_length(scope), 0

        async def counted() -> Message:
            nonlocal received
            if allowance.most is not None and told > allowance.most:
                raise BodyTooLarge(allowance.most)
            message = await receive()
            received += len(message.get("body", b""))
            if allowance.most is not None and received > allowance.most:
                raise BodyTooLarge(allowance.most)
            return message

        # in the same scope: the form of the address, which the router notes there, is what metrics and logs call it by
        scope[_ALLOWANCE] = allowance
        await self._app(scope, counted, send)


def _told_length(scope: Scope) -> int:
    told = dict(scope["headers"]).get(b"content-length", b"")
    return int(told[:19]) if told.isdigit() else 0
