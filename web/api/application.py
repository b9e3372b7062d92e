"""The interface as an application of its own, beside the pages: its failures are problem details, its schema is exact."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from web.api import routes
from web.api.description import PREFIX, describe
from web.api.gate import ClientGate
from web.api.problems import answer_problems
from web.office import Office
from web.rates import RateLimits


def create_api(office: Office) -> FastAPI:
    """Return the interface of an office, to be mounted at `description.PREFIX`.

    Raises:
        RuntimeError: an endpoint does not say who may call it.
    """
    app = FastAPI(title="Số hóa", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.office = office
    app.state.gate = ClientGate(office, prefix=PREFIX)
    app.state.rates = RateLimits(quota=office.settings.api.requests_per_minute)
    for router in every_router():
        app.router.routes.extend(router.routes)  # as they are: their marks are read where the schema is drawn
    answer_problems(app)
    app.openapi = cache(lambda: describe(app))  # type: ignore[method-assign] # as FastAPI's documentation tells to
    app.add_middleware(HeadByGet)
    return app


def schema_of(app: FastAPI) -> dict[str, Any]:
    """Return the schema of the interface."""
    return app.openapi()


def every_router() -> Iterator[APIRouter]:
    """Yield the router of each area."""
    for module in pkgutil.iter_modules(routes.__path__):
        router = importlib.import_module(f"{routes.__name__}.{module.name}").router
        if not isinstance(router, APIRouter):
            raise TypeError(f"{module.name} has no router")
        yield router


class HeadByGet:
    """Answers HEAD as GET would be, without the body; the server leaves that away by itself (RFC 9110 section 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET", "sohoa.head": True}
        await self._app(scope, receive, send)
