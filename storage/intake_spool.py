"""Bytes that came in and belong to no batch yet, in a folder.

<root>/<intake>/<number>        what came in so far; how much of it counts is known to the records
<root>/<intake>/<number>.lock   held by whoever writes
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from pipeline.domain.intake import IntakeId
from pipeline.domain.intake_errors import FileBusy
from storage.checked import CHUNK
from storage.folder_layout import folder_errors, make_durable_folders, sync_folder


class FolderSpool:
    """Implements `pipeline.intake_ports.IntakeSpool`; any number of processes may share the folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, intake: IntakeId, number: int, stream: BinaryIO, *, at: int) -> None:
        """Write behind byte `at`; what an earlier process left there was never counted and is written over."""
        path = self.path(intake, number)
        with folder_errors(path):
            make_durable_folders(path.parent)
            is_new = not path.exists()
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with folder_errors(path):
                os.ftruncate(handle, at)
                os.lseek(handle, at, os.SEEK_SET)
            # an error of the sender's stream stays what it is
            while piece := stream.read(CHUNK):
                with folder_errors(path):
                    _write_all(handle, piece)
            with folder_errors(path):
                os.fsync(handle)
        finally:
            os.close(handle)
        if is_new:
            with folder_errors(path):
                sync_folder(path.parent)

    def path(self, intake: IntakeId, number: int) -> Path:
        """Return where a file's bytes are."""
        return self._folder(intake) / str(number)

    @contextlib.contextmanager
    def alone(self, intake: IntakeId, number: int) -> Iterator[None]:
        """Hold the file's lock, which ends with the process however that ends."""
        path = self.path(intake, number).with_suffix(".lock")
        with folder_errors(path):
            make_durable_folders(path.parent)
            lock = path.open("ab")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise FileBusy(intake=intake, number=number) from error
            yield

    def forget(self, intake: IntakeId) -> None:
        """Remove the intake's folder."""
        folder = self._folder(intake)
        with folder_errors(folder), contextlib.suppress(FileNotFoundError):
            shutil.rmtree(folder)

    def intakes(self) -> Collection[IntakeId]:
        """Return the intakes that have a folder."""
        with folder_errors(self._root):
            if not self._root.is_dir():
                return ()
            return tuple(IntakeId(each.name) for each in self._root.iterdir() if each.is_dir())

    def _folder(self, intake: IntakeId) -> Path:
        if not intake or "/" in intake or intake.startswith("."):
            raise ValueError(f"not an id: {intake!r}")
        return self._root / intake


def _write_all(descriptor: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]
