"""The application: routes, who may call them, headers, and what is said when something goes wrong."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache

from fastapi import APIRouter, Depends, FastAPI
from starlette.routing import Mount
from starlette.types import ASGIApp

from app.certificate_ends import CertificateEnds
from app.machine_metrics import new_registry
from web import pages
from web.api.application import create_api
from web.api.description import PREFIX
from web.body_limit import BodyLimit
from web.failures import answer_failures
from web.guard import guard, refuse_unmarked
from web.headers import SecurityHeaders
from web.metrics import RequestMetrics
from web.office import Office
from web.request_ids import RequestIds
from web.request_spans import RequestSpans
from web.static_files import VersionedFiles


def create_app(office: Office) -> FastAPI:
    """Return the application of an office; what it uses is opened and closed by whoever calls this.

    Raises:
        RuntimeError: a page does not say who may call it.
    """
    app = FastAPI(title="Số hóa", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.office = office
    # first: programs ask oftenest, and addresses are gone through in order
    app.router.routes.append(_AllBelow(PREFIX, create_api(office), name="api"))
    app.router.routes.extend(_guarded_pages().routes)
    app.mount("/static", VersionedFiles(), name="static")
    answer_failures(app)
    app.add_middleware(BodyLimit, most=office.settings.web.form_mib << 20)
    app.add_middleware(SecurityHeaders, is_secure=office.is_secure)
    app.add_middleware(RequestSpans)
    app.add_middleware(RequestIds, new_id=office.services.new_id)
    app.state.registry = new_registry()
    app.state.registry.register(CertificateEnds(office.settings, clock=office.services.clock))
    app.add_middleware(RequestMetrics, registry=app.state.registry)
    return app


class _AllBelow(Mount):
    """Takes every address below its own, also one with a line break in it, which a plain mount leaves to the pages."""

    def __init__(self, path: str, app: ASGIApp, name: str) -> None:
        super().__init__(path, app, name=name)
        self.path_regex = re.compile(self.path_regex.pattern, re.DOTALL)


@cache
def _guarded_pages() -> APIRouter:
    """Return all pages behind the guard; put together once in a process, for that takes longer than most requests."""
    guarded = APIRouter()
    for router in every_router():
        refuse_unmarked(router)
        guarded.include_router(router, dependencies=[Depends(guard)])
    return guarded


def every_router() -> Iterator[APIRouter]:
    """Yield the router of each area of pages."""
    for module in pkgutil.iter_modules(pages.__path__):
        router = importlib.import_module(f"{pages.__name__}.{module.name}").router
        if not isinstance(router, APIRouter):
            raise TypeError(f"{module.name} has no router")
        yield router
