"""A folder of its own for the temporary files of each process that works, so that what a killed one leaves can be told and removed."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from app.holding import lives_here, process_name

_log = logging.getLogger(__name__)
_PREFIX = "sohoa-scratch-"
_OWNER = "owner"
"""file with the name of the process whose folder it is"""
_UNOWNED_SECONDS = 3600.0
"""after which a folder without one is nobody's: its process was killed before it could sign it"""


@contextlib.contextmanager
def own_scratch() -> Iterator[Path]:
    """Have all temporary files of this process, and of those that it starts, in one folder, which goes with the context.

    What processes that were killed left behind is removed first.
    """
    remove_left()
    before, variable = tempfile.gettempdir(), os.environ.get("TMPDIR")
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_base()))
    (folder / _OWNER).write_text(process_name(os.getpid()), encoding="utf-8")
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = before
        if variable is None:
            del os.environ["TMPDIR"]
        else:
            os.environ["TMPDIR"] = variable
        shutil.rmtree(folder, ignore_errors=True)


def remove_left() -> int:
    """Remove folders of processes of this account that are known to be dead; return how many."""
    removed = 0
    for folder in _base().glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            status = folder.lstat()
            # in a folder that everybody writes to, others can put anything
            if folder.is_symlink() or status.st_uid != os.getuid() or not _is_left(folder, status.st_mtime):
                continue
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    if removed:
        _log.warning("%d folders with temporary files of processes that were killed were removed", removed)
    return removed


def _base() -> Path:
    """Return where such folders are, also within a process that has one."""
    here = Path(tempfile.gettempdir())
    return here.parent if here.name.startswith(_PREFIX) else here


def _is_left(folder: Path, changed: float) -> bool:
    try:
        owner = (folder / _OWNER).read_text(encoding="utf-8")
    except FileNotFoundError:
        return time.time() - changed > _UNOWNED_SECONDS
    return lives_here(owner) is False
