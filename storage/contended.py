"""Writes for which several processes reach at the same moment: the next serial, the owner of a number."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import exc

from pipeline.domain.errors import RecordsUnavailable

_Written = TypeVar("_Written")
_TRIES = 50
"""of what another process takes first: each time one of all that ask has succeeded"""


def again_while_taken(write: Callable[[], _Written | None], *, what: str) -> _Written:
    """Return what `write` returns; it is called again after it met what another one wrote first, or returned None.

    `write` opens a transaction of its own, so that the next turn sees what the other one wrote.

    Raises:
        RecordsUnavailable: too many others ask at the same moment, for `what`.
    """
    for _ in range(_TRIES):
        with contextlib.suppress(exc.IntegrityError):
            written = write()
            if written is not None:
                return written
    raise RecordsUnavailable(reason=what)
