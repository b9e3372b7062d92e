"""What reaches the log. Libraries that log what we report ourselves are told to be quiet."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

_REPORTED = ("pyhanko", "pyhanko_certvalidator", "fontTools", "pikepdf", "PIL", "alembic")
"""what these complain about ends as a verdict, a refusal or an error with a code"""
_BYTES = 2_000_000
_FORM = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"


def quiet_libraries() -> None:
    """Keep tracebacks of handled failures off people's terminals; called once in each process."""
    for name in _REPORTED:
        logging.getLogger(name).setLevel(logging.CRITICAL)


@contextlib.contextmanager
def keep_log(file: Path) -> Iterator[None]:
    """Keep warnings and what was not foreseen in `file`, which appears with the first of them."""
    handler = _LateFile(file, maxBytes=_BYTES, backupCount=3, encoding="utf-8", delay=True)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter(_FORM))
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()


class _LateFile(RotatingFileHandler):
    """A log that makes its folder when there is something to write."""

    def _open(self) -> io.TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        return super()._open()
