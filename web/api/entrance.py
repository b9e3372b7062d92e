"""Finds out who asks and whether they may, before anything of the request is looked at."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request

from pipeline.domain.api_errors import IdempotencyKeyNeeded, ScopeNeeded, TokenNeeded
from pipeline.domain.client import AccessToken, ApiClient
from pipeline.usecases.grant_token import client_author
from web.api.caller import Caller
from web.api.gate import ClientGate
from web.api.marks import ApiMark
from web.api.purposes import stated_purpose
from web.certificates import presented_certificate
from web.office import Office
from web.request_ids import request_id

KEY = "Idempotency-Key"
SHORTEST_KEY, LONGEST_KEY = 8, 128


def enter(request: Request, mark: ApiMark) -> Caller:
    """Return the caller of an endpoint with this mark.

    Raises:
        TokenNeeded, ScopeNeeded, PurposeNeeded, IdempotencyKeyNeeded
    """
    office: Office = request.app.state.office
    token, client = _proved(request)
    if mark.scope is not None and mark.scope not in token.scopes & client.scopes:
        raise ScopeNeeded(scope=mark.scope.value)
    author = client_author(client.id, origin=f"api {request.client.host if request.client else '–'}")
    return Caller(
        office=office,
        client=client,
        scopes=token.scopes & client.scopes,
        services=office.services.acting(author),
        purpose=stated_purpose(request.headers) if mark.personal else None,
        key=_key(request.headers) if mark.creates else "",
        request_id=request_id(),
    )


def _proved(request: Request) -> tuple[AccessToken, ApiClient]:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not token:
        raise TokenNeeded(problem="missing")
    if scheme.lower() != "bearer":
        raise TokenNeeded(problem="invalid_token")
    gate: ClientGate = request.app.state.gate
    return gate.known(token.strip(), certificate=presented_certificate(request))


def _key(headers: Mapping[str, str]) -> str:
    key = headers.get(KEY, "")
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise IdempotencyKeyNeeded
    return key
