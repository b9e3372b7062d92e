"""Access tokens: given to a client that proves who it is, and ended when it says so.

Sources: OAuth 2.1 (draft-ietf-oauth-v2-1) sections 2.4, 3.2 and 4.2; RFC 6749 section 5; RFC 7009; RFC 8705 section 2.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from app.language import say_error
from app.setting_groups import Language
from pipeline.domain.api_errors import ClientRefused, GrantRefused, TooManyRequests
from pipeline.domain.client import ClientProof
from pipeline.domain.errors import SohoaError
from web.api.gate import ClientGate
from web.api.marks import open_to_all
from web.api.models.oauth import OAuthCode, OAuthProblem, TokenGiven
from web.api.problems import api_status
from web.api.route import api_router
from web.certificates import presented_certificate
from web.rates import RateLimits

router = api_router("oauth")

_FORM = "application/x-www-form-urlencoded"
_MOST = 20
"""parameters of a form"""
_NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_TEXT = {"type": "string", "maxLength": 1000}
_PROOF = {
    "client_id": {**_TEXT, "description": "the client, unless it is named in `Authorization: Basic`"},
    "client_secret": {**_TEXT, "description": "likewise its secret; clients with a certificate alone have none"},
}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {
        "model": OAuthProblem,
        "description": "Asked for in a way that is not known, or with a scope that is not granted",
    },
    401: {"model": OAuthProblem, "description": "The client did not prove who it is"},
    429: {"model": OAuthProblem, "description": "Too many failures; `Retry-After` says when to try again"},
}


def _form(required: list[str], **fields: Mapping[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "required": required, "properties": {**fields, **_PROOF}}
    return {"requestBody": {"required": True, "content": {_FORM: {"schema": schema}}}}


@router.post(
    "/oauth/token",
    response_model=TokenGiven,
    responses=_REFUSALS,
    openapi_extra=_form(
        ["grant_type"],
        grant_type={"type": "string", "enum": ["client_credentials"], "description": "the only way"},
        scope={**_TEXT, "description": "what it is to reach, parted by spaces; none: all that the client may do"},
    ),
)
@open_to_all()
async def token(request: Request) -> Response:
    """Return an access token for a client that proves who it is: by secret, TLS certificate, or both."""
    try:
        form = await _parameters(request, needed="grant_type")
        _refuse_other_grants(form)
        proof = _proof(request, form)
        word, given = await run_in_threadpool(
            _gate(request).grant, proof, scope=form.get("scope", ""), origin=_origin(request)
        )
    except (ClientRefused, GrantRefused, TooManyRequests) as error:
        return _refused(error, request)
    answer = TokenGiven(
        access_token=word,
        token_type="Bearer",  # noqa: S106 - how it is used, not what it is
        expires_in=int((given.expires_at - given.issued_at).total_seconds()),
        scope=" ".join(sorted(given.scopes)),
    )
    return JSONResponse(answer.model_dump(mode="json"), headers=_NOT_KEPT)


@router.post(
    "/oauth/revoke",
    status_code=200,
    response_class=Response,
    responses={200: {"description": "The token is good no more, or never was"}, **_REFUSALS},
    openapi_extra=_form(
        ["token"],
        token={**_TEXT, "description": "the token"},
        token_type_hint={**_TEXT, "description": "not needed: there are only access tokens"},
    ),
)
@open_to_all()
async def revoke(request: Request) -> Response:
    """End a token of the client's own."""
    try:
        form = await _parameters(request, needed="token")
        proof = _proof(request, form)
        await run_in_threadpool(_gate(request).end, form["token"], proof, origin=_origin(request))
    except (ClientRefused, GrantRefused, TooManyRequests) as error:
        return _refused(error, request)
    return Response(headers=_NOT_KEPT)


async def _parameters(request: Request, *, needed: str) -> dict[str, str]:
    """Return a form's parameters; one without a value is none (RFC 6749 section 3.2).

    Raises:
        GrantRefused: this is no form, or it has a parameter twice, or not the one that is needed.
        TooManyRequests: from this address.
    """
    rates: RateLimits = request.app.state.rates
    wait = rates.take(_origin(request)).wait
    if wait:
        raise TooManyRequests(seconds=wait)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        body = (await request.body()).decode("utf-8")
        pairs = parse_qsl(body, max_num_fields=_MOST, errors="strict") if kind == _FORM else None
    except ValueError:
        pairs = None
    if pairs is None or len({name for name, _ in pairs}) != len(pairs):
        raise GrantRefused(problem="invalid_request")
    form = dict(pairs)
    if needed not in form:
        raise GrantRefused(problem="invalid_request")
    return form


def _refuse_other_grants(form: Mapping[str, str]) -> None:
    if form["grant_type"] != "client_credentials":
        raise GrantRefused(problem="unsupported_grant_type")


def _proof(request: Request, form: Mapping[str, str]) -> ClientProof:
    """Return by what a client says who it is.

    Raises:
        GrantRefused: it says so in two ways at once (RFC 6749 section 2.3).
        ClientRefused: it does not say who it is.
    """
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    certificate = presented_certificate(request)
    if not scheme:
        return ClientProof(id=form.get("client_id", ""), secret=form.get("client_secret", ""), certificate=certificate)
    if scheme.lower() != "basic":
        raise ClientRefused
    try:
        name, _, secret = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
        name, secret = unquote_plus(name, errors="strict"), unquote_plus(secret, errors="strict")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ClientRefused from error
    if "client_secret" in form or form.get("client_id", name) != name:
        raise GrantRefused(problem="invalid_request")
    return ClientProof(id=name, secret=secret, certificate=certificate)


def _refused(error: SohoaError, request: Request) -> Response:
    headers = dict(_NOT_KEPT)
    if isinstance(error, ClientRefused):
        code = OAuthCode.INVALID_CLIENT
        headers["WWW-Authenticate"] = 'Basic realm="sohoa", charset="UTF-8"'
    elif isinstance(error, TooManyRequests):
        code = OAuthCode.SLOW_DOWN
        headers["Retry-After"] = str(error.details["seconds"])
    else:
        code = OAuthCode(str(error.details["problem"]))
    words = say_error(error, request.app.state.office.words[Language.ENGLISH].say)
    problem = OAuthProblem(error=code, error_description=_plain(words), code=error.code)
    return JSONResponse(problem.model_dump(mode="json"), api_status(error), headers)


def _plain(words: str) -> str:
    """Return words as OAuth lets them be: ASCII without quotation marks and backslashes (RFC 6749 section 5.2)."""
    return "".join(each if " " <= each <= "~" and each not in '"\\' else "'" for each in words)


def _gate(request: Request) -> ClientGate:
    gate = request.app.state.gate
    if not isinstance(gate, ClientGate):
        raise TypeError(type(gate))
    return gate


def _origin(request: Request) -> str:
    return f"api {request.client.host if request.client else '–'}"
