"""A content-addressed folder: the local archive of one machine. It is not S3 and not WORM: its administrator can delete.

`storage.folder_layout` says where things are.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pipeline.domain.errors import ObjectAltered, ObjectMissing
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area, StoredObject
from storage.checked import CHUNK, checked_reader
from storage.folder_layout import (
    alone,
    folder_errors,
    make_durable_folders,
    object_path,
    sweep_unfinished,
    sync_folder,
    unfinished_folder,
)

READ_ONLY = 0o440
"""mode of a kept object; who may read is decided by the group of the root folder"""

STALE_SECONDS = 24 * 3600
"""An unfinished file that was not written to for so long belongs to a process that died."""


class _Stamp(NamedTuple):
    """What changes when a file does."""

    device: int
    inode: int
    size: int
    changed: int
    """nanoseconds, set by the kernel only"""
    modified: int


class FolderObjects:
    """Implements `pipeline.ports.ObjectStore` in a folder that may be shared by any number of processes.

    Raises (constructor):
        StoreUnavailable, StoreRefused, MachineExhausted: the folder cannot be made or written to.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        # what was verified by this process, by everything that changes when the file does
        self._verified: dict[Path, _Stamp] = {}
        with folder_errors(root):
            unfinished_folder(root).mkdir(parents=True, exist_ok=True)
            sweep_unfinished(root, older=STALE_SECONDS)

    def put(self, area: Area, stream: BinaryIO) -> StoredObject:
        """Keep the bytes of `stream`: written aside, made durable, then linked to its name, never over another file."""
        with folder_errors(self._root):
            handle, name = tempfile.mkstemp(dir=unfinished_folder(self._root))
        aside = Path(name)
        try:
            stored = self._write(handle, stream)
            with folder_errors(self._root):
                self._publish(aside, area, stored)
        finally:
            # the name in the archive, if there is one by now, is a link of its own; what cannot go now is swept
            with contextlib.suppress(OSError):
                aside.unlink()
        return stored

    @contextlib.contextmanager
    def open(self, area: Area, sha256: ContentHash) -> Iterator[BinaryIO]:
        """Open an object; its digest is checked on the way."""
        file = self._opened(area, sha256)

        def read(size: int) -> bytes:
            with folder_errors(self._root):
                return os.read(file.fileno(), size)

        with file, checked_reader(read, size=_stamp(file).size, area=area, sha256=sha256) as stream:
            yield stream

    @contextlib.contextmanager
    def local(self, area: Area, sha256: ContentHash) -> Iterator[Path]:
        """Yield the kept file itself; its digest is checked once a process, and again when the file looks touched."""
        path = object_path(self._root, area, sha256)
        with self._opened(area, sha256) as file, folder_errors(path):
            stamp = _stamp(file)
            if self._verified.get(path) != stamp:
                if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                    raise ObjectAltered(area=area.value, sha256=sha256)
                self._verified[path] = stamp
        yield path

    def has(self, area: Area, sha256: ContentHash) -> bool:
        """Say whether the object's file is there."""
        path = object_path(self._root, area, sha256)
        with folder_errors(path):
            try:
                path.stat()
            except FileNotFoundError:
                return False
            return True

    def part(self, area: Area, sha256: ContentHash, *, start: int, length: int) -> bytes:
        """Read a part of the object's file."""
        with self._opened(area, sha256) as file, folder_errors(self._root):
            piece = os.pread(file.fileno(), length, start)
        if len(piece) != length:
            raise ObjectAltered(area=area.value, sha256=sha256)
        return piece

    def _opened(self, area: Area, sha256: ContentHash) -> FileIO:
        path = object_path(self._root, area, sha256)
        with folder_errors(path):
            try:
                return path.open("rb", buffering=0)
            except FileNotFoundError as error:
                raise ObjectMissing(area=area.value, sha256=sha256) from error

    def _write(self, handle: int, stream: BinaryIO) -> StoredObject:
        digest = hashlib.sha256()
        size = 0
        with open(handle, "wb", buffering=0) as file:
            # only writing is this store's affair: an error of the caller's stream stays what it is
            while piece := stream.read(CHUNK):
                digest.update(piece)
                size += len(piece)
                with folder_errors(self._root):
                    _write_all(file.fileno(), piece)
            with folder_errors(self._root):
                os.fchmod(file.fileno(), READ_ONLY)
                os.fsync(file.fileno())
        return StoredObject(sha256=ContentHash(digest.hexdigest()), size=size)

    def _publish(self, aside: Path, area: Area, stored: StoredObject) -> None:
        target = object_path(self._root, area, stored.sha256)
        make_durable_folders(target.parent)
        if area is Area.INCOMING:
            # what is put again is young again: it must not expire under whoever was told that it is safe
            with alone(self._root):
                aside.replace(target)
        else:
            try:
                os.link(aside, target)
            except FileExistsError:
                if target.stat().st_size != stored.size:
                    raise ObjectAltered(area=area.value, sha256=stored.sha256) from None
        # also when it was there: whoever linked it may not have come so far
        sync_folder(target.parent)


def _write_all(descriptor: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]


def _stamp(file: FileIO) -> _Stamp:
    status = os.fstat(file.fileno())
    return _Stamp(status.st_dev, status.st_ino, status.st_size, status.st_ctime_ns, status.st_mtime_ns)
