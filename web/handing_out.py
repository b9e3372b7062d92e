"""Handing out what somebody brought in: as a file to be kept, never as a page of ours."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from urllib.parse import quote

from fastapi.responses import Response, StreamingResponse

from pipeline.domain.ids import ContentHash
from pipeline.ports import Area, ObjectStore

_PIECE = 1 << 20
"""bytes that are read at once"""
_INERT = "sandbox; default-src 'none'"


def hand_out(
    objects: ObjectStore, area: Area, sha256: ContentHash, *, name: str, media_type: str = "application/octet-stream"
) -> StreamingResponse:
    """Stream an object as a download called `name`; the digest is checked at its end, and a wrong one breaks the download off.

    Raises:
        ObjectMissing, StoreUnavailable, StoreRefused
    """
    opened = objects.open(area, sha256)
    stream = opened.__enter__()  # errors are told before the answer begins

    def pieces() -> Iterator[bytes]:
        try:
            while piece := stream.read(_PIECE):
                yield piece
        finally:
            opened.__exit__(None, None, None)

    headers = attachment(name) | {"Repr-Digest": repr_digest(sha256)}
    return StreamingResponse(pieces(), media_type=media_type, headers=headers)


def hand_out_bytes(content: bytes, *, name: str, media_type: str) -> Response:
    """Return bytes as a download called `name`."""
    return Response(content, media_type=media_type, headers=attachment(name))


def attachment(name: str) -> dict[str, str]:
    """Return the headers that make a browser keep a file rather than open it (RFC 6266, RFC 8187)."""
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\' else "_" for letter in name
    )
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": _INERT,
        "X-Content-Type-Options": "nosniff",
    }


def repr_digest(sha256: ContentHash) -> str:
    """Return the header value that lets the receiver check the bytes (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"
