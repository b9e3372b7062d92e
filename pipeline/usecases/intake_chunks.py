"""Bytes come in piece by piece, and each piece that was answered for is safe.

In the spirit of the IETF's resumable uploads (draft-ietf-httpbis-resumable-upload): the records know how many bytes are safe, the
sender asks for that number after it lost its connection, and a piece for any other place is refused with the right one. A piece
counts whole or not at all. Digests are those of RFC 9530.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import BinaryIO

from pipeline.domain.errors import NotFound, UnknownSource
from pipeline.domain.ids import ContentHash
from pipeline.domain.intake import FileState, Intake, IntakeFile
from pipeline.domain.intake_errors import DigestWrong, IntakeShut, OffsetWrong
from pipeline.domain.source import MediaType
from pipeline.intake.detect import media_type
from pipeline.usecases.intake_opening import IntakeServices, refuse_shut


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A piece of a file that arrived, and lies aside."""

    at: int
    """byte of the file at which it begins"""
    size: int
    sha256: str
    """as computed of what arrived"""
    stream: BinaryIO
    """its bytes"""
    claimed: str | None = None
    """SHA-256 of the piece by the sender's word"""
    whole: str | None = None
    """SHA-256 of the whole file by the sender's word, with its last piece"""


def receive_chunk(intake: Intake, number: int, chunk: Chunk, *, services: IntakeServices) -> IntakeFile:
    """Make a piece of a file safe; with the last one the file is whole and judged by its first bytes.

    Raises:
        OffsetWrong: it is for another place; the details say how many bytes are safe. Also when the file is whole.
        DigestWrong: it, or the whole file, did not arrive as it was sent; a file begins anew then.
        FileBusy: another request writes to the file.
        NotFound, IntakeShut, RecordChanged, MachineExhausted, StoreUnavailable, StoreRefused
    """
    refuse_shut(intake)
    if chunk.claimed not in {None, chunk.sha256}:
        raise DigestWrong(expected=str(chunk.claimed))
    with services.spool.alone(intake.id, number):
        file = intake_file(intake, number, services=services)
        if file.state in _NOT_TAKEN:
            raise IntakeShut(intake=intake.id, state=file.state.value)
        end = chunk.at + chunk.size
        if chunk.at != file.received or not 0 < chunk.size <= file.size - file.received:
            raise OffsetWrong(offset=file.received, number=number)
        services.spool.write(intake.id, number, chunk.stream, at=chunk.at)
        if end < file.size:
            return services.books.files.change(replace(file, received=end))
        return _whole(intake, file, chunk, services=services)


def intake_file(intake: Intake, number: int, *, services: IntakeServices) -> IntakeFile:
    """Return a file of an intake.

    Raises:
        NotFound
    """
    file = services.books.files.get(intake.id, number)
    if file is None:
        raise NotFound(what="intake_file", id=str(number))
    return file


_NOT_TAKEN = frozenset({FileState.REFUSED, FileState.LEFT_OUT})


def _whole(intake: Intake, file: IntakeFile, chunk: Chunk, *, services: IntakeServices) -> IntakeFile:
    """Judge a file whose last piece is there."""
    path = services.spool.path(intake.id, file.number)
    if chunk.at == 0:
        sha256 = chunk.sha256
    else:
        with path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    if chunk.whole not in {None, sha256}:
        services.books.files.change(replace(file, received=0))
        raise DigestWrong(expected=str(chunk.whole))
    whole = replace(file, received=file.size, sha256=ContentHash(sha256), media_type=media_type(path))
    return services.books.files.change(_judged(whole, intake, services=services))


def _judged(file: IntakeFile, intake: Intake, *, services: IntakeServices) -> IntakeFile:
    if file.media_type is MediaType.UNKNOWN:
        unknown = UnknownSource(name=file.name)
        return replace(file, state=FileState.REFUSED, unlooked=None, error=unknown.code, details=unknown.details)
    twin = services.books.queries.twin(file, agency=intake.agency)
    return replace(file, state=FileState.SAFE if twin is None else FileState.DUPLICATE, twin=twin)
