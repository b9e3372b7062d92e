"""The schema of the interface (OpenAPI 3.1): what FastAPI draws from the endpoints, and what their marks add to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from pipeline.domain.api_errors import (
    CursorRefused,
    IdempotencyKeyNeeded,
    IdempotencyKeyReused,
    PurposeNeeded,
    RequestRefused,
    RequestUnderWay,
    ScopeNeeded,
    TokenNeeded,
    TooManyRequests,
)
from pipeline.domain.client import ApiScope
from pipeline.domain.errors import RecordsUnavailable, SohoaError, StoreUnavailable
from pipeline.domain.owner import AccessBasis
from pipeline.domain.sign_in_errors import ProviderUnavailable
from pipeline.domain.web_errors import FormTooLarge
from web.api import purposes
from web.api.entrance import KEY, LONGEST_KEY, SHORTEST_KEY
from web.api.marks import ApiMark, mark_of
from web.api.models.problem import Problem
from web.api.problems import MEDIA_TYPE, api_status

PREFIX = "/api/v1"
_SUMMARY = "Stored copies of papers, what they are worth, and what has become of them: for systems that would otherwise ask people again."
_HEADER_TEXT = r"^[!-~]+( +[!-~]+)*$"
_EVERY: tuple[type[SohoaError], ...] = (TooManyRequests, StoreUnavailable, RecordsUnavailable, RequestRefused)
_GUARDED: tuple[type[SohoaError], ...] = (TokenNeeded, ScopeNeeded, ProviderUnavailable)
_RATE = {
    "RateLimit-Policy": 'How often a client may ask: `"client";q=` requests in `w=` seconds.',
    "RateLimit": "What is left of it: `r=` requests, whole again after `t=` seconds.",
}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the schema of all that an application answers."""
    drawn = get_openapi(
        title="Số hóa",
        version="1",
        openapi_version="3.1.0",
        summary=_SUMMARY,
        routes=app.routes,
        servers=[{"url": PREFIX}],
    )
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = drawn.setdefault("components", {}).setdefault("schemas", {})
    schemas |= {**problem.pop("$defs", {}), "Problem": problem}
    drawn["components"]["securitySchemes"] = {"client": _oauth()}
    for route in _marked_routes(app.routes):
        for method in route.methods or ():
            operation = drawn["paths"][route.path_format].get(method.lower())
            if operation is not None:
                _complete(operation, route, mark_of(route.endpoint) or ApiMark())
    return drawn


def _marked_routes(routes: Iterable[BaseRoute]) -> Iterable[APIRoute]:
    return (each for each in routes if isinstance(each, APIRoute) and each.include_in_schema)


def _complete(operation: dict[str, Any], route: APIRoute, mark: ApiMark) -> None:
    """Say who may call, which headers are asked for, and everything that may be answered."""
    operation["responses"].pop("422", None)  # the framework's own form; ours is 400
    operation["operationId"] = route.name
    operation["summary"] = str(operation.get("description", "")).partition("\n")[0].rstrip(".")
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _without_null(parameter["schema"])
    if not mark.everybody:
        operation["security"] = [{"client": [mark.scope.value] if mark.scope else []}]
        for answer in operation["responses"].values():
            answer.setdefault("headers", {}).update({name: _text_header(text) for name, text in _RATE.items()})
    if parameters := [*operation.get("parameters", ()), *_headers(mark)]:
        operation["parameters"] = parameters
    for status, errors in sorted(_by_status(_refusals(operation, mark)).items()):
        told = operation["responses"].setdefault(str(status.value), {"description": status.phrase})
        codes = ", ".join(f"`{each.code}`" for each in errors)
        told["description"] = f"{status.phrase}: {codes}"
        told.setdefault("content", {})[MEDIA_TYPE] = {"schema": {"$ref": "#/components/schemas/Problem"}}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter that may be left out: what is left out is not null, and null cannot be sent."""
    kinds = schema.get("anyOf", [])
    left = [each for each in kinds if each != {"type": "null"}]
    if len(left) != 1 or len(left) == len(kinds):
        return schema
    return {**{name: value for name, value in schema.items() if name != "anyOf"}, **left[0]}


def _refusals(operation: Mapping[str, Any], mark: ApiMark) -> list[type[SohoaError]]:
    found = [*_EVERY, *mark.refuses]
    found += () if mark.everybody else _GUARDED
    found += [PurposeNeeded] if mark.personal else []
    found += [IdempotencyKeyNeeded, IdempotencyKeyReused, RequestUnderWay, FormTooLarge] if mark.creates else []
    if any(each["name"] == "after" for each in operation.get("parameters", ())):
        found.append(CursorRefused)
    return list(dict.fromkeys(found))


def _by_status(errors: Iterable[type[SohoaError]]) -> dict[HTTPStatus, list[type[SohoaError]]]:
    found: dict[HTTPStatus, list[type[SohoaError]]] = {}
    for each in errors:
        found.setdefault(api_status(each), []).append(each)
    return found


def _headers(mark: ApiMark) -> list[dict[str, Any]]:
    """Return the headers that an endpoint asks for by its mark."""
    found = []
    if mark.personal:
        text = {"type": "string", "minLength": 1, "maxLength": purposes.LONGEST, "pattern": _HEADER_TEXT}
        encoded = "Percent-encoded UTF-8 where it is not ASCII."
        found += [
            _header(
                purposes.PURPOSE,
                f"Why the papers are looked at. {encoded}",
                text,
                "%C4%90%C4%83ng%20k%C3%BD%20khai%20sinh",
            ),
            _header(
                purposes.BASIS,
                "The ground in law: a dossier of the owner's own, the owner's consent, or a law that the purpose names.",
                {"type": "string", "enum": [each.value for each in AccessBasis]},
                AccessBasis.DOSSIER.value,
            ),
            _header(purposes.REQUESTER, f"The person in your system who asks. {encoded}", text, "nguyen.van.a"),
            _header(
                purposes.DOSSIER,
                "Code of the dossier; needed where that is the ground.",
                {"type": "string", "pattern": r"^[A-Z0-9.]+-\d{6}-\d{4,}$", "maxLength": 60},
                "H42.12-260131-0001",
                required=False,
            ),
        ]
    if mark.creates:
        kept = "The answer is kept for a day and given again to a repeated request."
        form = {"type": "string", "minLength": SHORTEST_KEY, "maxLength": LONGEST_KEY, "pattern": r"^[!-~]+$"}
        found.append(
            _header(KEY, f"A value of your own for what is made. {kept}", form, "0199a7c2-6f0e-7000-8000-000000000001")
        )
    return found


def _header(name: str, text: str, schema: Mapping[str, Any], example: str, *, required: bool = True) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": text,
        "schema": dict(schema),
        "example": example,
    }


def _text_header(text: str) -> dict[str, Any]:
    return {"description": text, "schema": {"type": "string"}}


def _oauth() -> dict[str, Any]:
    scopes = {each.value: each.name.replace("_", " ").lower() for each in ApiScope}
    return {
        "type": "oauth2",
        "description": "Client credentials (OAuth 2.1); an administrator makes clients with `sohoa client add`.",
        "flows": {"clientCredentials": {"tokenUrl": f"{PREFIX}/oauth/token", "scopes": scopes}},
    }
