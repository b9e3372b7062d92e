"""Files that are fetched: checked while they come, gone on with where the connection broke, and there only when they are right."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from sohoa_client.core import Core
from sohoa_client.digests import named_digest
from sohoa_client.problems import AnswerNotUnderstood, DigestMismatch, Unreachable
from sohoa_client.purposes import Purpose
from sohoa_client.steps import Answer, Conversation, Head, Request, work

_RANGE = re.compile(r"bytes (\d+)-\d+/(?:\d+|\*)")
_BARREN = 3
"""connections that broke one after the other without a byte before a file is given up"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Downloaded:
    """A file that came, and whose bytes are those that the office keeps."""

    path: Path
    size: int
    """bytes"""
    sha256: str
    """64 hexadecimal digits"""
    media_type: str
    headers: dict[str, str]
    """of the answer, names in lower case"""

    @property
    def standing(self) -> str:
        """How the paper stands: `in_force`, or what it is instead; empty where that is not said."""
        return self.headers.get("sohoa-state", "").partition(";")[0]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Download:
    """A file that is to be fetched to a path."""

    path: str
    to: Path
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def conversation(self, core: Core, purpose: Purpose | None) -> Conversation[Downloaded]:
        """Fetch it beside where it is to be, and move it there when its digest is right; what is there before stays until then.

        Raises:
            DigestMismatch: the bytes are not those that the office keeps, or it names no digest.
            Problem, Unreachable, OSError
        """
        with _beside(self.to) as (stream, aside):
            taking = _Taking(stream)
            head = yield from self._bytes(taking, core, purpose)
            yield from work(taking.check)
            yield from work(lambda: _settle(stream, aside, self.to))
        return Downloaded(
            path=self.to,
            size=taking.size,
            sha256=taking.digest.hexdigest(),
            media_type=head.headers.get("content-type", "").partition(";")[0],
            headers=dict(head.headers),
        )

    def _bytes(self, taking: _Taking, core: Core, purpose: Purpose | None) -> Conversation[Head]:
        barren = 0
        while True:
            before = taking.size
            headers = {**self.headers, "Accept": "*/*", "Accept-Encoding": "identity", **taking.from_there_on()}
            request = Request(method="GET", path=self.path, query=self.query, headers=headers, sink=taking)
            answer: Answer = yield from core.ask(request, purpose)
            if answer.cut is None:
                return answer
            barren = 0 if taking.size > before else barren + 1
            if barren == _BARREN:
                raise Unreachable(f"GET {self.path}: {answer.cut}")


class _Taking:
    """Takes a file's bytes, in one answer or in several."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()
        self.size = 0
        self._tag = ""
        self._named: bytes | None = None

    def from_there_on(self) -> dict[str, str]:
        """Return the headers that ask for what is missing, if it is still the same file (RFC 9110 section 13.1.5)."""
        return {"Range": f"bytes={self.size}-", "If-Range": self._tag} if self.size and self._tag else {}

    def begin(self, head: Head) -> bool:
        """Go on where the bytes ended, or from the beginning where the whole file comes."""
        if not head.is_success:
            return False
        if head.status == HTTPStatus.PARTIAL_CONTENT:
            at = _RANGE.fullmatch(head.headers.get("content-range", ""))
            if at is None or int(at[1]) != self.size:
                raise AnswerNotUnderstood(f"another part came than was asked for: {head.headers.get('content-range')}")
        else:
            self._stream.seek(0)
            self._stream.truncate()
            self.digest, self.size = hashlib.sha256(), 0
        tag = head.headers.get("etag", "")
        self._tag = "" if tag.startswith("W/") else tag
        self._named = named_digest(head.headers.get("repr-digest"))
        return True

    def write(self, piece: bytes) -> None:
        """Take the next piece."""
        self.digest.update(piece)
        self._stream.write(piece)
        self.size += len(piece)

    def check(self) -> None:
        """Check that these are the bytes that were sent.

        Raises:
            DigestMismatch
        """
        if self._named is None:
            raise DigestMismatch("the answer names no digest that its bytes could be checked against")
        if self._named != self.digest.digest():
            raise DigestMismatch(f"{self.size} bytes came, and they are not those that were sent")


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Give a file in the same folder that is gone at the end, unless it was moved."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    aside = Path(name)
    try:
        with os.fdopen(number, "wb") as stream:
            yield stream, aside
    finally:
        aside.unlink(missing_ok=True)


def _settle(stream: BinaryIO, aside: Path, to: Path) -> None:
    stream.flush()
    os.fsync(stream.fileno())
    stream.close()  # Windows moves no open file
    aside.replace(to)
