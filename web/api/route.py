"""How every request to the interface goes: who asks, how often, why; then the endpoint; then what every answer carries."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from pipeline.domain.api_errors import TooManyRequests
from web.api.answers import finished
from web.api.entrance import enter
from web.api.marks import ApiMark, mark_of
from web.api.once import once
from web.rates import RateLimits

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ApiRoute(APIRoute):
    """A route whose endpoint says who may call it."""

    def get_route_handler(self) -> _Handler:
        """Return what answers a request."""
        handle = super().get_route_handler()
        mark = mark_of(self.endpoint)
        if mark is None:
            raise RuntimeError(f"nobody is said to be allowed to call {self.path}")
        return _open(handle) if mark.everybody else _guarded(handle, mark)


def _open(handle: _Handler) -> _Handler:
    async def answer(request: Request) -> Response:
        return finished(await handle(request), request, None)

    return answer


def _guarded(handle: _Handler, mark: ApiMark) -> _Handler:
    async def answer(request: Request) -> Response:
        caller = await run_in_threadpool(enter, request, mark)
        limits: RateLimits = request.app.state.rates
        request.state.caller = caller
        request.state.rate = rate = limits.take(caller.client.id)
        if rate.wait:
            raise TooManyRequests(seconds=rate.wait)
        made = await (once(caller, request, handle) if mark.creates else handle(request))
        return finished(made, request, rate)

    return answer


def api_router(tag: str) -> APIRouter:
    """Return a router for the endpoints of an area; `tag` is its name in the schema."""
    return APIRouter(route_class=ApiRoute, tags=[tag])
