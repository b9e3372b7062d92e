"""Putting right the objects of a folder: altered files are set aside as evidence, below `<root>/altered`."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import os
import tempfile
from pathlib import Path
from typing import BinaryIO

from pipeline.domain.errors import ObjectAltered
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area
from storage.checked import CHUNK
from storage.folder_layout import (
    alone,
    folder_errors,
    make_durable_folders,
    object_path,
    sync_folder,
    unfinished_folder,
)
from storage.objects_folder import READ_ONLY


class FolderMender:
    """Implements `pipeline.archive_ports.ObjectMender` for a folder that `storage.objects_folder.FolderObjects` writes."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put_right(self, area: Area, sha256: ContentHash, stream: BinaryIO, *, at: dt.datetime) -> str:
        """Write the bytes beside, then put them in place in one step; whoever reads meanwhile finds one or the other."""
        with folder_errors(self._root):
            handle, name = tempfile.mkstemp(dir=unfinished_folder(self._root))
        new = Path(name)
        try:
            self._write(handle, stream, area, sha256)
            path = object_path(self._root, area, sha256)
            with folder_errors(path), alone(self._root):
                make_durable_folders(path.parent)
                aside = self._set_aside(path, at)
                new.replace(path)
                sync_folder(path.parent)
        finally:
            new.unlink(missing_ok=True)
        return "" if aside is None else str(aside)

    def _write(self, handle: int, stream: BinaryIO, area: Area, sha256: ContentHash) -> None:
        digest = hashlib.sha256()
        with open(handle, "wb") as file:
            while piece := stream.read(CHUNK):
                digest.update(piece)
                with folder_errors(self._root):
                    file.write(piece)
            if digest.hexdigest() != sha256:
                raise ObjectAltered(area=area.value, sha256=sha256)
            with folder_errors(self._root):
                file.flush()
                os.fchmod(file.fileno(), READ_ONLY)
                os.fsync(file.fileno())

    def _set_aside(self, path: Path, at: dt.datetime) -> Path | None:
        """Give what stands at `path` another name, which nothing has yet, and return it."""
        if not os.path.lexists(path):
            return None
        folder = self._root / "altered"
        make_durable_folders(folder)
        moment = f"{at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
        names = (f"{path.name}.{moment}{f'-{number}' if number else ''}" for number in itertools.count())
        aside = next(folder / name for name in names if not os.path.lexists(folder / name))
        if path.is_file() and not path.is_symlink():
            os.link(path, aside)
        else:  # not a thing that this program made
            path.rename(aside)
        sync_folder(folder)
        return aside
