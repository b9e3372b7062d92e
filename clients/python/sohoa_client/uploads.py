"""Files are handed in as a batch: offered, sent in pieces that may be repeated, made a batch of."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from sohoa_client.answers import Batch, FilesTaken, Intake, IntakeFile
from sohoa_client.core import Core
from sohoa_client.digests import digest_field
from sohoa_client.operations import Call, at, one
from sohoa_client.problems import FileRefused, Problem
from sohoa_client.purposes import Purpose
from sohoa_client.steps import Conversation, Request, work

T = TypeVar("T")

_AT_ONCE = 500
"""files that are offered in one request"""
_READ = 1 << 20
"""bytes that are hashed at once"""
_WRONG_PLACE = "intake.offset_wrong"
_SPOILT = "intake.digest_wrong"
_MOST_RETURNS = 5
"""times that a file is gone back in"""


@dataclasses.dataclass(frozen=True)
class _Local:
    path: Path
    name: str
    size: int
    modified: int

    @property
    def offer(self) -> Mapping[str, Any]:
        return {"name": self.name, "size": self.size, "modified": self.modified}


@dataclasses.dataclass(frozen=True, kw_only=True)
class HandingIn:
    """Files that are to be handed in."""

    files: Sequence[Path]
    dossier: str | None
    lane: str
    agency: str | None
    duplicates: str
    key: str | None

    def conversation(self, core: Core, purpose: Purpose | None) -> Conversation[Batch]:
        """Open an intake, send every file piece by piece, and have a batch made of them.

        Raises:
            FileRefused: a file cannot be taken; there is no batch then.
            Problem, Unreachable, OSError
        """
        key = self.key or core.new_id()
        listed = yield from work(lambda: [_local(each) for each in self.files])
        told = {"dossier": self.dossier, "lane": self.lane, "agency": self.agency}
        known = {name: value for name, value in told.items() if value is not None}
        intake = yield from _make(Intake, "/intakes", known, f"{key}-open").conversation(core, purpose)
        for first in range(0, len(listed), _AT_ONCE):
            some = listed[first : first + _AT_ONCE]
            offered = {"files": [each.offer for each in some]}
            offer = _make(FilesTaken, at("intakes", intake.id, "files"), offered, f"{key}-{first}")
            taken = yield from offer.conversation(core, purpose)
            for file, stands in zip(some, taken.files, strict=True):
                if stands is not None:
                    yield from _sent(file, stands, intake, core, purpose)
        made = {"intake": intake.id, "duplicates": self.duplicates}
        return (yield from _make(Batch, "/batches", made, f"{key}-batch").conversation(core, purpose))


def _local(path: Path) -> _Local:
    stands = path.stat()
    return _Local(path=path, name=path.name, size=stands.st_size, modified=stands.st_mtime_ns // 1_000_000)


def _make(of: type[T], path: str, body: Mapping[str, Any], key: str) -> Call[T]:
    return Call(method="POST", path=path, read=one(of), body=dict(body), makes=True, key=key)


def _sent(file: _Local, offered: IntakeFile, intake: Intake, core: Core, purpose: Purpose | None) -> Conversation[None]:
    """Send what is missing of a file; where the office has other bytes than was thought, from there on."""
    place = at("intakes", intake.id, "files", offered.number)
    get = Call(method="GET", path=place, read=one(IntakeFile))
    stands = yield from get.conversation(core, purpose)  # an answer that was given before says how it stood then
    returns = 0
    while stands.state == "coming":
        request = yield from work(functools.partial(_piece, file, place, stands.received, intake))
        try:
            yield from core.ask(request, purpose)
        except Problem as problem:
            returns += 1
            if problem.about.code not in {_WRONG_PLACE, _SPOILT} or returns > _MOST_RETURNS:
                raise
        stands = yield from get.conversation(core, purpose)
    if stands.state == "refused":
        raise FileRefused(file.path, stands.error or "")


def _piece(file: _Local, place: str, at_byte: int, intake: Intake) -> Request:
    """Return the request that sends the piece at a byte: no more than one piece is ever in memory.

    Raises:
        OSError: the file cannot be read, or is not as long any more as it was.
    """
    with file.path.open("rb") as stream:
        stream.seek(at_byte)
        body = stream.read(min(intake.piece_bytes, file.size - at_byte))
        if len(body) < min(intake.piece_bytes, file.size - at_byte):
            raise OSError(f"{file.path} became shorter while it was sent")
        headers = {
            "Upload-Offset": str(at_byte),
            "Content-Type": "application/octet-stream",
            "Content-Digest": digest_field(hashlib.sha256(body).digest()),
        }
        if at_byte + len(body) == file.size:
            stream.seek(0)
            headers["Repr-Digest"] = digest_field(_digest_of(stream))
    return Request(method="PATCH", path=place, headers=headers, body=body)


def _digest_of(stream: BinaryIO) -> bytes:
    digest = hashlib.sha256()
    while piece := stream.read(_READ):
        digest.update(piece)
    return digest.digest()
