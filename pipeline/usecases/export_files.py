"""Writing the files of an export: each as a whole or not at all, never over another, its digest taken on the way."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from pipeline.domain.errors import NO_ROOM, CannotWrite, MachineExhausted
from pipeline.domain.ids import ContentHash

CHUNK = 1 << 20
"""bytes in memory"""


class SumList:
    """The lines of a `SHA256SUMS`, as they come."""

    def __init__(self, file: Path, folder: Path) -> None:
        self._folder = folder
        with write_errors(file):
            self._file = file.open("w", encoding="utf-8", newline="\n")

    def add(self, target: Path, sha256: str) -> None:
        """Write down a file below the folder."""
        with write_errors(target):
            self._file.write(f"{sha256}  {target.relative_to(self._folder).as_posix()}\n")

    def close(self) -> None:
        """Write what is still in memory."""
        with write_errors(Path(self._file.name)):
            self._file.close()


def write_lines(values: Iterable[Any], target: Path) -> tuple[str, int]:
    """Write values as JSON Lines, in place of what an earlier try left; return the file's SHA-256 and the number of lines."""
    digest, count = hashlib.sha256(), 0
    with write_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            for value in values:
                line = _json(value)
                digest.update(line)
                file.write(line)
                count += 1
    return digest.hexdigest(), count


def write_text(text: str, target: Path) -> str:
    """Write a small file as a whole, in place of what an earlier try left; return its SHA-256."""
    data = text.encode()
    partial = target.with_name(f".{target.name}.part")
    with write_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(data)
        partial.replace(target)
    return hashlib.sha256(data).hexdigest()


def write_new(stream: BinaryIO, target: Path) -> int:
    """Write a stream as a file that is not there yet and return its size in bytes; what is half written is removed.

    Raises:
        CannotWrite, MachineExhausted; whatever the stream raises.
    """
    partial, size = target.with_name(f".{target.name}.part"), 0
    try:
        with write_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            file = partial.open("wb")
        with file:
            while piece := stream.read(CHUNK):
                size += len(piece)
                with write_errors(target):
                    file.write(piece)
            with write_errors(target):
                file.flush()
        with write_errors(target):
            if target.exists():
                raise CannotWrite(path=str(target), problem=os.strerror(17))
            partial.rename(target)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
    return size


def digest_of(file: Path) -> tuple[ContentHash, int] | None:
    """Return a file's SHA-256 and size in bytes; None if there is no such file.

    Raises:
        CannotWrite, MachineExhausted: it cannot be read.
    """
    with write_errors(file):
        try:
            with file.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
                return ContentHash(digest), stream.tell()
        except FileNotFoundError:
            return None


@contextlib.contextmanager
def write_errors(path: Path) -> Iterator[None]:
    """Name the file that could not be written.

    Raises:
        CannotWrite, MachineExhausted
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        if error.errno in NO_ROOM:
            raise MachineExhausted(path=str(path), reason=reason) from error
        raise CannotWrite(path=str(path), problem=reason) from error


def _json(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:  # a lone surrogate, from a file name that was no text
        return json.dumps(value, separators=(",", ":")).encode() + b"\n"
