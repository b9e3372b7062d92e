"""Lines of the log as JSON, one an event, that hold nothing of papers and people.

A line is for collectors, which keep it longer and show it to more people than the archive does. So it tells what happened (the
sentence as the program has it), where, and to which batch, run and request; of the values in a sentence it tells those that
cannot be somebody's: numbers, ids, codes of errors. File names, addresses, field values and what an exception says are left out.
Of what other libraries write, whatever could be such a value is blotted out.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import traceback
from collections.abc import Mapping
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any

from app.log_context import log_context
from pipeline.domain.errors import SohoaError

BLOT = "…"
_OURS = frozenset({"app", "flows", "pipeline", "signing", "storage", "web"})
_ID = re.compile(
    r"\b[a-z]{1,2}-[0-9a-f]{24}\b"
    r"|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    r"|\b[0-9a-f]{64}\b"
)
"""of batches, papers and orders (docs/decisions/0005-derived-ids.md), of runs and requests, digests of objects"""
_FRAMES = 12
_PLACES = 20
"""ids in a foreign sentence that are told"""
_LONGEST = 300
"""characters of a foreign sentence"""
_BLOTTED = "\1"
_QUOTED_TO_THE_END = re.compile(r"""["'`“‘«].*$""")
_FOREIGN = (
    # from the first quotation mark to the last, for values hold some themselves; to the end where there is but one
    (re.compile(r"""["'`“‘«].*["'`”’»]|["'`“‘«].*$"""), _BLOTTED),
    (re.compile(r"\b([a-z][a-z0-9+.-]*://)[^\s/?#@]*@"), r"\1"),
    (re.compile(r"\b([a-z][a-z0-9+.-]*://[^\s/?#]+)[^\s]*"), r"\1"),  # of an address the host alone
    (re.compile(r"(?<![\w:/])(?=\S*[A-Za-z])(?:[\w.~-]*/)+[^\s,;)]*"), _BLOTTED),  # paths
    (re.compile(r"\S+@\S+"), _BLOTTED),
    (re.compile(r"\S*[^\x00-\x7f]\S*"), _BLOTTED),  # words that are not plain ASCII
    (re.compile(r"\b[A-Z][A-Za-z]*(?: +[A-Z][A-Za-z]*)+\b"), _BLOTTED),  # names without their marks
    (re.compile(r"\w*\d{5,}\w*"), _BLOTTED),
)


class LogFormat(StrEnum):
    """How lines of the log are written."""

    TEXT = "text"
    """for whoever sits at the machine"""
    JSON = "json"
    """one object a line, without anything of papers and people, for whatever collects logs"""


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON (docs/reference/logs.md)."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        error = record.exc_info[1] if record.exc_info else None
        ours = record.name.partition(".")[0] in _OURS
        told: dict[str, Any] = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _event(record, error),
            "message": _own_words(record) if ours else blotted(record.getMessage()),
            "process": record.process,
            **_runs(record),
            **log_context(),
            **getattr(record, "told", {}),
        }
        if error is not None:
            told["error"] = _error(error)
        return json.dumps(told, ensure_ascii=False, default=lambda _: BLOT)


class PlainWords(logging.Formatter):
    """Writes a record as a sentence, blotted: for Prefect's pages, and for processes that read foreign files."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the sentence; of an error its type."""
        error = record.exc_info[1] if record.exc_info else None
        words = blotted(record.getMessage())
        return words if error is None else f"{words} [{type(error).__name__}]"


def blotted(text: str) -> str:
    """Return a sentence of somebody else's program without what could be a value in it; ids of ours stay."""
    whole = text.replace("\0", "").replace(_BLOTTED, "").strip()
    line = whole.partition("\n")[0][:_LONGEST]
    if line != whole:
        # the mark that closes a value may be cut off, and one within the value be taken for it
        line = _QUOTED_TO_THE_END.sub(_BLOTTED, line)
    ids = _ID.findall(line)[:_PLACES]
    for number, each in enumerate(ids):
        line = line.replace(each, _place(number))
    for pattern, instead in _FOREIGN:
        line = pattern.sub(instead, line)
    for number, each in enumerate(ids):
        line = line.replace(_place(number), each)
    return line.replace(_BLOTTED, BLOT)


def _place(number: int) -> str:
    """Return what stands for an id while the sentence is blotted."""
    return f"\0{chr(ord('a') + number)}\0"


def _event(record: logging.LogRecord, error: BaseException | None) -> str:
    """Return what happened, as a code: the one that is given, that of an error, or where it was told."""
    if given := getattr(record, "event", ""):
        return str(given)
    values = record.args.values() if isinstance(record.args, Mapping) else record.args or ()
    for each in (error, *values):
        if isinstance(each, SohoaError):
            return each.code
    return f"{record.name}.{record.funcName}"


def _own_words(record: logging.LogRecord) -> str:
    template = str(record.msg)
    if not record.args:
        return template
    if isinstance(record.args, Mapping):
        values: Any = {name: _plain(value) for name, value in record.args.items()}
    else:
        values = tuple(map(_plain, record.args))
    try:
        words: str = template % values
    except (TypeError, ValueError):  # a place for a number that held something else
        return template
    return words


def _plain(value: object) -> object:
    """Return a value as far as it may be told."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, SohoaError):
        return value.code
    if isinstance(value, BaseException):
        return type(value).__name__
    ids = _ID.findall(str(value))
    return " ".join(ids) if ids else BLOT


def _runs(record: logging.LogRecord) -> dict[str, str]:
    """Return the runs that Prefect puts into its records."""
    found = {"run": getattr(record, "flow_run_id", None), "task_run": getattr(record, "task_run_id", None)}
    return {name: str(value) for name, value in found.items() if value}


def _error(error: BaseException) -> dict[str, Any]:
    """Return what an error is and where it came from, innermost place last; not what it says."""
    told: dict[str, Any] = {"type": type(error).__name__}
    if isinstance(error, SohoaError):
        told["code"] = error.code
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    told["at"] = [f"{'/'.join(Path(each.filename).parts[-2:])}:{each.lineno} {each.name}" for each in frames]
    cause = error.__cause__ or error.__context__
    if cause is not None:
        told["because"] = _error(cause)
    return told
