"""Files as answers: whole or a part, with what lets the receiver check them, and nothing read before it is sent (RFC 9110, RFC 9530)."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from pipeline.domain.download_errors import PreconditionFailed
from pipeline.domain.errors import SohoaError
from pipeline.domain.ids import ContentHash, content_hash
from pipeline.ports import Area, ObjectStore
from web.api.answers import has_already
from web.api.ranges import ByteRange, asked_range
from web.handing_out import attachment, repr_digest

_log = logging.getLogger(__name__)

_PIECE = 256 << 10
"""bytes that are read at once: as many as are there before the first byte is sent"""
_DIGESTED = 4 << 20
"""bytes of a part that is read as a whole, so that its own digest goes before it"""
_END = b""
_JSON = "application/json"
"""its schema is of what is in the file; the reference page of `batch.json` has it"""
_FILE_HEADERS = {
    "ETag": "SHA-256 of the whole file.",
    "Repr-Digest": "The same (RFC 9530): what all parts together have.",
    "Accept-Ranges": "`bytes`: one range can be asked for.",
    "Content-Disposition": "A name for people.",
}
_PART_HEADERS = {
    "Content-Range": "Which bytes these are, and of how many.",
    "Content-Digest": "SHA-256 of this part; left out where it is over 4 MiB.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedFile:
    """A kept object that is handed out as a file."""

    area: Area
    sha256: ContentHash
    size: int
    """bytes"""
    name: str
    """for people"""
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)
    """what else is to be said with it"""


def file_responses(*media_types: str, headers: Mapping[str, Any]) -> dict[int | str, dict[str, Any]]:
    """Return what the schema says of an endpoint that hands out a file of one of these types; `headers` are its own."""
    content = {
        each: {"schema": {} if each == _JSON else {"type": "string", "format": "binary"}} for each in media_types
    }
    own = dict(headers) | _described(_FILE_HEADERS)
    return {
        200: {"description": "The file.", "content": content, "headers": own},
        206: {
            "description": "The part that was asked for.",
            "content": content,
            "headers": own | _described(_PART_HEADERS),
        },
        304: {"description": "The caller has this very file.", "headers": own},
    }


def _described(headers: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()}


def file_answer(request: Request, file: HandedFile, *, objects: ObjectStore) -> Response:
    """Return a file, or the part of it that is asked for; the digest is checked at its end, and a wrong one breaks the whole off.

    A part cannot be checked against the digest of the whole here: `Repr-Digest` lets the receiver do so when it has all parts.

    Raises:
        RangeUnsatisfiable, PreconditionFailed
        ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused: noticed before the answer begins.
    """
    tag = f'"{file.sha256}"'
    told = _headers(file, tag)
    _check_precondition(request, tag)
    if has_already(request, tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=_without_body(told))
    part = _part(request, tag, file.size)
    if part is None:
        told["Content-Length"] = str(file.size)
        if is_head(request):
            return Response(headers=told, media_type=file.media_type)
        return _whole(file, told, objects)
    told |= {"Content-Length": str(part.length), "Content-Range": part.content_range(file.size)}
    return _partial(file, part, told, objects)


def bytes_answer(
    request: Request, content: bytes, *, name: str, media_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return bytes that were made just now, or the part of them that is asked for.

    Raises:
        RangeUnsatisfiable, PreconditionFailed
    """
    sha256 = content_hash(content)
    tag = f'"{sha256}"'
    told = {
        **attachment(name),
        "ETag": tag,
        "Repr-Digest": repr_digest(sha256),
        "Accept-Ranges": "bytes",
        **(headers or {}),
    }
    _check_precondition(request, tag)
    if has_already(request, tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=_without_body(told))
    part = _part(request, tag, len(content))
    if part is None:
        return Response(content, headers=told, media_type=media_type)
    piece = content[part.start : part.start + part.length]
    told |= {"Content-Range": part.content_range(len(content)), "Content-Digest": _digest(piece)}
    return Response(piece, HTTPStatus.PARTIAL_CONTENT, told, media_type)


def is_head(request: Request) -> bool:
    """Say whether only the headers are asked for."""
    return request.method == "HEAD" or bool(request.scope.get("sohoa.head"))


def _headers(file: HandedFile, tag: str) -> dict[str, str]:
    return {
        **attachment(file.name),
        "ETag": tag,
        "Repr-Digest": repr_digest(file.sha256),
        "Accept-Ranges": "bytes",
        **file.headers,
    }


def _without_body(told: Mapping[str, str]) -> dict[str, str]:
    """Return what is said with 304: what tells of the file, and nothing about a body that is not sent."""
    left_out = {"Content-Disposition", "Content-Length"}
    return {name: value for name, value in told.items() if name not in left_out}


def _check_precondition(request: Request, tag: str) -> None:
    """Refuse where If-Match names other files only: a strong comparison (RFC 9110 section 13.1.1)."""
    named = request.headers.get("if-match")
    if named is not None and not {each.strip() for each in named.split(",")} & {tag, "*"}:
        raise PreconditionFailed


def _part(request: Request, tag: str, size: int) -> ByteRange | None:
    """Return the part that is asked for; only where If-Range, if there is one, names this very file (section 13.1.5)."""
    if is_head(request) or request.headers.get("if-range", tag).strip() != tag:
        return None
    return asked_range(request.headers.get("range"), size=size)


def _whole(file: HandedFile, told: dict[str, str], objects: ObjectStore) -> Response:
    opened = contextlib.ExitStack()
    with opened:
        stream = opened.enter_context(objects.open(file.area, file.sha256))
        first = stream.read(min(_PIECE, file.size))  # errors are told before the answer begins
        opened = opened.pop_all()

    def pieces() -> Iterator[bytes]:
        yield from iter(lambda: stream.read(_PIECE), _END)

    return StreamingResponse(_sent(file, first, pieces(), opened), headers=told, media_type=file.media_type)


def _partial(file: HandedFile, part: ByteRange, told: dict[str, str], objects: ObjectStore) -> Response:
    if part.length <= _DIGESTED:
        piece = objects.part(file.area, file.sha256, start=part.start, length=part.length)
        told["Content-Digest"] = _digest(piece)
        return Response(piece, HTTPStatus.PARTIAL_CONTENT, told, file.media_type)

    def read(start: int) -> bytes:
        length = min(_DIGESTED, part.start + part.length - start)
        return objects.part(file.area, file.sha256, start=start, length=length)

    first = read(part.start)
    rest = (read(start) for start in range(part.start + _DIGESTED, part.start + part.length, _DIGESTED))
    sent = _sent(file, first, rest, contextlib.ExitStack())
    return StreamingResponse(sent, HTTPStatus.PARTIAL_CONTENT, told, file.media_type)


async def _sent(
    file: HandedFile, first: bytes, rest: Iterator[bytes], opened: contextlib.ExitStack
) -> AsyncIterator[bytes]:
    """Yield pieces, the first at once; whatever goes wrong breaks the answer off, so that nobody takes it for whole."""
    with opened:
        yield first
        try:
            while piece := await run_in_threadpool(next, rest, _END):
                yield piece
        except SohoaError as error:
            _log.error("broke off handing out %s %s: %s", file.area.value, file.sha256, error)
            raise


def _digest(piece: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(piece).digest()).decode()}:"
