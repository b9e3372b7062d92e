"""What is written for people outside the home folder: why it cannot be written is said, never thrown."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from pipeline.domain.errors import NO_ROOM, CannotWrite, MachineExhausted


@contextlib.contextmanager
def writing(target: Path) -> Iterator[None]:
    """Make the folder of `target`, which is written inside this context.

    Raises:
        CannotWrite, MachineExhausted: it cannot be written; the path is named.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        if error.errno in NO_ROOM:
            raise MachineExhausted(path=str(target), reason=reason) from error
        raise CannotWrite(path=str(target), problem=reason) from error
