"""What every answer of the interface carries: how often the client may ask, a digest of the body, and a tag to ask again by."""

from __future__ import annotations

import hashlib
from http import HTTPStatus

from fastapi import Request, Response
from starlette.datastructures import MutableHeaders

from pipeline.domain.ids import content_hash
from web.handing_out import repr_digest
from web.rates import RateState

_TAG_DIGITS = 32


def finished(answer: Response, request: Request, rate: RateState | None) -> Response:
    """Put on an answer what all have; one that the caller has already becomes 304 (RFC 9110 section 13.1.2)."""
    if rate is not None:
        answer.headers.update(rate.headers())
    answer.headers.setdefault("Cache-Control", "private, no-cache")
    answer.headers.append("Vary", "Authorization, Accept-Language, Sohoa-Purpose")
    body = getattr(answer, "body", b"")
    if not isinstance(body, bytes) or not body:
        return answer
    answer.headers.setdefault("Repr-Digest", repr_digest(content_hash(body)))
    if request.method not in {"GET", "HEAD"} or answer.status_code != HTTPStatus.OK:
        return answer
    answer.headers.setdefault("ETag", f'"{hashlib.sha256(body).hexdigest()[:_TAG_DIGITS]}"')
    return _unchanged(answer) if has_already(request, answer.headers["ETag"]) else answer


def has_already(request: Request, tag: str) -> bool:
    """Say whether the caller names this tag as one that it has: a weak comparison, as RFC 9110 asks for here."""
    named = request.headers.get("if-none-match", "")
    return any(each.strip().removeprefix("W/") in {tag, "*"} for each in named.split(",")) if named else False


def _unchanged(answer: Response) -> Response:
    kept = {"etag", "cache-control", "vary", "ratelimit", "ratelimit-policy", "content-location", "link", "expires"}
    same = Response(status_code=HTTPStatus.NOT_MODIFIED)
    headers = MutableHeaders(raw=[each for each in answer.raw_headers if each[0].decode("latin-1").lower() in kept])
    same.raw_headers = headers.raw
    return same
