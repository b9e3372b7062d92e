"""The national portal's depository: `POST /results/look-up` gives what an owner has there, `GET /results/{code}/file` a file.

What is asked names a person, so it goes in the body and stands in no log of addresses on the way.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import tempfile
from collections.abc import Iterator, Sequence
from typing import BinaryIO, cast

import msgspec

from app.connectors.caller import Caller, path_part
from pipeline.domain.exchange import OfferedResult, ResultQuestion
from pipeline.domain.ids import ContentHash

_LARGEST = 256 << 20
"""bytes of a file"""
_IN_MEMORY = 4 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")


class _Result(msgspec.Struct):
    code: str
    title: str
    sha256: str
    size: int
    reference: str = ""
    organ: str = ""


class _Answer(msgspec.Struct):
    results: list[_Result]


class HttpDepository:
    """Implements `pipeline.connector_ports.NationalDepository`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def look_up(self, question: ResultQuestion) -> Sequence[OfferedResult]:
        """Return the results that an owner has there; one that is named twice comes once."""
        body = {
            "owner": question.owner,
            "procedure": question.procedure,
            "types": question.types,
            "requester": question.requester,
            "purpose": question.purpose,
        }
        answer = self._caller.ask("POST", "/results/look-up", body=body)
        if answer is None:
            return ()
        found: dict[str, OfferedResult] = {}
        for each in self._caller.decoded(answer, _Answer).results:
            digest = each.sha256.lower()
            if not each.code or not _DIGEST.fullmatch(digest) or not 0 < each.size <= _LARGEST:
                raise self._caller.garbled("result")
            offered = OfferedResult(
                code=each.code,
                title=each.title,
                reference=each.reference,
                organ=each.organ,
                sha256=ContentHash(digest),
                size=each.size,
            )
            if found.setdefault(each.code, offered) != offered:
                raise self._caller.garbled("result_twice")
        return tuple(found.values())

    @contextlib.contextmanager
    def fetch(self, result: OfferedResult) -> Iterator[BinaryIO]:
        """Open a result's file; nobody sees a byte of it before all of them are there and are what was said."""
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
            digest = hashlib.sha256()
            path = f"/results/{path_part(result.code)}/file"
            with self._caller.opened("GET", path, largest=result.size) as pieces:
                for piece in pieces or ():
                    digest.update(piece)
                    file.write(piece)
            if file.tell() != result.size or digest.hexdigest() != result.sha256:
                raise self._caller.garbled("digest")
            file.seek(0)
            yield cast(BinaryIO, file)
