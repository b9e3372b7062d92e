"""What reaches the log. Libraries that log what we report ourselves are told to be quiet."""

from __future__ import annotations

import contextlib
import io
import logging
import os
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

from app.log_lines import JsonLines, LogFormat, PlainWords

_REPORTED = ("pyhanko", "pyhanko_certvalidator", "fontTools", "pikepdf", "PIL", "alembic")
"""what these complain about ends as a verdict, a refusal or an error with a code"""
_BYTES = 2_000_000
_FORM = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"


def quiet_libraries() -> None:
    """Keep tracebacks of handled failures off people's terminals, and what is done here to ourselves.

    Called once in each process, before anything heavy is imported: onnxruntime reports to its makers from its import on.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    for name in _REPORTED:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def formatter(form: LogFormat, *, text: str = _FORM) -> logging.Formatter:
    """Return what writes lines of the log; `text` is their form where people read them."""
    return JsonLines() if form is LogFormat.JSON else logging.Formatter(text)


def log_blotted() -> None:
    """Have this process say on stderr what libraries warn of, without what could be a value: it reads foreign files."""
    handler = logging.StreamHandler()
    handler.setFormatter(PlainWords())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


@contextlib.contextmanager
def keep_log(file: Path, form: LogFormat = LogFormat.TEXT) -> Iterator[None]:
    """Keep warnings and what was not foreseen in `file`, which appears with the first of them."""
    handler = _handler(file, form)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()


def write_down(file: Path, error: Exception, form: LogFormat = LogFormat.TEXT) -> None:
    """Put an error with its traceback into the log `file`, whatever else has been done to logging meanwhile."""
    what = (type(error), error, error.__traceback__)
    record = logging.LogRecord(__name__, logging.ERROR, __file__, 0, "a command ended as it should not", None, what)
    handler = _handler(file, form)
    try:
        handler.handle(record)
    finally:
        handler.close()


def _handler(file: Path, form: LogFormat) -> RotatingFileHandler:
    handler = _LateFile(file, maxBytes=_BYTES, backupCount=3, encoding="utf-8", delay=True)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(formatter(form))
    return handler


class _LateFile(RotatingFileHandler):
    """A log that makes its folder when there is something to write."""

    def _open(self) -> io.TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        return super()._open()
