"""How a content-addressed folder is laid out, and how it is written to so that a crash leaves nothing half done.

<root>/<area>/sha256/ab/cd/<hash>     read-only files, visible only when complete and durable
<root>/<area>/marks/ab/cd/<hash>      JSON: what protects the object, and its tags; only where there is any of it
<root>/unfinished/                    what is being written
<root>/care                           held by whoever locks, tags or removes
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pipeline.domain.errors import NO_ROOM, MachineExhausted, StoreRefused, StoreUnavailable
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area

_REFUSALS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def object_path(root: Path, area: Area, sha256: ContentHash) -> Path:
    """Return where an object is."""
    return root / area.value / "sha256" / sha256[:2] / sha256[2:4] / sha256


def marks_path(root: Path, area: Area, sha256: ContentHash) -> Path:
    """Return where its marks are."""
    return root / area.value / "marks" / sha256[:2] / sha256[2:4] / sha256


def unfinished_folder(root: Path) -> Path:
    """Return the folder of what is being written."""
    return root / "unfinished"


@contextlib.contextmanager
def folder_errors(path: Path) -> Iterator[None]:
    """Translate what the file system says about `path`.

    Raises:
        MachineExhausted, StoreRefused, StoreUnavailable
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        if error.errno in NO_ROOM:
            raise MachineExhausted(path=str(path), reason=reason) from error
        refused = error.errno in _REFUSALS
        raise (StoreRefused if refused else StoreUnavailable)(path=str(path), reason=reason) from error


def make_durable_folders(folder: Path) -> None:
    """Make `folder` and its parents; a new entry is durable only when the folder that holds it is synced."""
    if folder.is_dir():
        return
    make_durable_folders(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the entries of a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_durably(path: Path, data: bytes, *, root: Path) -> None:
    """Write a small file whole or not at all, over an older one of its name."""
    make_durable_folders(path.parent)
    handle, name = tempfile.mkstemp(dir=unfinished_folder(root))
    aside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        with contextlib.suppress(OSError):  # what cannot go now is swept
            aside.unlink()
    sync_folder(path.parent)


@contextlib.contextmanager
def alone(root: Path) -> Iterator[None]:
    """Keep others from locking, tagging or removing meanwhile. Ends with the process, however that ends."""
    with (root / "care").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def seconds_now(root: Path) -> float:
    """Return the present as the file system counts it, seconds since 1970: clocks of machines that share it may differ."""
    with tempfile.TemporaryFile(dir=unfinished_folder(root)) as probe:
        return os.fstat(probe.fileno()).st_mtime


def sweep_unfinished(root: Path, *, older: float) -> int:
    """Remove what was begun and not written to for `older` seconds; return how many files that were."""
    now = seconds_now(root)
    removed = 0
    for left in unfinished_folder(root).iterdir():
        with contextlib.suppress(FileNotFoundError):
            if now - left.stat().st_mtime > older:
                left.unlink()
                removed += 1
    return removed
