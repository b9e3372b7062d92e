"""The protocol by which pages of ours send files: offer them, ask how much is safe, send the next piece.

In the spirit of resumable uploads for HTTP (draft-ietf-httpbis-resumable-upload): `HEAD` tells `Upload-Offset`, `PATCH` sends the
bytes behind it, and one for another place is answered 409 with the right one. `Content-Digest` is checked for each piece, and
`Repr-Digest`, with the last one, for the whole file (RFC 9530). A clerk's page and a phone's speak it alike.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from pipeline.domain.ids import SourceName
from pipeline.domain.intake import Channel, FileState, Intake, IntakeFile, Offer
from pipeline.domain.web_errors import FormRefused, FormTooLarge
from pipeline.usecases.intake_chunks import Chunk, intake_file, receive_chunk
from pipeline.usecases.intake_offers import offer_files
from web.body_limit import count_body_itself
from web.office import Office
from web.told_number import LARGEST_INTEGER, told_number

_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]+=*):")
_PIECE = 1 << 18
"""bytes that wait in memory before they are written aside"""
_LARGEST_PLACE = 2**53 - 1
"""bytes: behind it no file has a place, and JavaScript counts no further (ECMA-262, Number.MAX_SAFE_INTEGER)"""
_AT_ONCE = 1000


class _OfferedFile(BaseModel):
    """A file that a page wants to send."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=2000)]
    size: Annotated[int, Field(ge=0, le=_LARGEST_PLACE)]
    modified: Annotated[int, Field(ge=0, le=_LARGEST_PLACE)] = 0
    replaces: Annotated[int, Field(ge=1, le=LARGEST_INTEGER)] | None = None


class OfferedFiles(BaseModel):
    """Files that a page wants to send."""

    model_config = ConfigDict(extra="forbid")

    files: Annotated[list[_OfferedFile], Field(max_length=_AT_ONCE)]


def take_offers(
    intake: Intake, offered: OfferedFiles, *, channel: Channel, office: Office
) -> tuple[IntakeFile | None, ...]:
    """Add offered files to an intake; None stands for what is not taken for a paper.

    Raises:
        NameRefused, IntakeFull, IntakeShut
    """
    offers = [
        Offer(
            name=SourceName(each.name),
            size=each.size,
            modified=each.modified,
            channel=channel,
            replaces=each.replaces,
        )
        for each in offered.files
    ]
    return offer_files(intake, offers, services=office.intake.services, policy=office.intake.policy)


def tell_offset(intake: Intake, number: int, *, office: Office) -> Response:
    """Answer how many bytes of a file are safe.

    Raises:
        NotFound
    """
    return offset_answer(intake_file(intake, number, services=office.intake.services))


def offset_answer(file: IntakeFile) -> Response:
    """Return what is known of a file as headers."""
    complete = file.state is not FileState.COMING
    return Response(
        status_code=204,
        headers={
            "Upload-Offset": str(file.received),
            "Upload-Length": str(file.size),
            "Upload-Complete": "?1" if complete else "?0",
        },
    )


async def take_piece(request: Request, intake: Intake, number: int, *, office: Office) -> Response:
    """Make a piece of a file safe and answer how many bytes are.

    Raises:
        FormTooLarge: the piece is larger than pieces may be; nothing of it was read.
        FormRefused: a header is missing or says nothing.
        OffsetWrong, DigestWrong, FileBusy, IntakeShut, NotFound, MachineExhausted, StoreUnavailable
    """
    at = _number(request, "upload-offset")
    claimed, whole = _digest(request, "content-digest"), _digest(request, "repr-digest")
    async with _lying_aside(request, office) as (stream, size, sha256):
        chunk = Chunk(at=at, size=size, sha256=sha256, stream=stream, claimed=claimed, whole=whole)
        file = await run_in_threadpool(receive_chunk, intake, number, chunk, services=office.intake.services)
    if file.state is not FileState.COMING:
        office.intake.arrived()
    return offset_answer(file)


@asynccontextmanager
async def _lying_aside(request: Request, office: Office) -> AsyncIterator[tuple[BinaryIO, int, str]]:
    """Read the body into a nameless file beside the spool: little of it is ever in memory, and nothing stays if it breaks off."""
    most = office.intake.policy.chunk_bytes
    if _number(request, "content-length") > most:
        raise FormTooLarge(allowed=most >> 20)
    count_body_itself(request)
    folder = office.settings.intake_folder
    digest, size, waiting = hashlib.sha256(), 0, bytearray()
    with await run_in_threadpool(_nameless, folder) as stream:
        async for piece in request.stream():
            size += len(piece)
            if size > most:
                raise FormTooLarge(allowed=most >> 20)
            waiting += piece
            if len(waiting) >= _PIECE:
                await run_in_threadpool(_put_aside, stream, digest, bytes(waiting))
                waiting.clear()
        await run_in_threadpool(_put_aside, stream, digest, bytes(waiting))
        stream.seek(0)
        yield stream, size, digest.hexdigest()


def _nameless(folder: Path) -> BinaryIO:
    folder.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=folder)


def _put_aside(stream: BinaryIO, digest: hashlib._Hash, piece: bytes) -> None:
    digest.update(piece)
    stream.write(piece)


def _number(request: Request, header: str) -> int:
    value = told_number(request.headers.get(header, ""), most=_LARGEST_PLACE)
    if value is None:
        raise FormRefused(name=header)
    return value


def _digest(request: Request, header: str) -> str | None:
    value = request.headers.get(header)
    if value is None:
        return None
    found = _DIGEST.fullmatch(value.strip())
    try:
        raw = base64.b64decode(found[1], validate=True) if found else b""
    except binascii.Error:
        raw = b""
    if len(raw) != hashlib.sha256().digest_size:
        raise FormRefused(name=header)
    return raw.hex()


def newest_change(files: Iterable[IntakeFile], known: int) -> int:
    """Return the number of the last change among files, or the one that is known."""
    return max((known, *(each.change for each in files)))
