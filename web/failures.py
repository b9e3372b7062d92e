"""What is said when something goes wrong: a page, a part of one, or JSON, with the error's own words and code."""

from __future__ import annotations

import logging
from http import HTTPStatus
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from app.language import say_error
from pipeline.domain.channel_errors import MessageTooLarge
from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.errors import BatchBusy, Broken, DocumentDisposed, Kind, NotFound, SohoaError
from pipeline.domain.second_factor import SignInStep
from pipeline.domain.sign_in_errors import StepNeeded
from pipeline.domain.web_errors import AssuranceNeeded, FormRefused, FormTooLarge, NoSuchPage, SignInNeeded
from web.body_limit import BodyTooLarge
from web.guard import visit_of
from web.headers import security_headers
from web.identity import STEP_PATHS
from web.metrics import route_of, told_of
from web.show import show
from web.visit import Visit

_log = logging.getLogger(__name__)

STATUS = {
    Kind.BAD_INPUT: HTTPStatus.BAD_REQUEST,
    Kind.NEEDS_PERSON: HTTPStatus.CONFLICT,
    Kind.TRANSIENT: HTTPStatus.SERVICE_UNAVAILABLE,
    Kind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Kind.BROKEN: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""the kind of an error decides its HTTP status (RFC 9110 section 15)"""
_OWN_STATUS: dict[type[SohoaError], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    DocumentDisposed: HTTPStatus.GONE,
    SignInNeeded: HTTPStatus.UNAUTHORIZED,
    NoSuchPage: HTTPStatus.NOT_FOUND,
    FormTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    MessageTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    RecordChanged: HTTPStatus.CONFLICT,
    BatchBusy: HTTPStatus.CONFLICT,
}


def answer_failures(app: FastAPI) -> None:
    """Have every failure answered in the visitor's language."""
    app.add_exception_handler(SohoaError, _on_error)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_form)
    app.add_exception_handler(Exception, _on_anything)


def status_of(error: SohoaError) -> HTTPStatus:
    """Return the HTTP status of an error."""
    return _OWN_STATUS.get(type(error), STATUS[error.kind])


async def _on_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, SohoaError):
        raise TypeError(type(error))
    visit = await _visit(request)
    if _is_page(request):
        if isinstance(error, SignInNeeded):
            return RedirectResponse(f"/sign-in?next={quote(_way_back(request))}", status_code=303)
        if isinstance(error, AssuranceNeeded):
            return RedirectResponse(f"{STEP_PATHS[SignInStep.ENROL]}?next={quote(_way_back(request))}", status_code=303)
        if isinstance(error, StepNeeded) and visit.step is not None:
            return RedirectResponse(f"{STEP_PATHS[visit.step]}?next={quote(_way_back(request))}", status_code=303)
    if error.kind is Kind.BROKEN:
        _log.error("%s %s: %s", request.method, route_of(request.scope), error, extra=told_of(request.scope))
    return _answer(visit, error, status_of(error))


async def _on_http(request: Request, error: Exception) -> Response:
    """Answer what the framework itself refuses: unknown addresses, wrong methods, bodies that are too large."""
    status = HTTPStatus(error.status_code) if isinstance(error, HTTPException) else HTTPStatus.BAD_REQUEST
    visit = await _visit(request)
    if isinstance(error, BodyTooLarge):
        return _answer(visit, error.refusal, status)
    if status is HTTPStatus.NOT_FOUND:
        return _answer(visit, NoSuchPage(path=request.url.path), status)
    return _answer(visit, FormRefused(name=status.phrase), status)


async def _on_form(request: Request, error: Exception) -> Response:
    entries = error.errors() if isinstance(error, RequestValidationError) else []
    names = ", ".join(str(each["loc"][-1]) for each in entries)
    return _answer(await _visit(request), FormRefused(name=names), HTTPStatus.UNPROCESSABLE_ENTITY)


async def _on_anything(request: Request, error: Exception) -> Response:
    _log.error("%s %s", request.method, route_of(request.scope), exc_info=error, extra=told_of(request.scope))
    answer = _answer(await _visit(request), Broken(), HTTPStatus.INTERNAL_SERVER_ERROR)
    # the framework answers these outside of all middleware
    answer.headers.update(security_headers(is_secure=request.app.state.office.is_secure))
    return answer


async def _visit(request: Request) -> Visit:
    visit = getattr(request.state, "visit", None)
    return visit if isinstance(visit, Visit) else await run_in_threadpool(visit_of, request, request.app.state.office)


def _answer(visit: Visit, error: SohoaError, status: HTTPStatus) -> Response:
    said = say_error(error, visit.say)
    headers = {"X-Error-Code": error.code}
    if error.kind is Kind.TRANSIENT:
        headers["Retry-After"] = "5"
    if _wants_json(visit.request):
        details = {"code": error.code, "message": said, "details": error.details}
        return JSONResponse(details, status_code=status, headers=headers)
    template = "failure_part.html" if visit.is_fragment else "failure.html"
    answer = show(visit, template, status=status, code=error.code, message=said, kind=error.kind.value)
    answer.headers.update(headers)
    return answer


def _is_page(request: Request) -> bool:
    """Say whether a browser opens a page by this request, so that it can be sent elsewhere."""
    return request.method == "GET" and "hx-request" not in request.headers and not _wants_json(request)


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _way_back(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
