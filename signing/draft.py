"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.domain.errors import NO_ROOM, MachineExhausted, SohoaError
from pipeline.domain.signing_errors import SigningFailed


def not_written(error: OSError, target: Path) -> SohoaError:
    """Return what to raise when a file could not be written: the machine's fault if its disk is full, else ours."""
    if error.errno in NO_ROOM or error.errno == errno.EFBIG:  # nobody but ourselves says how long a draft becomes
        return MachineExhausted(path=str(target), reason=error.strerror or type(error).__name__)
    return SigningFailed(reason="not_written", file=str(target))


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """Give a file beside `target` that becomes `target` if all goes well and is gone otherwise."""
    draft = new_draft(target)
    try:
        yield draft
        put_in_place(draft, target)
    finally:
        draft.unlink(missing_ok=True)


def new_draft(target: Path) -> Path:
    """Make an empty hidden file in the folder of `target`, so that it can take its place."""
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    os.close(descriptor)
    return Path(name)


def put_in_place(draft: Path, target: Path) -> None:
    """Turn a draft into its target, for good."""
    draft.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
