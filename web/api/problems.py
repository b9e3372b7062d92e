"""What is answered when something goes wrong: problem details (RFC 9457) with the error's own code and words."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from app.language import say_error
from app.setting_groups import Language
from pipeline.domain.api_errors import (
    ClientRefused,
    IdempotencyKeyReused,
    MethodNotAllowed,
    NoSuchResource,
    RequestRefused,
    ScopeNeeded,
    TokenNeeded,
    TooManyRequests,
)
from pipeline.domain.download_errors import PaperNotInForce, PreconditionFailed, RangeUnsatisfiable
from pipeline.domain.errors import Broken, Kind, SohoaError
from pipeline.domain.intake_errors import DigestWrong
from web.api.models.problem import Problem
from web.api.standings import refusal_headers
from web.body_limit import BodyTooLarge
from web.failures import status_of
from web.headers import security_headers
from web.metrics import route_of, told_of
from web.office import Office
from web.rates import RateState
from web.request_ids import request_id

_log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
_OWN_STATUS: dict[type[SohoaError], HTTPStatus] = {
    TokenNeeded: HTTPStatus.UNAUTHORIZED,
    ClientRefused: HTTPStatus.UNAUTHORIZED,
    IdempotencyKeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    DigestWrong: HTTPStatus.BAD_REQUEST,
    TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    NoSuchResource: HTTPStatus.NOT_FOUND,
    MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    PaperNotInForce: HTTPStatus.GONE,
    RangeUnsatisfiable: HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
}
"""the interface's own; the kind decides the others, as on the pages"""


def api_status(error: SohoaError | type[SohoaError]) -> HTTPStatus:
    """Return the HTTP status of an error."""
    cls = error if isinstance(error, type) else type(error)
    return _OWN_STATUS.get(cls) or status_of(cls())


def answer_problems(app: FastAPI) -> None:
    """Have every failure of the interface answered as problem details."""
    app.add_exception_handler(SohoaError, _on_error)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(Exception, _on_anything)


def problem_of(error: SohoaError, request: Request) -> Problem:
    """Return the problem details of an error."""
    office: Office = request.app.state.office
    messages = {each.value: say_error(error, words.say) for each, words in office.words.items()}
    chosen = _language(request)
    status = api_status(error)
    return Problem(
        type=f"urn:sohoa:error:{error.code}",
        title=status.phrase,
        status=status,
        detail=messages[chosen.value],
        instance=f"urn:sohoa:request:{request_id()}",
        code=error.code,
        kind=error.kind,
        details=dict(error.details),
        messages=messages,
    )


def problem_answer(error: SohoaError, request: Request) -> Response:
    """Return the answer that tells of an error."""
    problem = problem_of(error, request)
    headers = {"Content-Language": _language(request).value, "X-Error-Code": error.code, **_own_headers(error)}
    rate = getattr(request.state, "rate", None)
    headers |= rate.headers() if isinstance(rate, RateState) else {}
    return JSONResponse(problem.model_dump(mode="json"), problem.status, headers, MEDIA_TYPE)


def _own_headers(error: SohoaError) -> Mapping[str, str]:
    if isinstance(error, TokenNeeded):
        missing = error.details.get("problem") == "missing"
        return {"WWW-Authenticate": 'Bearer realm="sohoa"' + ("" if missing else ', error="invalid_token"')}
    if isinstance(error, ScopeNeeded):
        scope = error.details.get("scope", "")
        return {"WWW-Authenticate": f'Bearer realm="sohoa", error="insufficient_scope", scope="{scope}"'}
    if isinstance(error, TooManyRequests):
        return {"Retry-After": str(error.details.get("seconds", 1))}
    if isinstance(error, MethodNotAllowed):
        return {"Allow": str(error.details.get("allowed", ""))}
    if isinstance(error, RangeUnsatisfiable):
        return {"Content-Range": f"bytes */{error.details.get('size', 0)}"}
    return {"Retry-After": "5"} if error.kind is Kind.TRANSIENT else refusal_headers(error)


async def _on_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, SohoaError):
        raise TypeError(type(error))
    if error.kind is Kind.BROKEN:
        _log.error("%s %s: %s", request.method, route_of(request.scope), error, extra=told_of(request.scope))
    return problem_answer(error, request)


async def _on_http(request: Request, error: Exception) -> Response:
    """Answer what the framework itself refuses: unknown addresses, wrong methods, bodies that cannot be read."""
    if not isinstance(error, HTTPException):
        raise TypeError(type(error))
    if isinstance(error, BodyTooLarge):
        return problem_answer(error.refusal, request)
    if error.status_code == HTTPStatus.NOT_FOUND:
        return problem_answer(NoSuchResource(path=request.url.path), request)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return problem_answer(MethodNotAllowed(allowed=(error.headers or {}).get("Allow", "")), request)
    return problem_answer(RequestRefused(name="body", problem=str(error.detail)), request)


async def _on_validation(request: Request, error: Exception) -> Response:
    entries = error.errors() if isinstance(error, RequestValidationError) else []
    first = entries[0] if entries else {"loc": ("body",), "msg": ""}
    name = ".".join(str(each) for each in first["loc"])
    return problem_answer(RequestRefused(name=name, problem=str(first["msg"])), request)


async def _on_anything(request: Request, error: Exception) -> Response:
    _log.error("%s %s", request.method, route_of(request.scope), exc_info=error, extra=told_of(request.scope))
    answer = problem_answer(Broken(), request)
    # the framework answers these outside of all middleware
    answer.headers.update(security_headers(is_secure=request.app.state.office.is_secure))
    return answer


def _language(request: Request) -> Language:
    """Return English where the caller would rather have it, Vietnamese otherwise (RFC 9110 section 12.5.4)."""
    wanted: dict[str, float] = {}
    for each in request.headers.get("accept-language", "").split(","):
        tag, _, weight = each.partition(";")
        language = tag.strip().lower()[:2]
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            quality = 0.0
        wanted[language] = max(wanted.get(language, 0.0), quality)
    return Language.ENGLISH if wanted.get("en", 0.0) > wanted.get("vi", 0.0) else Language.VIETNAMESE
